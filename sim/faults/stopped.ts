/**
 * A registry that is stopped for good keeps its lock and its sockets, and answers no peer. Then
 *
 * - a command that only this registry can serve reports clearly, and in time, that it does not answer;
 * - no other registry takes its place: a second registry finds the lock and ends;
 * - a command that another registry can serve uses that one, after it has waited for the first;
 * - applications continue normally, and are registered with the other one: as after any healing.
 */
import { CONNECT_MS_MAX, SPAWN_MS_MAX } from '../../actors/client/context.ts';
import type { UserCommand } from '../input/command.ts';
import type { SimProcess, Simulation, UserSpec } from '../machine/simulation.ts';
import { finder } from '../oracles/finding.ts';
import type { FaultyRun } from './faulty-run.ts';
import { ask, COMMAND_MS_MAX, elsewhere, isRegistry } from './probe-command.ts';

const liveness = finder('liveness');

/** A command waits for the registry, starts one and waits for that; the rest is margin, milliseconds. */
const REFUSED_MS_MAX = CONNECT_MS_MAX + SPAWN_MS_MAX + 1000;

/** Deadline for a new recording of this user, milliseconds; undefined: no registry serves the user. */
export function servedWithin(
  simulation: Simulation,
  { uid, groups }: UserSpec,
): number | undefined {
  const registries = simulation.processes().filter((each) => isRegistry(each) && each.isAlive);
  const isInGroup = groups.includes('tracing');
  // A registry that did not find the group serves root alone.
  const lines = simulation.log.filter(({ event }) => event === 'configuration.groupUnknown');
  const ungrouped = new Set(lines.map(({ who }) => who));
  const candidates = registries.filter(
    (each) => each.uid === uid || (isInGroup && each.uid === 0 && !ungrouped.has(each.label)),
  );
  // It may have been stopped before it took the lock: then another registry of this user may serve.
  const isUnserved = candidates.some((each) => each.uid === uid && each.isStopped);
  const global = candidates.filter((each) => each.uid === 0);
  if (global.some((each) => !each.isStopped)) return COMMAND_MS_MAX;
  if (isUnserved) return undefined;
  return COMMAND_MS_MAX + (global.length > 0 ? CONNECT_MS_MAX : 0);
}

/** Sends a command to each registry that was stopped while it served. No fault excuses the returned commands. */
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
      findings.push(liveness(`a command does not report that ${label} is stopped`));
    }
    const others = simulation
      .processes()
      .filter(
        (each) => isRegistry(each) && each.isAlive && each.uid === uid && each.label !== label,
      );
    for (const other of others)
      findings.push(liveness(`${other.label} runs beside ${label}, which is stopped`));
    return asked === undefined ? [] : [asked.who];
  });
}
