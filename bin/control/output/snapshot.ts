/** Takes a snapshot (R1.23) into a directory of its own. Throws a {@link ControlError}. */
import type { StepResult } from '../../../actors/client/plans/plan.ts';
import { snapshotPlan } from '../../../actors/client/plans/record.ts';
import type { World } from '../../../src/port/world.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import type { SnapshotOptions } from '../api/options.ts';
import { throwFailure } from '../errors.ts';
import { absolutePath } from '../paths.ts';
import type { RegistryClient } from '../registry-client.ts';
import { checkedKey } from '../sessions.ts';
import { freshOutputDirectory } from './output-directory.ts';

interface SnapshotTaken {
  /** Its directory, which is gone when the buffers held nothing. */
  readonly path: string;
  /** It contains every stream. */
  readonly isWhole: boolean;
}

/** Copies what the buffers of the session hold. */
export async function snapshotOf(
  client: RegistryClient,
  session: SessionInfo,
  { output, name }: SnapshotOptions,
): Promise<SnapshotTaken> {
  const { world } = client;
  if (name !== undefined) checkedKey(name);
  const parent = output === undefined ? parentFor(world, session) : absolutePath(world, output);
  const directory = freshOutputDirectory(world, parent, name ?? `${session.name}-snapshot`);
  let results: readonly StepResult[];
  try {
    results = await client.run(snapshotPlan(session.uuid, directory.path), 'running-registry');
  } finally {
    // Removes the directory when it is empty.
    directory.release();
  }
  throwFailure(results);
  return { path: directory.path, isWhole: isWholeIn(results) };
}

/** The directory of the user's own flight recorder, otherwise the default directory of traces. */
function parentFor(world: World, { flightRecorder, uid, output }: SessionInfo): string {
  const own = flightRecorder && uid === world.identity.uid ? output : undefined;
  return own ?? tracesDirectory(world);
}

/** Whether the snapshots contain every stream. */
export function isWholeIn(results: readonly StepResult[]): boolean {
  return results.every((result) => result.kind !== 'snapshot' || result.isWhole);
}
