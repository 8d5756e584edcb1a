/**
 * K1: a registry is killed and restarted, at once or after a while, while applications record and users send commands.
 * Applications record slowly enough that no event is lost. The next registry traces every living application again, as
 * its user wants.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { drawContexts } from '../input/contexts.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { CHANGING_CALLS, type Fault, type FaultScript } from '../input/fault.ts';
import { drawFilter } from '../input/filters.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
} from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import { enabling, guestAt, onlyAlice, SERVING_MS, sideBySide, untimed } from './parts.ts';

const SESSION = 'steady';
const CHANNEL = 'only';
/** The first registry dies after this, and before the second. */
const FIRST_DEATH_MS = [60, 200] as const;
/** Time without a registry: shorter than an application's retry interval, than a consumer's, or longer. */
const OUTAGES_MS = [3, 3, 15, 100, 400] as const;
/** Longer than a consumer without applications waits. No consumer reads the streams that it has not learned of. */
const LONG_OUTAGE_MS = 11_000;
/** This long after a restart, peers have reconnected, or the registry has noticed that they are gone. */
const RETURN_MS = 1500;
/** Calls that a registry makes while it starts, and until its first session records. */
const STARTING_CALLS = 40;
const BEGINNING_CALLS = 260;

export const k1: Scenario = {
  id: 'K1',
  title: 'a registry is killed and restarted while users record and send commands',
  marks: [
    'event-recorded',
    'registry-came-back',
    'application-waited-on-pipe',
    'command-refused',
    'stopped-under-another-consumer',
  ],
  draw,
};

/** When registries die and start. */
interface Deaths {
  readonly faults: FaultScript;
  /** When the first one dies, approximately. */
  readonly firstAt: number;
  readonly lastStartAt: number;
  readonly isLong: boolean;
}

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const isGlobal = draws.of('whole').chance(2);
  const user = isGlobal ? 'root' : 'alice';
  const deaths = deathsOf(draws.of('deaths'), user);
  const endsAt = deaths.lastStartAt + RETURN_MS;
  // The first application runs all the time: a consumer without applications does not wait for ever.
  const applications = Array.from({ length: draws.of('applications').between(2, 4) }, (_, index) =>
    applicationOf(draws.of(`application ${index}`), deaths, endsAt, index === 0),
  );
  const scripts: Script[] = [
    { user, steps: [{ at: 0, do: 'sessiond' }] },
    ...sideBySide('alice', applications),
    { user: 'alice', steps: steadyOf(draws.of('steady'), endsAt) },
    { user: 'alice', steps: contextsOf(draws.of('contexts'), endsAt) },
    { user: 'alice', steps: continuedOf(draws.of('continued'), deaths) },
    { user: 'alice', steps: stoppedOf(draws.of('stopped'), deaths) },
    { user: 'alice', steps: othersOf(draws.of('others'), deaths, endsAt) },
  ];
  const samples = draws.of('samples');
  return {
    seed,
    ...onlyAlice(isGlobal),
    scripts,
    samplesAt: [samples.between(1, deaths.firstAt), deaths.lastStartAt + 200, endsAt - 10],
    isPaced: true,
    faults: deaths.faults,
  };
}

/** One to three registries. Each dies while it starts, or at any time. */
function deathsOf(part: PartDraw, user: string): Deaths {
  const faults: Fault[] = [];
  const firstAt = part.between(...FIRST_DEATH_MS);
  let at = firstAt;
  const isLong = part.chance(6);
  const count = part.between(1, 3);
  for (let index = 0; index < count; index++) {
    const of = { program: 'lttng-sessiond', index };
    const outageMs = isLong && index === 0 ? LONG_OUTAGE_MS : part.pick(OUTAGES_MS);
    if (outageMs < LONG_OUTAGE_MS && (index > 0 || part.chance(2))) {
      faults.push(killOf(part, index));
    }
    // Kills a registry that has passed that call.
    faults.push({ kind: 'kill-at-time', of, at });
    at += outageMs;
    faults.push({ kind: 'registry-starts', user, at });
    if (index < count - 1) at += part.pick([5, 30, 400, 400]);
  }
  return { faults, firstAt, lastStartAt: at, isLong };
}

/** At any call, or at one of the calls between which a killed registry leaves most objects behind. */
function killOf(part: PartDraw, index: number): Fault {
  const of = { program: 'lttng-sessiond', index };
  if (part.chance(2)) {
    const [first, ...others] = CHANGING_CALLS;
    const call = part.pick([first, first, ...others]);
    return { kind: 'kill', of, call, atCall: part.between(1, part.pick([2, 10])) };
  }
  const most = index > 0 && part.chance(2) ? STARTING_CALLS : BEGINNING_CALLS;
  return { kind: 'kill', of, atCall: part.between(1, most) };
}

/** Starts before or around the registry's death; ends around then, soon after the next one starts, or at the end. */
function applicationOf(
  part: PartDraw,
  deaths: Deaths,
  endsAt: number,
  isSteady: boolean,
): ScriptStep {
  const { firstAt, lastStartAt, isLong } = deaths;
  const startsAt = isSteady ? 0 : part.pick([0, 0, firstAt]) + part.between(0, 20);
  const goesAt = part.pick([endsAt, endsAt, firstAt, lastStartAt]) + part.between(0, 40);
  const lastsMs = Math.max(0, (isSteady ? endsAt : goesAt) - startsAt);
  const periodMs = isLong ? 400 : 100;
  const steps: WorkStep[] = [];
  for (let at = part.between(1, 30); at < lastsMs; at += part.between(periodMs, 2 * periodMs)) {
    const of = part.pick(['a', 'a', 'b']);
    steps.push({ at, do: 'emit', of, count: part.between(1, 3), characters: 1000 });
  }
  steps.push({ at: lastsMs, do: 'exit', code: 0 });
  return { at: startsAt, do: 'application', workload: { steps } };
}

/** Her steady session gets contexts, and is looked at in the end. */
function contextsOf(part: PartDraw, endsAt: number): ScriptStep[] {
  const times = Array.from({ length: part.between(0, 2) }, () => part.between(30, endsAt - 200));
  const asked = times
    .toSorted((one, other) => one - other)
    .map((at) => guestAt(at, [drawContexts(part, SESSION, CHANNEL, 'sim:a')]));
  return [...asked, guestAt(endsAt - 100, [{ op: 'session.get', session: SESSION }])];
}

/** Alice's session, from creation to destruction; she may change its rules in between. */
function steadyOf(part: PartDraw, endsAt: number): ScriptStep[] {
  const changes: ScriptStep[] = [];
  if (part.chance(2)) {
    for (let at = part.between(20, 100); at < endsAt - 100; at += part.between(20, 400)) {
      const operation: Operation = part.chance(2)
        ? { ...enabling(SESSION, CHANNEL, ['sim:b']), ...filterOf(part) }
        : { op: 'event.disable', session: SESSION, channel: CHANNEL, patterns: ['sim:b'] };
      changes.push(guestAt(at, [operation]));
    }
  }
  const shape = { subbufferBytes: 4096, subbufferCount: 16, overwrite: false };
  return [
    guestAt(SERVING_MS, [
      { op: 'session.create', name: SESSION, output: '/home/alice/steady' },
      { op: 'channel.add', session: SESSION, channel: untimed(CHANNEL, shape) },
      enabling(SESSION, CHANNEL, ['sim:a']),
      { op: 'session.start', session: SESSION },
    ]),
    ...changes,
    guestAt(endsAt, [{ op: 'session.destroy', session: SESSION }]),
  ];
}

/** Applications evaluate the filter while no registry serves, and the next registry restores it. */
function filterOf(part: PartDraw): { readonly filter?: string } {
  return part.chance(2) ? { filter: drawFilter(part) } : {};
}

/** Another consumer may start before the living one has found the next registry: one of the two continues. */
function continuedOf(part: PartDraw, { lastStartAt }: Deaths): ScriptStep[] {
  if (!part.chance(3)) return [];
  const at = lastStartAt + part.between(1, 250);
  return [guestAt(at, [{ op: 'consumer.continue', session: SESSION }])];
}

/** The consumer that a stop spawns finds the trace locked by the living one, which has not found the registry yet. */
function stoppedOf(part: PartDraw, { lastStartAt }: Deaths): ScriptStep[] {
  if (!part.chance(3)) return [];
  return [
    guestAt(lastStartAt + part.between(1, 250), [
      { op: 'session.stop', session: SESSION },
      { op: 'session.start', session: SESSION },
    ]),
  ];
}

/** Other sessions, whose rules match no application, are created and destroyed. */
function othersOf(part: PartDraw, { lastStartAt }: Deaths, endsAt: number): ScriptStep[] {
  const session = 'other';
  const begin = (made: number): Operation[] => [
    { op: 'session.create', name: session, output: `/home/alice/other-${made}` },
    {
      op: 'event.enable',
      session,
      patterns: ['*'],
      logLevelMax: LOG_LEVEL_ALL,
      target: { kind: 'command', name: 'no-session' },
    },
    { op: 'session.start', session },
  ];
  const times = Array.from({ length: part.between(2, 8) }, () =>
    part.between(SERVING_MS, part.pick([lastStartAt + 50, endsAt])),
  );
  return times
    .toSorted((one, other) => one - other)
    .map((at, index) => {
      const [first, ...others]: readonly Operation[][] = [
        begin(index),
        [{ op: 'session.start', session }],
        [{ op: 'session.stop', session }],
        [{ op: 'session.destroy', session }],
        [{ op: 'session.get', session }],
        [{ op: 'session.list', from: 0 }],
      ];
      return guestAt(at, index === 0 ? begin(0) : part.pick([first ?? [], ...others]));
    });
}
