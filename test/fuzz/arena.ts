/** A simulated machine with a registry, a well-behaved client and application, and hostile visitors. */
import { startApplication } from '../../actors/programs/application.ts';
import { startConsumer } from '../../actors/programs/consumer.ts';
import { startSessiond } from '../../actors/programs/sessiond.ts';
import type { RegistryEvent } from '../../actors/sessiond/registry/events.ts';
import { Simulation, type SimulationOptions } from '../../sim/machine/simulation.ts';
import { keptIn } from '../../sim/oracles/conduct.ts';
import type { World } from '../../src/port/world.ts';
import type { System } from '../../src/runtime/system.ts';
import { u32 } from '../../src/tracer/types.ts';
import { befriend, type Friend } from './friend.ts';
import { type Place, play, type Visit } from './player.ts';
import { count, plainReason, type Tally } from './tally.ts';

export const PLACE: Place = {
  client: '/run/lttng-ts/client.sock',
  app: '/run/lttng-ts/apps.sock',
  ownerUid: 0,
};
const USERS = [
  { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
  { name: 'bob', uid: 1002, gid: 1002, groups: [] },
  { name: 'carol', uid: 1003, gid: 1003, groups: ['tracing'] },
];
const GROUPS = { root: 0, alice: 1001, bob: 1002, carol: 1003, tracing: 2000 };
const EMIT_MS = 3;
/** The registry has closed the link of every silent or lost peer by then. */
const SETTLE_MS = 12_000;

export interface Arena {
  readonly simulation: Simulation;
  readonly registry: System<RegistryEvent>;
  readonly friend: Friend;
  /** The World of a process of the user, for hostile calls. */
  hands(user: string): World;
  /** Lets time pass until `isDone`; reports a defect after 5 s. */
  until(what: string, isDone: () => boolean): void;
  /** Plays the visits, some at the same time; processes outside and inside the tracing group take turns. */
  visit(visits: readonly Visit[]): void;
  /** Ends the session and the daemon, and reports defects. */
  end(): void;
}

export function openArena(seed: number, tally: Tally): Arena {
  const running: RunningPrograms = { registry: undefined, emitted: 0 };
  const simulation = new Simulation({
    seed,
    users: USERS,
    groups: GROUPS,
    programs: programsOf(running),
  });
  const defect = (text: string): void => void tally.defects.push(`seed ${seed}: ${text}`);
  const until = (what: string, isDone: () => boolean): void => {
    for (let slice = 0; slice < 500 && !isDone(); slice++) simulation.run({ forMs: 10 });
    if (!isDone()) defect(`never ${what}`);
  };
  const daemon = simulation.spawn('root', 'sessiond');
  simulation.run({ forMs: 50 });
  const application = simulation.spawn('bob', 'application');
  simulation.run({ forMs: 50 });
  const friend = befriend(simulation.login('alice').world, {
    clientPath: PLACE.client,
    scope: 'global',
    output: '/home/alice/trace',
    consumer: ['lttng-ts:ust-consumerd'],
    pauseMs: 5,
    answered: tally.friends,
    onDefect: defect,
  });
  until('ready', () => friend.isReady && running.emitted > 0);
  const { registry } = running;
  if (registry === undefined) throw new Error('the registry did not start');

  return {
    simulation,
    registry,
    friend,
    until,
    hands: (user) => simulation.login(user).world,
    visit: (visits) => playVisits(simulation, visits, tally),
    end: () => {
      // The application's events go to the friend's trace only: recording must last to the end.
      const before = running.emitted;
      until('recorded anything any more', () => running.emitted > before);
      let isDone = false;
      friend.finish(() => {
        isDone = true;
      });
      until('finished', () => isDone);
      if (!isDone && friend.openRequests > 0) defect(`${friend.openRequests} requests unanswered`);
      simulation.run({ forMs: SETTLE_MS });
      checkLeftLinks(registry, defect);
      simulation.signal(daemon.pid, 'SIGTERM');
      until('ended', () => !daemon.isAlive);
      if (daemon.exit?.code !== 0) defect(`the registry ended with ${JSON.stringify(daemon.exit)}`);
      if (!application.isAlive)
        defect(`the application ended: ${JSON.stringify(application.exit)}`);
      checkSegments(simulation, defect);
      checkViolations(simulation, defect);
      checkLog(simulation, tally, defect);
    },
  };
}

/** What the programs of the arena share with the test. */
interface RunningPrograms {
  registry: System<RegistryEvent> | undefined;
  /** Number of events that the application has recorded. */
  emitted: number;
}

function programsOf(running: RunningPrograms): SimulationOptions['programs'] {
  return {
    sessiond: (world) => {
      running.registry = startSessiond(world);
    },
    'ust-consumerd': (world, [, sessionUuid = '']) =>
      startConsumer(world, { scope: 'global', sessionUuid }),
    application: (world) => {
      const { tracer } = startApplication(world);
      const tick = tracer.tracepoint('friend:tick', { n: u32 });
      const emit = (): void => {
        if (tick.enabled) running.emitted += 1;
        tick({ n: running.emitted });
        world.clock.setTimer(EMIT_MS, emit);
      };
      emit();
    },
  };
}

function playVisits(simulation: Simulation, visits: readonly Visit[], tally: Tally): void {
  const worlds = ['carol', 'bob', 'carol'].map((user) => simulation.login(user).world);
  let open = 0;
  for (const [index, visit] of visits.entries()) {
    open += 1;
    play(worlds[index % 3] as World, PLACE, visit, tally.sent, () => {
      open -= 1;
    });
    simulation.run({ forMs: index % 4 === 0 ? 3 : 0 });
  }
  for (let slice = 0; slice < 40 && open > 0; slice++) simulation.run({ forMs: 10 });
  for (const hostile of simulation.processes()) {
    if (hostile.program === 'shell' && hostile.uid !== 1001) simulation.kill(hostile.pid);
  }
  simulation.run({ forMs: 20 });
}

/** Sessions of visitors may have had no consumer: their recovery records keep the segments. */
function checkSegments(simulation: Simulation, defect: (text: string) => void): void {
  const kept = keptIn(simulation).segments;
  const left = simulation.segments().filter(({ id }) => !kept.has(id)).length;
  if (left > 0) defect(`${left} segments left`);
}

function checkViolations(simulation: Simulation, defect: (text: string) => void): void {
  for (const { program, kind, error } of simulation.violations) {
    const text = error instanceof Error ? error.stack : String(error);
    defect(`${program} threw in ${kind}: ${text}`);
  }
}

/** After the visitors and the friend have closed their connections, only the application's link is left. */
function checkLeftLinks(registry: System<RegistryEvent>, defect: (text: string) => void): void {
  const links = Object.keys(registry.states()).filter((id) => /^(?:app|client)-/.test(id));
  if (links.length !== 1) defect(`links left: ${links.join(' ')}`);
}

const MISTAKES = new Set([
  'actor.eventIgnored',
  'program.failed',
  'actors.failed',
  'tracer.failed',
]);

function checkLog(simulation: Simulation, tally: Tally, defect: (text: string) => void): void {
  for (const { program, event, fields } of simulation.log) {
    if (MISTAKES.has(event)) defect(`${program}: ${event} ${JSON.stringify(fields)}`);
    if (event !== 'peer.cutOff') continue;
    count(tally.cutOff, plainReason(String(fields['reason'])));
    if (typeof fields['pid'] !== 'number' || typeof fields['uid'] !== 'number') {
      defect('a cut-off without its peer in the log');
    }
    if (fields['uid'] === 1001) defect(`a friend was cut off: ${String(fields['reason'])}`);
  }
}
