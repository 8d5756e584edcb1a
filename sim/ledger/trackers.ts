/** Which processes a session traced, and when, derived from the commands of its user and the answers. */
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import type { Trackers } from '../../src/wire/control/trackers.ts';
import type { ThreadAccount } from './ledger.ts';
import { ended, NEVER, type Window } from './window.ts';

/** The sets of a session from one command on a set to the next. */
export interface TrackedAccount extends Window {
  readonly trackers: Trackers;
}

/** A new session traces every process. */
export const TRACKED_AT_FIRST: readonly TrackedAccount[] = [
  { askedAt: 0, activeAt: 0, endAskedAt: NEVER, endedAt: NEVER, trackers: {} },
];

/** After a command that the registry executed; `held`: from when on the applications apply it. */
export function trackedAfter(
  tracked: readonly TrackedAccount[],
  operation: Operation,
  held: Window,
  { trackers = {} }: Pick<SessionInfo, 'trackers'>,
): readonly TrackedAccount[] {
  if (!isChange(operation)) return tracked;
  return [...ended(tracked, () => true, held.askedAt, held.activeAt), { ...held, trackers }];
}

/** After a command that the registry may have executed: it may trace every process. */
export function perhapsTracked(
  tracked: readonly TrackedAccount[],
  operation: Operation,
  perhaps: Window,
): readonly TrackedAccount[] {
  return isChange(operation) ? [...tracked, { ...perhaps, trackers: {} }] : tracked;
}

function isChange({ op }: Operation): boolean {
  return op === 'tracker.add' || op === 'tracker.remove';
}

/** When the session traced this thread. A change between two sets that both have it does not interrupt that. */
export function trackedWindows(
  tracked: readonly TrackedAccount[],
  thread: ThreadAccount,
): readonly Window[] {
  const windows: Window[] = [];
  let before: TrackedAccount | undefined;
  for (const one of tracked) {
    const last = windows.at(-1);
    if (isAmong(one.trackers, thread)) {
      const { endAskedAt, endedAt } = one;
      const isOn = last !== undefined && before !== undefined && before.endAskedAt === one.askedAt;
      if (isOn && isAmong(before?.trackers ?? {}, thread)) {
        windows[windows.length - 1] = { ...last, endAskedAt, endedAt };
      } else windows.push(one);
    }
    before = one;
  }
  return windows;
}

function isAmong({ vpid, vuid, vgid }: Trackers, { pid, uid, gid }: ThreadAccount): boolean {
  const has = (ids: readonly number[] | undefined, id: number): boolean =>
    ids === undefined || ids.some((other) => other === id);
  return has(vpid, pid) && has(vuid, uid) && has(vgid, gid);
}
