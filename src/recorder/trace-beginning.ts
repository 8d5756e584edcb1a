/** What the trace of a process, of a user or of the kernel is called and how its metadata begins, wherever it is. */
import { directoryTime } from '../base/calendar.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { traceMetadata } from '../ctf/metadata.ts';
import {
  BUFFERING_ID,
  KERNEL_TRACE,
  SESSION_UUID,
  TRACE_KEY,
  USER_TRACES,
} from '../ctf/trace-directory.ts';
import type { World } from '../port/world.ts';
import type { RecordedSession } from '../wire/common.ts';

/** What the metadata of all traces of one consumer have in common. */
export interface TraceSite {
  readonly session: RecordedSession;
  /** CLOCK_REALTIME minus CLOCK_MONOTONIC, the same for all traces, so that a reader can merge them. */
  readonly clockOffsetNs: bigint;
  readonly clockUuid: string;
  readonly tracerMajor: number;
  readonly tracerMinor: number;
}

/** Whose trace it is: that of a process, of all processes of a user, or of the kernel. */
export interface TraceOwner {
  readonly pid: number;
  /** Distinguishes the process from a later one with the same id and name. */
  readonly startedAt: number;
  readonly processName: string;
  /** Present: of this user, and the process above is one of his. */
  readonly sharedBy?: number | undefined;
  /** Present: of the kernel, and there is no process. */
  readonly kernel?: { readonly cpu: number } | undefined;
}

const RECORDER = 'lttng-ts';
/**
 * Viewers learn from the name and the version of the tracer what the kernel's events are called: Trace Compass
 * (`LttngKernelTrace`) finds the names that our traces have since this version, and takes another tracer for an old
 * one.
 */
const KERNEL_NAMES_VERSION = { tracerMajor: 2, tracerMinor: 13 };
const NAME_CHARACTERS_MAX = 64;
/** Of the programs that Node.js runs on Linux. */
const ARCHITECTURE_BITS = 64;

/** Whether it is a process: its name, id and a time name the trace. */
export function isProcess({ sharedBy, kernel }: TraceOwner): boolean {
  return sharedBy === undefined && kernel === undefined;
}

export function isSameOwner(a: TraceOwner, b: TraceOwner): boolean {
  if (a.kernel !== undefined || b.kernel !== undefined) return (a.kernel && b.kernel) !== undefined;
  if (a.sharedBy !== undefined || b.sharedBy !== undefined) return a.sharedBy === b.sharedBy;
  return a.pid === b.pid && a.startedAt === b.startedAt && a.processName === b.processName;
}

/**
 * `ust/pid/NAME-PID-TIME`, or `ust/uid/UID/64-bit` or `kernel` as LTTng has it; with a number appended from the second
 * attempt on.
 */
export function traceDirectory(
  { processName, pid, sharedBy, kernel }: TraceOwner,
  seconds: bigint,
  attempt: number,
): string {
  const name = processName.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, NAME_CHARACTERS_MAX);
  const ofPrograms =
    sharedBy === undefined
      ? `${USER_TRACES}/pid/${name}-${pid}-${directoryTime(seconds * NS_PER_SECOND_BIGINT)}`
      : `${USER_TRACES}/uid/${sharedBy}/${ARCHITECTURE_BITS}-bit`;
  const base = kernel === undefined ? ofPrograms : KERNEL_TRACE;
  return attempt === 1 ? base : `${base}-${attempt - 1}`;
}

/** The metadata before the first declaration of a stream. `key`: by which consumers find the trace again. */
export function traceBeginning(
  world: {
    readonly clock: Pick<World['clock'], 'realtimeNs'>;
    readonly identity: Pick<World['identity'], 'hostname'>;
  },
  site: TraceSite,
  owner: TraceOwner,
  uuid: string,
  key?: bigint,
): string {
  const { session, clockOffsetNs, clockUuid, tracerMajor, tracerMinor } = site;
  const keyEntry = key === undefined || isProcess(owner) ? {} : { [TRACE_KEY]: keyText(key) };
  const tracer =
    owner.kernel === undefined
      ? { tracerName: RECORDER, tracerMajor, tracerMinor }
      : { tracerName: 'lttng-modules', ...KERNEL_NAMES_VERSION };
  return traceMetadata({
    uuid,
    hostname: world.identity.hostname,
    domain: owner.kernel === undefined ? 'ust' : 'kernel',
    ...(isProcess(owner) ? { processName: owner.processName, pid: owner.pid } : {}),
    ...tracer,
    sessionName: session.name,
    environment: {
      [SESSION_UUID]: session.uuid,
      ...(owner.kernel === undefined ? sharedEnvironment(owner) : kernelEnvironment(site)),
      ...keyEntry,
    },
    creationTimeNs: world.clock.realtimeNs(),
    clockUuid,
    clockOffsetNs,
  });
}

/** What the environment of a user's trace says, with the names that LTTng has for it. */
function sharedEnvironment({ sharedBy }: TraceOwner): Record<string, string | number> {
  if (sharedBy === undefined) return {};
  return {
    tracer_buffering_scheme: 'uid',
    [BUFFERING_ID]: sharedBy,
    architecture_bit_width: ARCHITECTURE_BITS,
  };
}

/** The same for the kernel's. */
function kernelEnvironment({
  session,
  tracerMajor,
  tracerMinor,
}: TraceSite): Record<string, string | number> {
  const { release = '', version = '' } = session.kernel ?? {};
  return {
    sysname: 'Linux',
    kernel_release: release,
    kernel_version: version,
    trace_buffering_scheme: 'global',
    recorder_name: RECORDER,
    recorder_major: tracerMajor,
    recorder_minor: tracerMinor,
  };
}

/** As the environment of a trace has its key. */
export function keyText(key: bigint): string {
  return key.toString(16);
}
