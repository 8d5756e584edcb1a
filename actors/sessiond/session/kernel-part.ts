/**
 * The kernel part of a session (R1.24): a session whose writers are the CPUs of the kernel. Its kernel link brings the
 * kernel's tracer to what the session wants, and its consumer copies what the kernel writes into the streams.
 */
import { KERNEL_PAGE_BYTES_MIN } from '../../../src/port/kernel-tracer.ts';
import type { RingShape } from '../../../src/ring/layout.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { LOG_LEVEL_MAX } from '../../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { kernelLinkId } from '../kernel-names.ts';
import type { AppIdentity, KernelChannel, ToKernelLink } from '../messages.ts';
import type { Refusal } from '../reply.ts';
import type { SessionContext } from './context.ts';
import type { Parts } from './scene.ts';

/** The process id of the kernel, which no process has. */
const KERNEL_PID = 0;
/** CPUs stay the same writers as long as the kernel runs. */
const INCARNATION = '0';
const BYTES_PER_KB = 1024;

/** A CPU of the kernel as a writer; its buffers belong to the session's owner, whose consumer writes them. */
export function writerOf({ session, owner }: SessionContext, cpu: number): AppIdentity {
  return {
    link: `${session} cpu ${cpu}`,
    pid: KERNEL_PID,
    ...owner,
    tid: cpu,
    startedAt: 0,
    processName: 'kernel',
    incarnation: INCARNATION,
  };
}

/** Without an effect in a user part. */
export function tellKernelLink({ context, enqueue }: Parts, message: ToKernelLink): void {
  if (context.kernel === undefined) return;
  tell<ToKernelLink>(enqueue, kernelLinkId(context.uuid), message);
}

/**
 * The ring of a stream. That of a kernel part never overwrites: its consumer stops reading when it is full, and the
 * kernel's buffer discards or overwrites, as the channel says.
 */
export function ringOf({ kernel }: Pick<SessionContext, 'kernel'>, shape: RingShape): RingShape {
  return kernel === undefined ? shape : { ...shape, overwrite: false };
}

/** The channels that have streams, as their instances shall be. */
export function kernelChannelsOf(context: SessionContext): readonly KernelChannel[] {
  return context.channels.flatMap(({ settings, rules, disabled }) => {
    const streams = context.streams.flatMap(
      ({ streamId, channel, memory, isUnrecorded, ended, app }) =>
        channel === settings.name && memory !== undefined && !isUnrecorded && !ended
          ? { streamId, cpu: app.tid }
          : [],
    );
    if (streams.length === 0) return [];
    const isOff = disabled === true;
    return {
      settings,
      pageBytes: pageBytesOf(context, settings),
      rules: rules.map((rule) => (isOff ? { ...rule, enabled: false } : rule)),
      streams,
    };
  });
}

export function pageBytesOf(
  { kernel }: Pick<SessionContext, 'kernel'>,
  { shape }: Pick<KernelChannel['settings'], 'shape'>,
): number {
  const bytesMax = kernel === undefined ? KERNEL_PAGE_BYTES_MIN : kernel.pageKbMax * BYTES_PER_KB;
  return Math.min(shape.subbufferBytes, bytesMax);
}

export function kernelInfoOf({
  kernel,
  kernelInfo,
}: SessionContext): Pick<SessionInfo, 'domain' | 'kernel'> {
  if (kernel !== undefined) return { domain: 'kernel' };
  return kernelInfo?.domain === undefined ? {} : { kernel: { ...kernelInfo, domain: 'kernel' } };
}

/** Why a kernel part refuses the operation. */
export function kernelRefusal({ name }: SessionContext, operation: Operation): Refusal | undefined {
  const no = (reason: string): Refusal => ({
    code: 'NOT_ALLOWED',
    reason: `${reason} in the kernel part of session "${name}"`,
  });
  switch (operation.op) {
    case 'channel.add':
      if (operation.channel.bufferScheme === 'uid') return no('There are no buffers of users');
      // A sub-buffer takes the records of the least page.
      if (operation.channel.shape.subbufferBytes < KERNEL_PAGE_BYTES_MIN) {
        return no(`Sub-buffers have at least ${KERNEL_PAGE_BYTES_MIN} bytes`);
      }
      return isOfAll(operation) ? undefined : no('There are no buffers of single applications');
    case 'event.enable':
      if (!isOfAll(operation)) return no('Rules concern no single applications');
      if (operation.exclusions !== undefined) return no('Rules exclude no names');
      return operation.logLevelMin === undefined && operation.logLevelMax === LOG_LEVEL_MAX
        ? undefined
        : no('Events have no levels');
    case 'context.add':
      return no('Events carry no contexts');
    case 'tracker.add':
    case 'tracker.remove':
      return no('There is no tracking of processes');
    case 'snapshot.add':
    case 'snapshot.remove':
      return no('There are no snapshots');
    default:
      return undefined;
  }
}

function isOfAll({ target }: { readonly target?: { readonly kind: string } | undefined }): boolean {
  return target === undefined || target.kind === 'all';
}
