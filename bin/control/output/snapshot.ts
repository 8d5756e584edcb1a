/** Takes a snapshot (R1.23) into a directory of its own. Throws a {@link ControlError}. */
import type { StepResult } from '../../../actors/client/plans/plan.ts';
import { snapshotPlan } from '../../../actors/client/plans/record.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { SnapshotOutput } from '../../../src/wire/control/snapshot-output.ts';
import type { SnapshotOptions } from '../api/options.ts';
import { throwFailure } from '../errors.ts';
import type { RegistryClient } from '../registry-client.ts';
import { checkedKey } from '../sessions.ts';
import { freshOutputDirectory } from './output-directory.ts';
import { checkedBytes, snapshotDirectory, usualSnapshotOutput } from './snapshot-output.ts';

interface SnapshotTaken {
  /** Its directory, which is gone when the buffers held nothing. */
  readonly path: string;
  /** It contains every stream. */
  readonly isWhole: boolean;
  /** Older packets had no room in its largest size. */
  readonly isShort: boolean;
  /** The largest size. */
  readonly bytesMax: number | undefined;
}

/** Copies what the buffers of the session hold. */
export async function snapshotOf(
  client: RegistryClient,
  session: SessionInfo,
  options: SnapshotOptions,
): Promise<SnapshotTaken> {
  const { world } = client;
  const { output, name, bytesMax: asked } = options;
  if (name !== undefined) checkedKey(name);
  const to: SnapshotOutput =
    output === undefined
      ? usualSnapshotOutput(world, session)
      : { output: snapshotDirectory(world, output) };
  const bytesMax = asked === undefined ? to.bytesMax : checkedBytes(asked);
  const prefix = name ?? to.name ?? `${session.name}-snapshot`;
  const directory = freshOutputDirectory(world, to.output, prefix);
  let results: readonly StepResult[];
  try {
    const plan = snapshotPlan(session.uuid, directory.path, bytesMax);
    results = await client.run(plan, 'running-registry');
  } finally {
    // Removes the directory when it is empty.
    directory.release();
  }
  throwFailure(results);
  const isShort = results.some((result) => result.kind === 'snapshot' && result.isShort === true);
  return { path: directory.path, isWhole: isWholeIn(results), isShort, bytesMax };
}

/** Whether the snapshots contain every stream. */
export function isWholeIn(results: readonly StepResult[]): boolean {
  return results.every((result) => result.kind !== 'snapshot' || result.isWhole);
}
