/**
 * K2: consumers are repeatedly killed while they write. Other consumers continue their files, and at the end the user
 * recovers the sessions that have lost all processes. A registry may die in between. Each stream keeps one file, with
 * every event once.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault, FaultScript } from '../input/fault.ts';
import { type Scenario, type ScenarioInput, type ScriptStep } from '../input/scenario.ts';
import type { Workload, WorkStep } from '../input/workload.ts';
import { guestAt, onlyAlice, recordingAll, SERVING_MS, sideBySide } from './parts.ts';

const SESSION = 'orphaned';
const DURATION_MS = 300;
const CONSUMERS_KILLED_MAX = 4;
const CONSUMERS_STARTED_MAX = 8;
/** Approximate number of World calls in the life of a consumer. */
const CALLS_MADE = 80;
const LOADS_MADE = 200;
const APPENDS_MADE = 8;
/** This long after a restart the registry knows which peers are alive; `lttng recover` waits for it. */
const KNOWN_MS = 2500;

export const k2: Scenario = {
  id: 'K2',
  title: 'consumers are killed while they write, others continue, and lttng recover ends the rest',
  marks: ['event-recorded', 'consumer-came-back', 'session-recovered'],
  labels: ['kill', 'kill-at-time', 'kill-at-load', 'torn-write'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const applications = Array.from({ length: whole.between(1, 3) }, (_, index): ScriptStep => {
    const part = draws.of(`application ${index}`);
    const at = part.between(0, 40);
    return { at, do: 'application', workload: workloadOf(part, at) };
  });
  return {
    seed,
    ...onlyAlice(true),
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      ...sideBySide('alice', applications),
      { user: 'alice', steps: commandsOf(draws.of('commands')) },
    ],
    samplesAt: [50, 150, 250, DURATION_MS + KNOWN_MS],
    faults: killsOf(draws),
  };
}

/** Some end before the recovery; some keep running, so that their session is not lost. */
function workloadOf(part: PartDraw, startsAt: number): Workload {
  const last = DURATION_MS - startsAt;
  const endsAt = part.pick([100, last - part.between(1, 20), last, 10 * KNOWN_MS]);
  const steps: WorkStep[] = [];
  for (
    let at = part.between(1, 30);
    at < Math.min(endsAt, DURATION_MS);
    at += part.between(1, 40)
  ) {
    const of = part.pick(['a', 'b', 'c']);
    steps.push({
      at,
      do: 'emit',
      of,
      count: part.between(1, 8),
      characters: part.pick([10, 1000]),
    });
  }
  steps.push({ at: endsAt, do: 'exit', code: 0 });
  return { steps };
}

function commandsOf(part: PartDraw): ScriptStep[] {
  const session = SESSION;
  const channel = {
    name: 'small',
    shape: {
      subbufferBytes: 4096,
      subbufferCount: part.pick([2, 4, 8]),
      overwrite: part.chance(4),
    },
    switchTimerUs: part.pick([0, 20_000]),
    readTimerUs: part.pick([0, 20_000]),
  };
  const steps = [
    guestAt(SERVING_MS, [
      ...recordingAll(session, '/home/alice/orphaned', channel),
      { op: 'session.start', session },
    ]),
  ];
  for (let at = 30; at < DURATION_MS - 20; at += part.between(5, 60)) {
    const operations: Operation[] = part.chance(4)
      ? [
          { op: 'session.stop', session },
          { op: 'session.start', session },
        ]
      : [{ op: 'consumer.continue', session }];
    steps.push(guestAt(at, operations));
  }
  if (part.chance(3)) steps.push(guestAt(DURATION_MS - 20, [{ op: 'session.stop', session }]));
  return [
    ...steps,
    { at: DURATION_MS, do: 'lttng', command: { kind: 'recover' } },
    guestAt(DURATION_MS, [{ op: 'session.list', from: 0 }]),
  ];
}

function killsOf(draws: Draw): FaultScript {
  const part = draws.of('kills');
  const kills = Array.from({ length: part.between(1, CONSUMERS_KILLED_MAX) }, (_, index) =>
    killOf(draws.of(`kill ${index}`), { program: 'ust-consumerd', index }),
  );
  // No consumer survives until the end.
  for (let index = 0; index < (part.chance(3) ? 0 : CONSUMERS_STARTED_MAX); index++) {
    const of = { program: 'ust-consumerd', index };
    kills.push({ kind: 'kill-at-time', of, at: DURATION_MS - 2 });
  }
  if (!part.chance(3)) return kills;
  const at = part.pick([part.between(20, DURATION_MS), DURATION_MS - 10, DURATION_MS - 10]);
  return [
    ...kills,
    { kind: 'kill-at-time', of: { program: 'lttng-sessiond', index: 0 }, at },
    { kind: 'registry-starts', user: 'root', at: at + part.between(1, 8) },
  ];
}

function killOf(part: PartDraw, of: Extract<Fault, { kind: 'kill' }>['of']): Fault {
  switch (part.between(0, 5)) {
    case 0:
    case 1:
      return { kind: 'kill', of, atCall: part.between(1, CALLS_MADE) };
    case 2:
      return { kind: 'kill-at-load', of, atLoad: part.between(1, LOADS_MADE) };
    case 3:
    case 4:
      return {
        kind: 'torn-write',
        of,
        atAppend: part.between(1, APPENDS_MADE),
        bytes: part.between(1, 4096),
      };
    default:
      return { kind: 'kill-at-time', of, at: part.between(SERVING_MS, DURATION_MS) };
  }
}
