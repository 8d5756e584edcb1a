/**
 * The output of a session's snapshots: where they go when nothing else is asked for. A session has one at most, as
 * LTTng's have, and so its number is always the same.
 */
import * as v from 'valibot';
import { counter, path, sessionKey, sessionName } from '../common.ts';

export const SNAPSHOT_OUTPUT_ID = 1;

const snapshotBytes = v.pipe(counter, v.minValue(1));

const members = {
  /** The first part of the names of its snapshots; absent: that of the session, and it is called `snapshot-1`. */
  name: v.exactOptional(sessionName),
  /** The parent of their directories. */
  output: path,
  /** Of the packets of one snapshot together; absent: as many as there are. */
  bytesMax: v.exactOptional(snapshotBytes),
};

export const snapshotOutput = v.strictObject(members);
export type SnapshotOutput = v.InferOutput<typeof snapshotOutput>;

export const snapshotOperations = [
  /** ALREADY: the session has one. */
  v.strictObject({ op: v.literal('snapshot.add'), session: sessionKey, ...members }),
  /** By its number or its name. */
  v.strictObject({ op: v.literal('snapshot.remove'), session: sessionKey, id: sessionName }),
] as const;

export function snapshotOutputName({ name }: { readonly name?: string | undefined }): string {
  return name ?? `snapshot-${SNAPSHOT_OUTPUT_ID}`;
}

/** Whether a user means this output. */
export function isCalled(output: SnapshotOutput, id: string): boolean {
  return id === String(SNAPSHOT_OUTPUT_ID) || id === snapshotOutputName(output);
}
