/**
 * Sessions of two parts: what programs record, and what the kernel does (R1.24). The registry has each part as a
 * session of its own, with the same name; a command on the session is a request to each of them, and its answer is one
 * session.
 *
 * The kernel records what programs do. Its part begins after that of programs and ends before it.
 */
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { type ClientFailure, failureIn, type Plan, type StepResult } from './plan.ts';

export type KernelPart = NonNullable<SessionInfo['kernel']>;

/** What decides which part is asked. */
export type FoundPart = Pick<SessionInfo, 'uuid' | 'state' | 'channels' | 'consumerPid'>;
export interface Found extends FoundPart {
  readonly kernel?: FoundPart | undefined;
}

/** A command on a session, by what the session is: requests to its parts, in order. */
export interface PartsCommand {
  readonly requestsFor: (found: Found) => readonly Operation[];
  /** The second part is asked even if the first one refuses. */
  readonly isForEach?: true;
}

/** Finds the session, then carries out the command, up to the first failure. */
export function partsPlan(session: string, command: PartsCommand): Plan {
  return (results) => {
    if (results.length === 0) return { kind: 'request', operation: { op: 'session.get', session } };
    const [found] = results;
    if (found?.kind !== 'reply' || found.value.session === undefined) return undefined;
    const done = results.slice(1);
    const failed = failureIn(done);
    if (failed !== undefined && !(command.isForEach === true && isRefusal(failed)))
      return undefined;
    const operation = command.requestsFor(found.value.session)[done.length];
    return operation === undefined ? undefined : { kind: 'request', operation };
  };
}

/** Finds out what the buffers of each part hold. */
export function measurePlan(session: string): Plan {
  const measure = (part: string) =>
    ({ kind: 'request', operation: { op: 'session.measure', session: part } }) as const;
  return (results) => {
    if (results.length === 0) return measure(session);
    const [found] = results;
    const kernel = found?.kind === 'reply' ? found.value.session?.kernel : undefined;
    return results.length > 1 || kernel === undefined ? undefined : measure(kernel.uuid);
  };
}

/** What the registry has said, beside failures of the client and of the connection. */
function isRefusal({ code }: ClientFailure): boolean {
  return code !== 'INTERRUPTED' && code !== 'REGISTRY_LOST' && code !== 'NO_ANSWER';
}

/** The session after these results, each part as its last answer has it. */
export function wholeSessionIn(results: readonly StepResult[]): SessionInfo | undefined {
  let user: SessionInfo | undefined;
  let kernel: KernelPart | undefined;
  for (const result of results) {
    const session = result.kind === 'reply' ? result.value.session : undefined;
    if (session === undefined) continue;
    if (session.domain === 'kernel') kernel = { ...session, domain: 'kernel' };
    else {
      user = session;
      // When its kernel part is gone, that is as it was last.
      kernel = session.kernel ?? kernel;
    }
  }
  if (user === undefined) return kernel;
  return kernel === undefined ? user : { ...user, kernel };
}

/**
 * The first failure of {@link partsPlan}; if the session has two parts, it says which one failed, and what the other
 * one is.
 */
export function partsFailureIn(
  command: PartsCommand,
  results: readonly StepResult[],
): ClientFailure | undefined {
  const failed = failureIn(results);
  const [found] = results;
  const session = found?.kind === 'reply' ? found.value.session : undefined;
  // A session that is already as it shall be is so with both parts.
  if (failed?.code === 'ALREADY' || session?.kernel === undefined) return failed;
  if (failed === undefined) return undefined;
  const operation = command.requestsFor(session)[results.indexOf(failed) - 1];
  if (operation === undefined || !('session' in operation)) return failed;
  const isOfKernel = operation.session === session.kernel.uuid;
  const part = isOfKernel ? "the kernel's part" : 'the part of programs';
  const after = wholeSessionIn(results) ?? session;
  const other = isOfKernel ? after.state : (after.kernel ?? session.kernel).state;
  // The part of programs is destroyed last.
  const state = !isOfKernel && operation.op === 'session.destroy' ? 'destroyed' : other;
  return { ...failed, reason: `${failed.reason}; that is ${part}, and the other one is ${state}` };
}

/** What a part is asked, by its key. */
type Requests = (session: string) => readonly Operation[];

/** Asks the parts that are meant; a session of one part is asked in any case, and says itself what is wrong. */
function ofParts(
  session: string,
  order: 'user-first' | 'kernel-first',
  requests: Requests,
  isMeant: (part: FoundPart) => boolean,
): PartsCommand['requestsFor'] {
  return (found) => {
    const { kernel } = found;
    if (kernel === undefined) return requests(session);
    const parts = order === 'user-first' ? [found, kernel] : [kernel, found];
    const meant = parts.filter(isMeant);
    return (meant.length === 0 ? [found] : meant).flatMap(({ uuid }) => requests(uuid));
  };
}

const isAny = (): boolean => true;

/** Without a channel there is nothing to record. */
function hasChannels({ channels }: FoundPart): boolean {
  return channels.length > 0;
}

function isToStart(part: FoundPart): boolean {
  return hasChannels(part) && part.state !== 'active' && part.state !== 'starting';
}

function isToPause({ state }: FoundPart): boolean {
  return state === 'active' || state === 'starting';
}

function isToStop({ state }: FoundPart): boolean {
  return state !== 'inactive' && state !== 'stopped';
}

/** It may have recorded something. */
function isBegun({ state }: FoundPart): boolean {
  return state !== 'inactive';
}

export function startCommand(session: string): PartsCommand {
  const requests: Requests = (part) => [{ op: 'session.start', session: part }];
  return { requestsFor: ofParts(session, 'user-first', requests, isToStart) };
}

export function pauseCommand(session: string): PartsCommand {
  const requests: Requests = (part) => [{ op: 'session.pause', session: part }];
  return { requestsFor: ofParts(session, 'kernel-first', requests, isToPause), isForEach: true };
}

interface Unawaited {
  readonly noWait?: true;
}

export function stopCommand(session: string, unawaited: Unawaited = {}): PartsCommand {
  const requests: Requests = (part) => [{ op: 'session.stop', session: part, ...unawaited }];
  return { requestsFor: ofParts(session, 'kernel-first', requests, isToStop), isForEach: true };
}

export function rotateCommand(session: string, unawaited: Unawaited = {}): PartsCommand {
  const requests: Requests = (part) => [{ op: 'session.rotate', session: part, ...unawaited }];
  return { requestsFor: ofParts(session, 'kernel-first', requests, isBegun) };
}

export function clearCommand(session: string): PartsCommand {
  const requests: Requests = (part) => [{ op: 'session.clear', session: part }];
  return { requestsFor: ofParts(session, 'kernel-first', requests, isBegun) };
}

export function regenerateCommand(session: string): PartsCommand {
  const requests: Requests = (part) => [{ op: 'session.regenerate', session: part }];
  return { requestsFor: ofParts(session, 'kernel-first', requests, isBegun) };
}

/** The kernel part must be gone before the other one ends, so that is waited for. */
export function destroyCommand(
  session: string,
  { noWait, ...abandon }: Unawaited & { readonly abandon?: true } = {},
): PartsCommand {
  const unawaited = noWait === undefined ? {} : { noWait };
  return {
    requestsFor: ({ kernel }) => [
      ...(kernel === undefined
        ? []
        : [{ op: 'session.destroy' as const, session: kernel.uuid, ...abandon }]),
      { op: 'session.destroy', session, ...abandon, ...unawaited },
    ],
  };
}

export function continueConsumersCommand(session: string): PartsCommand {
  const requests: Requests = (part) => [{ op: 'consumer.continue', session: part }];
  return { requestsFor: ofParts(session, 'user-first', requests, hasChannels) };
}

/** The parts, by their UUIDs, that {@link continueConsumersCommand} means. */
export function consumedParts(found: Found): readonly string[] {
  const { requestsFor } = continueConsumersCommand(found.uuid);
  return requestsFor(found).flatMap((request) => ('session' in request ? request.session : []));
}

export function stopConsumersCommand(session: string): PartsCommand {
  const requests: Requests = (part) => [{ op: 'consumer.stop', session: part }];
  const isMeant = ({ consumerPid }: FoundPart): boolean => consumerPid !== undefined;
  return { requestsFor: ofParts(session, 'kernel-first', requests, isMeant), isForEach: true };
}

/** The same of both parts, whatever they record. */
export function bothPartsCommand(session: string, requests: Requests): PartsCommand {
  return { requestsFor: ofParts(session, 'user-first', requests, isAny) };
}
