/** A simulated machine with a registry, a well-behaved client and application, and hostile visitors. */
import { startApplication } from '../../actors/programs/application.ts';
import { startConsumer } from '../../actors/programs/consumer.ts';
import { startSessiond } from '../../actors/programs/sessiond.ts';
import type { RegistryEvent } from '../../actors/sessiond/registry/events.ts';
import { Simulation } from '../../sim/machine/simulation.ts';
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
/** Every silent or lost peer is thrown out by then. */
const SETTLE_MS = 12_000;

export interface Arena {
  readonly simulation: Simulation;
  readonly registry: System<RegistryEvent>;
  readonly friend: Friend;
  /** A process of the user, to be hostile with. */
  hands(user: string): World;
  /** Lets time pass until `isDone`; a defect when that takes too long. */
  until(what: string, isDone: () => boolean): void;
  /** The visits, one after the other or several at a time, by outsiders and members of the group in turn. */
  visit(visits: readonly Visit[]): void;
  /** Ends everything and says what is wrong. */
  end(): void;
}

export function openArena(seed: number, tally: Tally): Arena {
  let system: System<RegistryEvent> | undefined;
  let emitted = 0;
  const simulation = new Simulation({
    seed,
    users: USERS,
    groups: GROUPS,
    programs: {
      sessiond: (world) => {
        system = startSessiond(world);
      },
      'ust-consumerd': (world, [, sessionUuid = '']) =>
        startConsumer(world, { scope: 'global', sessionUuid }),
      application: (world) => {
        const { tracer } = startApplication(world);
        const tick = tracer.tracepoint('friend:tick', { n: u32 });
        const emit = (): void => {
          if (tick.enabled) emitted += 1;
          tick({ n: emitted });
          world.clock.setTimer(EMIT_MS, emit);
        };
        emit();
      },
    },
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
  until('ready', () => friend.isReady && emitted > 0);
  if (system === undefined) throw new Error('the registry did not start');
  const registry = system;

  return {
    simulation,
    registry,
    friend,
    until,
    hands: (user) => simulation.login(user).world,
    visit: (visits) => {
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
    },
    end: () => {
      // What the application records has nowhere to go but the trace: it must go on to the end.
      const before = emitted;
      until('recorded anything any more', () => emitted > before);
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
      // Sessions of visitors may have had nobody to write what their buffers hold.
      const kept = keptIn(simulation).segments;
      const left = simulation.segments().filter(({ id }) => !kept.has(id)).length;
      if (left > 0) defect(`${left} segments left`);
      for (const { program, kind, error } of simulation.violations) {
        defect(
          `${program} threw in ${kind}: ${error instanceof Error ? error.stack : String(error)}`,
        );
      }
      checkLog(simulation, tally, defect);
    },
  };
}

/** After everybody has gone, the links are the application's and nobody else's. */
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
