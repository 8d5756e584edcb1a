/** Snapshots in scenarios: where they go, and how large they may be. */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { SnapshotOutput } from '../../src/wire/control/snapshot-output.ts';
import type { PartDraw } from './draw.ts';

/** An output may be there, or not. */
export const SNAPSHOT_OUTPUT_REFUSALS: readonly ClientErrorCode[] = [
  'ALREADY',
  'NO_SNAPSHOT_OUTPUT',
  'SESSION_BUSY',
];

export function drawSnapshotOutput(part: PartDraw, session: string): Operation {
  if (part.chance(2)) return { op: 'snapshot.remove', session, id: part.pick(['1', 'few']) };
  const output = '/home/alice/snapshots';
  const more = part.pick<Partial<SnapshotOutput>>([
    {},
    { name: 'few' },
    { name: 'few', bytesMax: 65_536 },
  ]);
  return { op: 'snapshot.add', session, output, ...more };
}

/** From none for the smallest packet to room for everything; undefined: no bound. */
export function drawSnapshotBytes(part: PartDraw): number | undefined {
  return part.chance(2) ? undefined : part.between(200, part.pick([600, 2000, 6000, 40_000]));
}
