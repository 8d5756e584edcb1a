/** Sets of processes in scenarios: commands that change which processes a session traces. */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { PartDraw } from './draw.ts';
import type { ScriptStep } from './scenario.ts';

/** A set may be as it is asked for. */
export const TRACKING_REFUSALS: readonly ClientErrorCode[] = ['ALREADY', 'SESSION_BUSY'];

/** Mostly ids that applications have; ids of processes ascend from 1000. */
export function drawTracking(part: PartDraw, session: string): Operation {
  const op = part.pick(['tracker.add', 'tracker.add', 'tracker.remove'] as const);
  const tracker = part.pick(['vpid', 'vuid', 'vgid'] as const);
  const id = tracker === 'vpid' ? part.between(1003, 1009) : part.between(1001, 1002);
  const ids = part.pick([[id], [id], [id, id + 1], undefined, undefined]);
  return { op, session, tracker, ...(ids === undefined ? {} : { ids }) };
}

/** A command of its own, which may fail with these codes. */
export function trackingAt(
  part: PartDraw,
  at: number,
  session: string,
  tolerated: readonly ClientErrorCode[],
): ScriptStep {
  const operations = [drawTracking(part, session)];
  return { at, do: 'lttng', command: { kind: 'operations', operations, tolerated } };
}
