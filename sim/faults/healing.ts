/**
 * The liveness phase of a run with faults: the faults end, paused processes continue, and a service manager restarts
 * dead registries; other dead processes stay dead. Then, within a deadline, every living application is registered with
 * every living registry that serves it, and a new recording works as without faults.
 *
 * Some processes may be dead or stopped for good. All others are the core, which has the same obligations and
 * deadlines; `stopped.ts` defines the obligations around a stopped registry. When the core has met them, the simulator
 * kills the stopped processes and replaces the dead ones.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import type { UserCommand } from '../input/command.ts';
import { endOf } from '../input/fault.ts';
import { hasFlightRecorders } from '../input/scenario.ts';
import { heldBackUntil } from '../ledger/held-back.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { keptIn } from '../oracles/conduct.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import type { Healing } from './fault-hit.ts';
import type { FaultyRun } from './faulty-run.ts';
import { ask, elsewhere, isRegistry } from './probe-command.ts';
import { askStopped, servedWithin } from './stopped.ts';
import { hasUnnoted } from './tolerance.ts';

const liveness = finder('liveness');

/** A started registry serves within this. */
export const SERVING_MS_MAX = 100;
/**
 * When obligations are checked, milliseconds after healing. Mostly the first check suffices; an application that waits
 * between two attempts may need the second; an application that could not wait on the common pipe retries after a
 * minute.
 */
const LOOKS_MS = [500, 12_000, 80_000] as const;
/** All resources of a recording are released within this after its end. */
const SETTLE_MS_MAX = 1000;
/** Buffers of ended threads are consumed and removed within this. */
const RELEASE_MS_MAX = 2000;
/** A consumer that attaches is linked to the relay of its session within this. */
const LINK_MS_MAX = 1000;
/** States of a destination at a relay in which nothing gets there. */
const UNLINKED: ReadonlySet<string | undefined> = new Set(['waiting', 'connecting', 'lost']);
/** Log events of a registry that may not know all its sessions. */
const UNREAD = new Set(['record.readFailed', 'record.listFailed']);
/** Log events of a registry for a failed write, and for its later success. */
const WRITTEN = [
  ['record.writeFailed', 'record.allWritten'],
  ['lock.ownerNotWritten', 'lock.ownerWritten'],
] as const;
/** Registries repeat failed writes successfully within this. */
const RECORDS_MS_MAX = 1500;

/** Sends SIGTERM to the processes that still run this program. */
export function terminateAll(
  simulation: Simulation,
  name: 'application' | 'lttng-sessiond' | 'lttng-relayd',
): void {
  for (const { program, pid, isAlive } of simulation.processes()) {
    if (program === name && isAlive) simulation.signal(pid, 'SIGTERM');
  }
}

/** Heals the machine and waits until all obligations are met. */
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
    // Sessions without streams before may have recorded that application, too.
    for (const who of continueConsuming(run)) probes.add(who);
    findings.push(...unlinked(run), ...unreleased(run), ...unwritten(run, healedAt));
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

/** Buffers of ended threads are written and removed once the disk has room and every session has a consumer. */
function unreleased({ simulation, injector, input, ledger }: FaultyRun): Finding[] {
  // A segment that another process removed has no writer any more.
  const hits = injector.hits();
  const wasRemoved = hits.some(({ label }) => label === 'memory-removed');
  // The thread whose buffers these are lives, and cannot attach them.
  const isElsewhere = hits.some(({ label }) => label === 'other-namespace');
  // A registry leaves a session whose record it could not read, with its segments, to the next registry.
  const wasUnread = simulation.log.some(({ event }) => UNREAD.has(event));
  if (isElsewhere || wasRemoved || wasUnread || hasFlightRecorders(input)) return [];
  if (hasUnnoted(simulation)) return [];
  // Those of users wait for the next thread.
  if (sessionsIn(ledger).some(({ isShared }) => isShared)) return [];
  // A session that writes nowhere keeps them, and one that waits for its user to connect it to a relay again.
  const isNetworkFaulty = input.network?.faults !== undefined;
  if (heldBackUntil(ledger, simulation.now, { isNetworkFaulty }) === simulation.now) return [];
  simulation.run({ forMs: RELEASE_MS_MAX });
  const alive = simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'application' && isAlive);
  // A registry that its user ended may have left some to the next one, which is not started yet.
  const kept = keptIn(simulation).segments;
  return simulation
    .segments()
    .filter(({ id }) => !kept.has(id))
    .filter(
      ({ isRemoved, everAttached, creator }) =>
        // A sender keeps its own until its relay has everything.
        creator.program !== 'sender' &&
        // A removed segment disappears when the last process detaches it.
        !isRemoved &&
        // A stopped session keeps the streams of living threads.
        !alive.some((each) => everAttached.has(each)),
    )
    .map(({ id, uid }) => liveness(`segment ${id} of ${uid} exists, and no thread writes into it`));
}

/** Registries repeat failed writes once the disk accepts them. */
function unwritten({ simulation }: FaultyRun, healedAt: number): Finding[] {
  if (simulation.now - healedAt < RECORDS_MS_MAX * NS_PER_MS) return [];
  return simulation
    .processes()
    .filter(({ label, isAlive, isStopped }) => isAlive && !isStopped && owes(simulation, label))
    .map(({ label }) => liveness(`${label} has not repeated a failed write`));
}

/** Whether the process has logged a failed write, and no later success. */
function owes({ log }: Simulation, by: string): boolean {
  return WRITTEN.some(([trouble, remedy]) => {
    const said = log.findLast(
      ({ who, event }) => who === by && (event === trouble || event === remedy),
    );
    return said?.event === trouble;
  });
}

/** Processes that a finished command left behind, although others are stopped; a registry that it started may stay. */
function orphansOf({ simulation }: FaultyRun, command: string | undefined): Finding[] {
  simulation.run({ forMs: SETTLE_MS_MAX });
  if (command === undefined) return [];
  return simulation
    .processes()
    .filter(({ spec, program }) => spec.parent === command && program !== 'lttng-sessiond')
    .filter(({ isAlive }) => isAlive)
    .map(({ program, pid }) => liveness(`${program} ${pid} outlives its recording`));
}

/** Processes that are dead or stopped for good. */
function lostForGood({ simulation, injector }: FaultyRun): SimProcess[] {
  const lost = new Set(
    injector.hits().flatMap(({ label, who }) => (label.endsWith('-for-good') ? [who] : [])),
  );
  return simulation.processes().filter(({ label }) => lost.has(label));
}

/** Starts the next registries, which write all data that ended registries kept for them. */
export function goOnWithKept(run: Pick<FaultyRun, 'simulation' | 'input' | 'ledger'>): void {
  startRegistries(run.simulation, []);
  run.simulation.run({ forMs: SERVING_MS_MAX });
  continueConsuming(run);
}

/** Starts a registry for every user whose registry died, except these. */
export function startRegistries(simulation: Simulation, but: readonly string[]): void {
  const registries = simulation.processes().filter(isRegistry);
  for (const user of new Set(registries.map(({ spec }) => spec.userName))) {
    const isServed = registries.some(({ spec, isAlive }) => isAlive && spec.userName === user);
    if (!isServed && !but.includes(user)) simulation.spawn(user, 'lttng-sessiond');
  }
}

/** Asks each registry for its applications; returns a sentence for each missing one. */
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

/** Starts a consumer for each session without one, as its owner would. */
function continueConsuming(run: Pick<FaultyRun, 'simulation' | 'input' | 'ledger'>): string[] {
  return sessionsNow(run).flatMap(({ registry, session }) => {
    const { uuid, uid: owner, state, consumerPid, streams, flightRecorder } = session;
    if (consumerPid !== undefined || streams === 0 || flightRecorder === true) return [];
    const user = run.input.users.find((each) => each.uid === owner)?.name ?? 'root';
    const operations = [{ op: 'consumer.continue', session: uuid }] as const;
    // A session that was being destroyed may end as soon as its consumer attaches.
    const tolerated = state === 'destroying' ? (['NO_SESSION'] as const) : [];
    const command = { kind: 'operations', startsNoRegistry: true, operations, tolerated } as const;
    const asked = ask(run, user, command, elsewhere(registry.uid));
    return asked === undefined ? [] : [asked.who];
  });
}

/** Unless the network has faults, a consumer has a link to the relay of its session without a user's command (R3.4). */
function unlinked(run: FaultyRun): Finding[] {
  const { network } = run.input;
  if (network === undefined || network.faults !== undefined) return [];
  run.simulation.run({ forMs: LINK_MS_MAX });
  return sessionsNow(run)
    .filter(
      ({ session: { consumerPid, state } }) => consumerPid !== undefined && state !== 'destroying',
    )
    .filter(({ session: { destination } }) => UNLINKED.has(destination?.state))
    .map(({ session: { name, destination } }) =>
      liveness(`session "${name}" has a consumer, and its relay is ${destination?.state}`),
    );
}

/** The sessions of all registries that answer. */
function sessionsNow(
  run: Pick<FaultyRun, 'simulation' | 'input' | 'ledger'>,
): readonly { readonly registry: SimProcess; readonly session: SessionInfo }[] {
  const registries = run.simulation
    .processes()
    .filter((each) => isRegistry(each) && each.isAlive && !each.isStopped);
  return registries.flatMap((registry) => {
    const operations = [{ op: 'session.list', from: 0 }] as const;
    const list = { kind: 'operations', startsNoRegistry: true, operations } as const;
    const asked = ask(run, registry.spec.userName, list, elsewhere(registry.uid));
    const [listed] = asked?.results ?? [];
    const sessions = listed?.kind === 'reply' ? (listed.value.sessions ?? []) : [];
    return sessions.map((session) => ({ registry, session }));
  });
}

/** A complete recording by the scenario's first user; the laws hold for it without tolerance. */
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
  if (asked?.doneAt === undefined)
    findings.push(liveness('a recording after healing did not finish'));
  return asked?.who;
}
