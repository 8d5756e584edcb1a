/**
 * I1: processes come and go, and ids come round: a new one often has the id of one that is gone, of the same program or
 * another, of the same user or another, while what the dead one recorded still waits for a consumer that is held up.
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
/** When applications come, milliseconds. */
const COMING_MS = 300;
/** How long they live. */
const LIFE_MS_MAX = 60;
/** When all of them have gone. */
const END_MS = 600;
/** So often the memory of the dead is looked at, and who is listed. */
const SAMPLES = [100, 200, 300, 450] as const;

export const i1: Scenario = {
  id: 'I1',
  title: 'new processes get the ids of dead ones whose events nobody has read yet',
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

/** Lives for a moment, and ends by itself or is killed. */
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

/** From begin to end, and who is there meanwhile. */
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

/** What keeps the consumer from reading, or the registry from knowing who has died. */
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
