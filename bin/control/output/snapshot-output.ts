/** Where the snapshots of a session go when nothing else is asked for. Throws a {@link ControlError}. */
import type { World } from '../../../src/port/world.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import {
  SNAPSHOT_OUTPUT_ID,
  type SnapshotOutput,
  snapshotOutputName,
} from '../../../src/wire/control/snapshot-output.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { ControlError } from '../api/control-error.ts';
import type { SnapshotOutputOptions } from '../api/options.ts';
import type { ListedSnapshotOutput } from '../api/results.ts';
import type { Session } from '../api/session.ts';
import { usageError } from '../errors.ts';
import { checkedKey } from '../sessions.ts';
import { placeOf } from './destination.ts';

/** The directory that a path or a URL names. */
export function snapshotDirectory(world: World, text: string): string {
  const place = placeOf(world, text);
  if (!isRelay(place)) return place.output;
  throw new ControlError('NOT_ALLOWED', 'Snapshots go to a directory; a relay takes none');
}

/** The request that adds an output: a path or a URL. */
export function snapshotAddition(
  world: World,
  session: string,
  to: string,
  { name, bytesMax }: SnapshotOutputOptions,
): Operation {
  return {
    op: 'snapshot.add',
    session,
    output: snapshotDirectory(world, to),
    ...(name === undefined ? {} : { name: checkedKey(name) }),
    ...(bytesMax === undefined ? {} : { bytesMax: checkedBytes(bytesMax) }),
  };
}

/** The request that removes it. */
export function snapshotRemoval(session: string, id: string): Operation {
  return { op: 'snapshot.remove', session, id: checkedKey(id) };
}

/** One at most. */
export function listedSnapshotOutputs({
  snapshotOutput,
}: Pick<Session, 'snapshotOutput'>): readonly ListedSnapshotOutput[] {
  if (snapshotOutput === undefined) return [];
  const name = snapshotOutputName(snapshotOutput);
  return [{ ...snapshotOutput, id: SNAPSHOT_OUTPUT_ID, name }];
}

/** Where this user's snapshots of the session go: that of its owner is for the owner only. */
export function usualSnapshotOutput(
  world: World,
  { uid, snapshotOutput }: Pick<SessionInfo, 'uid' | 'snapshotOutput'>,
): SnapshotOutput {
  const own = uid === world.identity.uid ? snapshotOutput : undefined;
  return own ?? { output: tracesDirectory(world) };
}

export function checkedBytes(bytesMax: number): number {
  if (Number.isSafeInteger(bytesMax) && bytesMax > 0) return bytesMax;
  throw usageError(`The largest size of a snapshot is a number of bytes, not ${bytesMax}`);
}
