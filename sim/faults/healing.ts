/**
 * The liveness phase of a run with faults: they end, who was paused goes on, the dead stay dead except registries,
 * which a service manager starts again. Then, within a deadline, every application that lives is registered with every
 * registry that lives and serves it, and a new recording works as if nothing had happened.
 *
 * Some processes may be dead or stopped for good. All others are the core, which owes the same within the same
 * deadlines; what is owed around a registry that is stopped, `stopped.ts` says. Only when it has met them is the rest
 * cleared up: the stopped are killed, the dead are made up for.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { UserCommand } from '../input/command.ts';
import { endOf } from '../input/fault.ts';
import { hasFlightRecorders } from '../input/scenario.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { keptIn } from '../oracles/conduct.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import type { Healing } from './fault-hit.ts';
import type { FaultyRun } from './faulty-run.ts';
import { ask, elsewhere, isRegistry } from './probe-command.ts';
import { askStopped, servedWithin } from './stopped.ts';
import { hasShielded, hasUnnoted } from './tolerance.ts';

const liveness = finder('liveness');

/** A registry that was started serves within this. */
export const SERVING_MS_MAX = 100;
/**
 * When obligations are looked at, milliseconds after everything is healed: mostly the first look suffices; an
 * application that rests between two attempts may need the second; one that could not wait on the common pipe looks
 * again after a minute.
 */
const LOOKS_MS = [500, 12_000, 80_000] as const;
/** What a recording used is gone within this after its end. */
const SETTLE_MS_MAX = 1000;
/** Buffers of threads that are gone are read to their end, and removed, within this. */
const RELEASE_MS_MAX = 2000;
/** What a registry says that does not know of all its sessions. */
const UNREAD = new Set(['record.readFailed', 'record.listFailed']);
/** What a registry says when it cannot write something down, and when it has. */
const WRITTEN = [
  ['record.writeFailed', 'record.allWritten'],
  ['lock.ownerNotWritten', 'lock.ownerWritten'],
] as const;
/** What could not be written down is within this. */
const RECORDS_MS_MAX = 1500;

/** Ends the applications that stay. */
export function endApplications(simulation: Simulation): void {
  for (const { program, pid, isAlive } of simulation.processes()) {
    if (program === 'application' && isAlive) simulation.signal(pid, 'SIGTERM');
  }
}

/** Heals the machine and waits until what is owed is done. */
export function heal(run: FaultyRun): Healing {
  const { simulation, injector, input, findings } = run;
  const faultsEnd = endOf(input.faults ?? []);
  simulation.run({ forMs: Math.max(0, faultsEnd + 1 - simulation.now / NS_PER_MS) });
  injector.heal();
  const healedAt = simulation.now;
  const probes = new Set<string>();
  if (injector.isPowerCut) return { healedAt, probes };
  const lost = lostForGood(run);
  startRegistries(
    simulation,
    lost.filter(isRegistry).map(({ spec }) => spec.userName),
  );
  simulation.run({ forMs: SERVING_MS_MAX });
  for (const ms of LOOKS_MS) {
    simulation.run({ forMs: Math.max(0, ms - (simulation.now - healedAt) / NS_PER_MS) });
    const missing = unregistered(run);
    if (missing.length === 0) break;
    if (ms === LOOKS_MS.at(-1)) findings.push(...missing.map((text) => liveness(text)));
  }
  const isOrphaned = lost.some(({ program, isAlive }) => program === 'ust-consumerd' && !isAlive);
  if (!isOrphaned) for (const who of continueConsuming(run)) probes.add(who);
  const recorded = recordAgain(run);
  if (recorded !== undefined) probes.add(recorded);
  if (lost.length === 0) {
    // Sessions that had nothing to read before may have recorded that application, too.
    for (const who of continueConsuming(run)) probes.add(who);
    findings.push(...unreleased(run), ...unwritten(run, healedAt));
    return { healedAt, probes };
  }
  for (const who of askStopped(run, lost)) probes.add(who);
  findings.push(...run.look(), ...orphansOf(run, recorded));
  for (const { pid, isAlive } of lost) if (isAlive) simulation.kill(pid);
  startRegistries(simulation, []);
  simulation.run({ forMs: SERVING_MS_MAX });
  const clearedAt = simulation.now;
  for (const who of continueConsuming(run)) probes.add(who);
  findings.push(...unreleased(run));
  return { healedAt: clearedAt, probes };
}

/** What threads left in buffers is written, and their memory gone, once there is room again and consumers for all. */
function unreleased({ simulation, injector, input }: FaultyRun): Finding[] {
  // What somebody else removed has no writer any more.
  const wasRemoved = injector.hits().some(({ label }) => label === 'memory-removed');
  // A session whose record could not be read is left, with what it holds, to the next registry.
  const wasUnread = simulation.log.some(({ event }) => UNREAD.has(event));
  if (wasRemoved || wasUnread || hasFlightRecorders(input)) return [];
  if (hasUnnoted(simulation) || hasShielded(simulation)) return [];
  simulation.run({ forMs: RELEASE_MS_MAX });
  const alive = simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'application' && isAlive);
  // A registry that its user ended may have left some to the next one, which nobody has started yet.
  const kept = keptIn(simulation).segments;
  return simulation
    .segments()
    .filter(({ id }) => !kept.has(id))
    .filter(
      ({ isRemoved, everAttached }) =>
        // What is removed goes with the last one who has it.
        !isRemoved &&
        // A session that is stopped keeps the streams of those who live.
        !alive.some((each) => everAttached.has(each)),
    )
    .map(({ id, uid }) => liveness(`segment ${id} of ${uid} is there, and nobody writes into it`));
}

/** What could not be written down is, once it can be. */
function unwritten({ simulation }: FaultyRun, healedAt: number): Finding[] {
  if (simulation.now - healedAt < RECORDS_MS_MAX * NS_PER_MS) return [];
  return simulation
    .processes()
    .filter(({ label, isAlive, isStopped }) => isAlive && !isStopped && owes(simulation, label))
    .map(({ label }) => liveness(`${label} has something to write down, and does not`));
}

/** Whether the process has said that it could not write something down, and not that it has since. */
function owes({ log }: Simulation, by: string): boolean {
  return WRITTEN.some(([trouble, remedy]) => {
    const said = log.findLast(
      ({ who, event }) => who === by && (event === trouble || event === remedy),
    );
    return said?.event === trouble;
  });
}

/** What a command left behind when it was done, although others are stopped; a registry that it started may stay. */
function orphansOf({ simulation }: FaultyRun, command: string | undefined): Finding[] {
  simulation.run({ forMs: SETTLE_MS_MAX });
  if (command === undefined) return [];
  return simulation
    .processes()
    .filter(({ spec, program }) => spec.parent === command && program !== 'lttng-sessiond')
    .filter(({ isAlive }) => isAlive)
    .map(({ program, pid }) => liveness(`${program} ${pid} outlives its recording`));
}

/** Who is dead or stopped for good. */
function lostForGood({ simulation, injector }: FaultyRun): SimProcess[] {
  const lost = new Set(
    injector.hits().flatMap(({ label, who }) => (label.endsWith('-for-good') ? [who] : [])),
  );
  return simulation.processes().filter(({ label }) => lost.has(label));
}

/** What registries that have ended kept for the next ones: these are started, and nothing is left to write. */
export function goOnWithKept(run: Pick<FaultyRun, 'simulation' | 'input' | 'ledger'>): void {
  startRegistries(run.simulation, []);
  run.simulation.run({ forMs: SERVING_MS_MAX });
  continueConsuming(run);
}

/** Every user whose registry died has one again, but these. */
export function startRegistries(simulation: Simulation, but: readonly string[]): void {
  const registries = simulation.processes().filter(isRegistry);
  for (const user of new Set(registries.map(({ spec }) => spec.userName))) {
    const isServed = registries.some(({ spec, isAlive }) => isAlive && spec.userName === user);
    if (!isServed && !but.includes(user)) simulation.spawn(user, 'lttng-sessiond');
  }
}

/** Asks each registry for its applications: a sentence for each one that it ought to know and does not. */
function unregistered(run: FaultyRun): string[] {
  const { simulation } = run;
  const registries = simulation
    .processes()
    .filter((each) => isRegistry(each) && each.isAlive && !each.isStopped);
  return registries.flatMap(({ pid: registryPid, uid, spec }) => {
    const operations = [{ op: 'app.list', from: 0 }] as const;
    const command = { kind: 'operations', operations, startsNoRegistry: true } as const;
    const asked = ask(run, spec.userName, command, elsewhere(uid));
    const [result] = asked?.results ?? [];
    if (result?.kind !== 'reply') return [`registry ${registryPid} does not list applications`];
    const known = new Set(result.value.apps?.map(({ pid }) => pid));
    return simulation
      .processes()
      .filter(
        (app) => app.program === 'application' && app.isAlive && app.hasStarted && !app.isStopped,
      )
      .filter((app) => (uid === 0 || app.uid === uid) && !known.has(app.pid))
      .map(({ pid }) => `application ${pid} is not registered with registry ${registryPid}`);
  });
}

/** Sessions that were left without a consumer go on, as their owners would have them do. */
function continueConsuming(run: Pick<FaultyRun, 'simulation' | 'input' | 'ledger'>): string[] {
  const { simulation, input } = run;
  const registries = simulation
    .processes()
    .filter((each) => isRegistry(each) && each.isAlive && !each.isStopped);
  return registries.flatMap(({ uid, spec }) => {
    const environment = elsewhere(uid);
    const commands = { kind: 'operations', startsNoRegistry: true } as const;
    const list = { ...commands, operations: [{ op: 'session.list', from: 0 }] } as const;
    const [listed] = ask(run, spec.userName, list, environment)?.results ?? [];
    const sessions = listed?.kind === 'reply' ? (listed.value.sessions ?? []) : [];
    return sessions.flatMap(({ uuid, uid: owner, state, consumerPid, streams, flightRecorder }) => {
      if (consumerPid !== undefined || streams === 0 || flightRecorder === true) return [];
      const user = input.users.find((each) => each.uid === owner)?.name ?? 'root';
      const operations = [{ op: 'consumer.continue', session: uuid }] as const;
      // One that was being destroyed may be gone as soon as its consumer has come.
      const tolerated = state === 'destroying' ? (['NO_SESSION'] as const) : [];
      const command = { ...commands, operations, tolerated };
      const asked = ask(run, user, command, environment);
      return asked === undefined ? [] : [asked.who];
    });
  });
}

/** A recording from beginning to end, as the scenario's first user; the laws hold for it without tolerance. */
function recordAgain(run: FaultyRun): string | undefined {
  const { simulation, input, findings } = run;
  const [user] = input.users;
  const msMax = user === undefined ? undefined : servedWithin(simulation, user);
  if (user === undefined || msMax === undefined) return undefined;
  const command: UserCommand = {
    kind: 'record',
    name: 'afterwards',
    output: `/home/${user.name}/afterwards`,
    channel: undefined,
    patterns: ['*'],
    workload: { steps: [{ at: 1, do: 'emit', of: 'a', count: 3, characters: 10 }] },
  };
  const asked = ask(run, user.name, command, {}, msMax);
  if (asked?.doneAt === undefined) findings.push(liveness('a recording after healing is not done'));
  return asked?.who;
}
