/** Copies and remains of what was recorded. */
import { failureIn } from '../../../actors/client/plans/plan.ts';
import {
  aliveIn,
  isThere,
  type Recovery as PlannedRecovery,
  recoveriesIn,
  recoverPlan,
} from '../../../actors/client/plans/recover.ts';
import { forgetSession } from '../../../src/kept/current-session.ts';
import { destinationText, isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { TraceCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type { RecoverOptions, SnapshotOptions } from '../api/options.ts';
import type { Recovered, Recovery, Snapshot } from '../api/results.ts';
import { failureError, throwFailure } from '../errors.ts';
import { snapshotOf } from '../output/snapshot.ts';
import {
  listedSnapshotOutputs,
  snapshotAddition,
  snapshotRemoval,
} from '../output/snapshot-output.ts';
import { absolutePath } from '../paths.ts';
import { type Calling, requestAbout } from '../requests.ts';
import { checkedKey } from '../sessions.ts';

export function traceCalls(on: Calling): TraceCalls {
  return {
    snapshot: (session, options = {}) => snapshot(on, session, options),
    addSnapshotOutput: (session, output, options = {}) =>
      requestAbout(on, session, (key) => [snapshotAddition(on.client.world, key, output, options)]),
    listSnapshotOutputs: async (session) =>
      listedSnapshotOutputs(
        await requestAbout(on, session, (key) => [{ op: 'session.get', session: key }]),
      ),
    delSnapshotOutput: (session, id) =>
      requestAbout(on, session, (key) => [snapshotRemoval(key, id)]),
    recover: (options = {}) => recover(on, options),
  };
}

async function snapshot(
  on: Calling,
  asked: SessionKey,
  options: SnapshotOptions,
): Promise<Snapshot> {
  if (options.name !== undefined) checkedKey(options.name);
  const session = await requestAbout(on, asked, (key) => [{ op: 'session.get', session: key }]);
  const taken = await snapshotOf(on.client, session, options);
  const { path: directory, isWhole, isShort, bytesMax } = taken;
  const path = on.client.world.files.info(directory).ok ? directory : undefined;
  return { session, path, directory, isWhole, isShort, bytesMax };
}

async function recover(
  { client }: Calling,
  { session, output }: RecoverOptions,
): Promise<Recovered> {
  const { world } = client;
  const { uid } = world.identity;
  const named = session === undefined ? undefined : checkedKey(session);
  const into = output === undefined ? undefined : absolutePath(world, output);
  const results = await client.run(
    recoverPlan(uid, named, into),
    'running-registry',
    into === undefined ? [] : ['--into', into],
  );
  const recoveries = recoveriesIn(results, uid, named, into);
  // Without a registry and its records there is nothing to recover.
  if (recoveries.length === 0 && failureIn(results)?.code !== 'NO_REGISTRY') throwFailure(results);
  if (named !== undefined && recoveries.length === 0 && !isThere(results, uid, named)) {
    throw new ControlError('NO_SESSION', `There is no session "${named}"`);
  }
  for (const { session: of, failure } of recoveries) {
    if (failure === undefined) forgetSession(world, of);
  }
  return {
    recoveries: recoveries.map((recovery) => recoveryOf(recovery, into)),
    alive: aliveIn(results, uid, named, into),
  };
}

function recoveryOf({ session, failure }: PlannedRecovery, into: string | undefined): Recovery {
  return {
    session,
    output: into === undefined ? placeOf(session) : `${into}/${session.name}`,
    ...(failure === undefined ? {} : { error: failureError(failure) }),
  };
}

function placeOf({ destination, output }: SessionInfo): string {
  if (destination !== undefined && isRelay(destination.to)) return destinationText(destination.to);
  return output ?? 'nowhere';
}
