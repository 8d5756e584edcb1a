/**
 * A registry that is stopped for good keeps its lock and its sockets, and answers nobody. Then
 *
 * - whoever wants to be served by it alone hears clearly, and in time, that it does not answer;
 * - nobody else serves in its place: a second registry finds the lock and ends;
 * - whoever has another registry is served by that one, as soon as the first has been waited for;
 * - applications go on as ever, and are registered with the other one: as after any healing.
 */
import { CONNECT_MS_MAX, SPAWN_MS_MAX } from '../../actors/client/context.ts';
import type { UserCommand } from '../input/command.ts';
import type { SimProcess, Simulation, UserSpec } from '../machine/simulation.ts';
import { finder } from '../oracles/finding.ts';
import type { FaultyRun } from './faulty-run.ts';
import { ask, COMMAND_MS_MAX, elsewhere, isRegistry } from './probe-command.ts';

const liveness = finder('liveness');

/** A command waits for the registry, starts one and waits for that: and a little for all else, milliseconds. */
const REFUSED_MS_MAX = CONNECT_MS_MAX + SPAWN_MS_MAX + 1000;

/** Within how long a new recording of this user has to be done, milliseconds; undefined: nobody serves him. */
export function servedWithin(
  simulation: Simulation,
  { uid, groups }: UserSpec,
): number | undefined {
  const registries = simulation.processes().filter((each) => isRegistry(each) && each.isAlive);
  const mayUseGlobal = uid === 0 || groups.includes('tracing');
  const candidates = registries.filter(
    (each) => each.uid === uid || (mayUseGlobal && each.uid === 0),
  );
  // It may have been stopped before it had the lock: then another one of this user may serve.
  const isUnserved = candidates.some((each) => each.uid === uid && each.isStopped);
  const global = candidates.filter((each) => each.uid === 0);
  if (global.some((each) => !each.isStopped)) return COMMAND_MS_MAX;
  if (isUnserved) return undefined;
  return COMMAND_MS_MAX + (global.length > 0 ? CONNECT_MS_MAX : 0);
}

/** Asks each registry that is stopped while it served. The commands: nothing excuses them. */
export function askStopped(run: FaultyRun, lost: readonly SimProcess[]): string[] {
  const { simulation, findings } = run;
  const serving = new Set<string>();
  for (const { event, who } of simulation.log) {
    if (event === 'registry.ready') serving.add(who);
    else if (event === 'registry.ending') serving.delete(who);
  }
  const stopped = lost.filter(
    (each) => isRegistry(each) && each.isAlive && each.isStopped && serving.has(each.label),
  );
  const command: UserCommand = {
    kind: 'operations',
    operations: [{ op: 'session.list', from: 0 }],
    expected: ['NO_REGISTRY'],
  };
  return stopped.flatMap(({ label, uid, spec }) => {
    const asked = ask(run, spec.userName, command, elsewhere(uid), REFUSED_MS_MAX);
    const [result] = asked?.results ?? [];
    if (result?.kind !== 'failure' || result.reason === '') {
      findings.push(liveness(`a command says nothing of ${label}, which is stopped`));
    }
    const others = simulation
      .processes()
      .filter(
        (each) => isRegistry(each) && each.isAlive && each.uid === uid && each.label !== label,
      );
    for (const other of others) findings.push(liveness(`${other.label} is there beside ${label}`));
    return asked === undefined ? [] : [asked.who];
  });
}
