/**
 * I1: short-lived processes reuse process ids. A new process often has the id of a dead one, of the same or another
 * program and user, while a delayed consumer has not yet read what the dead one recorded.
 */
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault, FaultScript } from '../input/fault.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
} from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import { BOTH_IN_GROUP, operationsAt, SERVING_MS } from './parts.ts';

const SESSION = 'again';
/** When applications start, milliseconds. */
const COMING_MS = 300;
/** How long they run. */
const LIFE_MS_MAX = 60;
/** When all of them have ended. */
const END_MS = 600;
/** How often the memory of dead applications is checked, and applications are listed. */
const SAMPLES = [100, 200, 300, 450] as const;

export const i1: Scenario = {
  id: 'I1',
  title: 'new processes get the ids of dead ones whose events are not consumed yet',
  marks: ['event-recorded', 'id-recorded-twice'],
  labels: ['id-reused'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const registryOf = whole.pick(['root', 'alice']);
  const applications = Array.from({ length: whole.between(8, 24) }, (_, index) =>
    applicationOf(draws.of(`application ${index}`)),
  );
  return {
    seed,
    ...BOTH_IN_GROUP,
    scripts: [
      { user: registryOf, steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'alice', steps: sessionOf(draws.of('session')) },
      ...applications,
    ],
    samplesAt: SAMPLES,
    quirks: ['id-reused'],
    ...(whole.chance(4) ? {} : { faults: faultsOf(draws.of('faults'), registryOf) }),
  };
}

/** Runs for a moment, and ends by itself or is killed. */
function applicationOf(part: PartDraw): Script {
  const lastsMs = part.between(2, LIFE_MS_MAX);
  const steps: WorkStep[] = [];
  for (let at = 1; at < lastsMs; at += part.between(1, 10)) {
    const of = part.pick(['a', 'b']);
    steps.push({ at, do: 'emit', of, count: part.between(1, 3), characters: part.between(0, 500) });
  }
  steps.push({ at: lastsMs, do: 'exit', code: 0 });
  const step: ScriptStep = {
    at: part.between(0, COMING_MS),
    do: 'application',
    workload: {
      steps,
      ...(part.chance(3) ? { processName: 'other' } : {}),
      ...(part.chance(4) ? { killAtCall: part.between(1, 120) } : {}),
    },
  };
  return { user: part.pick(['alice', 'alice', 'bob']), steps: [step] };
}

/** The session from creation to destruction, with lists in between. */
function sessionOf(part: PartDraw): ScriptStep[] {
  const shape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
  const switchTimerUs = part.pick([0, 2000, 2000]);
  const channel = { name: 'only', shape, switchTimerUs, readTimerUs: part.pick([0, 5000]) };
  const [name, output] = [SESSION, `/home/alice/${SESSION}`];
  const listed = Array.from({ length: part.between(0, 3) }, () => part.between(50, END_MS - 50));
  return [
    operationsAt(SERVING_MS, [
      { op: 'session.create', name, output },
      { op: 'channel.add', session: name, channel },
      {
        op: 'event.enable',
        session: name,
        channel: 'only',
        patterns: [part.pick(['*', '*', 'sim:a'])],
        logLevelMax: LOG_LEVEL_ALL,
        target: part.pick([{ kind: 'all' }, { kind: 'all' }, { kind: 'command', name: 'other' }]),
      },
      { op: 'session.start', session: name },
    ]),
    ...listed
      .toSorted((one, other) => one - other)
      .map((at) => operationsAt(at, [{ op: 'app.list', from: 0 }])),
    operationsAt(END_MS, [{ op: 'session.destroy', session: name }]),
  ];
}

/** Faults that delay the consumer's reads, or the registry's notice of dead applications. */
function faultsOf(part: PartDraw, user: string): FaultScript {
  const at = part.between(30, COMING_MS - 100);
  const forMs = part.pick([20, 100, 200]);
  const consumer = { program: 'ust-consumerd', index: 0 };
  const registry = { program: 'lttng-sessiond', index: 0 };
  const killed: Fault[] = [
    { kind: 'kill-at-time', of: registry, at },
    { kind: 'registry-starts', user, at: at + forMs },
  ];
  return part.pick<FaultScript>([
    [{ kind: 'disk-full', at, forMs, leaving: part.pick([0, 100, 2000]) }],
    [{ kind: 'disk-full', at, forMs: 200, leaving: 0 }],
    [{ kind: 'pause', of: consumer, at, forMs }],
    [{ kind: 'pause', of: registry, at, forMs }],
    [{ kind: 'kill-at-time', of: consumer, at }],
    killed,
    [...killed, { kind: 'pause', of: consumer, at, forMs }],
  ]);
}
