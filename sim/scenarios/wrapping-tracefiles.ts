/**
 * W1: the files of each stream have a largest size and often a largest number, so that the newest take the place of the
 * oldest, while consumers and registries are killed and the disk is full for a while, or the trace is rotated and
 * cleared.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault, FaultScript } from '../input/fault.ts';
import type { Scenario, ScenarioInput, ScriptStep } from '../input/scenario.ts';
import type { Workload, WorkStep } from '../input/workload.ts';
import { guestAt, onlyAlice, recordingAll, SERVING_MS, sideBySide } from './parts.ts';

const SESSION = 'wrapping';
const OUTPUT = '/home/alice/wrapping';
const DURATION_MS = 300;
/** This long after a restart the registry knows which peers are alive. */
const KNOWN_MS = 2500;
/** Approximate number of World calls in the life of a consumer. */
const CALLS_MADE = 120;
const LOADS_MADE = 300;
const APPENDS_MADE = 20;

export const w1: Scenario = {
  id: 'W1',
  title:
    'files of bounded size and number, the oldest overwritten, while consumers die and disks fill',
  marks: ['event-recorded', 'tracefile-overwritten', 'consumer-came-back', 'archive-made'],
  labels: ['kill', 'kill-at-time', 'kill-at-load', 'torn-write', 'disk-full'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const count = draws.of('whole').between(1, 2);
  const applications = Array.from({ length: count }, (_, index): ScriptStep => {
    const part = draws.of(`application ${index}`);
    const at = part.between(0, 30);
    return { at, do: 'application', workload: workloadOf(part, at) };
  });
  const faults = faultsOf(draws);
  return {
    seed,
    ...onlyAlice(true),
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      ...sideBySide('alice', applications),
      { user: 'alice', steps: commandsOf(draws.of('commands'), faults) },
    ],
    samplesAt: [40, 90, 150, 210, DURATION_MS + KNOWN_MS],
    ...(faults.length === 0 ? {} : { faults }),
  };
}

/** Most events are long, so that a few fill a file. */
function workloadOf(part: PartDraw, startsAt: number): Workload {
  const endsAt = DURATION_MS - startsAt - part.between(1, 20);
  const steps: WorkStep[] = [];
  for (let at = part.between(1, 30); at < endsAt; at += part.between(1, 30)) {
    const of = part.pick(['a', 'b', 'c']);
    const characters = part.pick([10, 1000, 1000, 3000]);
    steps.push({ at, do: 'emit', of, count: part.between(1, 12), characters });
  }
  steps.push({ at: endsAt, do: 'exit', code: 0 });
  return { steps };
}

/**
 * A rotation that a killed consumer has begun leaves a stream in two traces, so only runs without faults have some. A
 * packet that finds no room on the disk can be overwritten in the buffers, and the file that was made for it gets a
 * shorter one, for which the file before had room.
 */
function commandsOf(part: PartDraw, faults: FaultScript): ScriptStep[] {
  const session = SESSION;
  const rotates = faults.length === 0;
  const mayOverwrite = !faults.some(({ kind }) => kind === 'disk-full');
  const channel = {
    name: 'small',
    shape: {
      subbufferBytes: 4096,
      subbufferCount: part.pick([2, 4, 8]),
      overwrite: part.chance(5) && mayOverwrite,
    },
    switchTimerUs: part.pick([0, 5000, 20_000]),
    readTimerUs: part.pick([0, 20_000]),
    tracefiles: {
      bytes: part.pick([1, 6000, 10_000, 20_000]),
      count: part.pick([0, 1, 2, 2, 3, 5]),
    },
  };
  const steps = [
    guestAt(SERVING_MS, [
      ...recordingAll(session, OUTPUT, channel),
      { op: 'session.start', session },
    ]),
  ];
  for (let at = 30; at < DURATION_MS - 20; at += part.between(5, 60)) {
    const operation = part.pick<readonly Operation[]>([
      [{ op: 'consumer.continue', session }],
      [{ op: 'consumer.continue', session }],
      [
        { op: 'session.stop', session },
        { op: 'session.start', session },
      ],
      [{ op: rotates ? 'session.rotate' : 'consumer.continue', session }],
    ]);
    steps.push(guestAt(at, operation));
  }
  if (rotates && part.chance(4))
    steps.push(guestAt(DURATION_MS / 2, [{ op: 'session.clear', session }]));
  return [
    ...steps,
    guestAt(DURATION_MS, [{ op: 'session.stop', session }]),
    guestAt(DURATION_MS + KNOWN_MS, [{ op: 'session.destroy', session }]),
  ];
}

/** None in one of four runs: then what the trace lacks is exactly what was overwritten. */
function faultsOf(draws: Draw): FaultScript {
  const part = draws.of('faults');
  if (part.chance(4)) return [];
  const kills = Array.from({ length: part.between(0, 4) }, (_, index) =>
    killOf(draws.of(`kill ${index}`), { program: 'ust-consumerd', index }),
  );
  const full: Fault[] = part.chance(3)
    ? [
        {
          kind: 'disk-full',
          at: part.between(SERVING_MS, DURATION_MS),
          forMs: part.between(5, 100),
          leaving: part.pick([0, 100, 5000]),
        },
      ]
    : [];
  if (!part.chance(3)) return [...kills, ...full];
  const at = part.between(20, DURATION_MS);
  return [
    ...kills,
    ...full,
    { kind: 'kill-at-time', of: { program: 'lttng-sessiond', index: 0 }, at },
    { kind: 'registry-starts', user: 'root', at: at + part.between(1, 8) },
  ];
}

function killOf(part: PartDraw, of: Extract<Fault, { kind: 'kill' }>['of']): Fault {
  switch (part.between(0, 7)) {
    case 0:
      return { kind: 'kill', of, atCall: part.between(1, CALLS_MADE) };
    case 1:
    case 5:
    case 6:
      return {
        kind: 'kill',
        of,
        atCall: part.between(1, APPENDS_MADE),
        call: part.chance(4) ? 'files.open' : 'files.append',
      };
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
