/**
 * Shortages that outlast a recording. D3: the disk stays full while a session is stopped and destroyed, until the user
 * makes room or gives up. D4: others remove, replace or truncate files of the trace, or move them, while it is written.
 * D5: shared memory is exhausted for a while, or an application has an IPC namespace of its own.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { type Fault, SPOILINGS } from '../input/fault.ts';
import type { Scenario, ScenarioInput, ScriptStep } from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import { alicesMachine } from './paced-recording.ts';
import { operationsAt, recordingAll, SERVING_MS, samplesOf, untimed } from './parts.ts';

const SESSION = 'short';
const OUTPUT = '/home/alice/short';
const DURATION_MS = 300;
/** Longer than a consumer tries to write its last data. */
const LASTING_MS = 15_000;

export const d3: Scenario = {
  id: 'D3',
  title: 'a disk stays full while a session is stopped and destroyed',
  marks: ['event-recorded', 'end-refused'],
  labels: ['disk-full'],
  draw: (seed) => {
    const part = new Draw(seed).of('disk');
    const at = part.between(20, DURATION_MS);
    const forMs = part.pick([LASTING_MS, LASTING_MS, 200]);
    const leaving = part.pick([0, 100, 2000]);
    return drawShort(seed, [{ kind: 'disk-full', at, forMs, leaving }]);
  },
};

export const d4: Scenario = {
  id: 'D4',
  title: 'the files of a trace are removed, replaced, truncated or moved while it is written',
  marks: ['event-recorded', 'loss-noticed'],
  labels: ['files-spoiled'],
  draw: (seed) => {
    const part = new Draw(seed).of('files');
    const how = part.pick(SPOILINGS);
    const faults = Array.from(
      // What was moved once is counted as gone when it is removed later.
      { length: how === 'all-moved' ? 1 : part.between(1, 3) },
      (): Fault => ({
        kind: 'files-spoiled',
        at: part.between(20, DURATION_MS),
        path: OUTPUT,
        how,
        nth: part.between(0, 7),
      }),
    );
    return drawShort(seed, faults);
  },
};

export const d5: Scenario = {
  id: 'D5',
  title: 'there is no shared memory for a while, or an application cannot attach it',
  marks: ['event-recorded', 'thread-unbuffered', 'thread-served-late'],
  labels: ['memory-full', 'other-namespace'],
  draw: (seed) => {
    const part = new Draw(seed).of('memory');
    const isElsewhere = part.chance(3);
    const full: Fault = {
      kind: 'memory-full',
      at: part.between(0, 100),
      forMs: part.pick([50, 400, LASTING_MS]),
      ...(part.chance(2)
        ? { leaving: part.between(0, 4) }
        : { leaving: part.pick([0, 30_000, 100_000]), counting: 'bytes' }),
    };
    const away: Fault = {
      kind: 'other-namespace',
      of: { program: 'application', index: part.between(0, 2) },
    };
    return drawShort(seed, isElsewhere ? [away] : [full]);
  },
};

function drawShort(seed: number, faults: readonly Fault[]): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const applications = Array.from({ length: whole.between(1, 3) }, (_, index) =>
    applicationOf(draws.of(`application ${index}`)),
  );
  return {
    ...alicesMachine(seed, [...applications]),
    scripts: [
      ...alicesMachine(seed, applications).scripts,
      { user: 'alice', steps: commandsOf(draws.of('commands')) },
    ],
    samplesAt: samplesOf(draws.of('samples')),
    faults,
  };
}

function applicationOf(part: PartDraw): ScriptStep {
  const steps: WorkStep[] = [];
  const endsAt = part.pick([150, DURATION_MS, 2 * DURATION_MS]);
  for (let at = 10; at < endsAt; at += part.between(10, 60)) {
    const characters = part.pick([10, 1000]);
    steps.push({ at, do: 'emit', of: 'a', count: part.between(1, 5), characters });
  }
  return { at: part.between(0, 60), do: 'application', workload: { steps } };
}

/** A recording that is stopped once or twice, and destroyed, possibly with `--abandon`. */
function commandsOf(part: PartDraw): ScriptStep[] {
  const session = SESSION;
  const shape = { subbufferBytes: 4096, subbufferCount: part.pick([4, 16]), overwrite: false };
  const channel = { ...untimed('only', shape), switchTimerUs: part.pick([0, 20_000]) };
  const stop: Operation = { op: 'session.stop', session };
  const steps = [
    operationsAt(SERVING_MS, [
      ...recordingAll(session, OUTPUT, channel),
      { op: 'session.start', session },
    ]),
  ];
  let at = SERVING_MS;
  for (let stops = part.between(0, 2); stops > 0; stops--) {
    at += part.between(20, DURATION_MS);
    steps.push(inShortage(at, stop), inShortage(at, { op: 'session.start', session }));
  }
  at += part.between(20, DURATION_MS);
  if (part.chance(2)) steps.push(inShortage(at, stop), inShortage(at + 50, stop));
  steps.push(inShortage(at, { op: 'session.get', session }));
  steps.push(inShortage(at, { op: 'session.destroy', session }));
  const abandon = part.chance(2) ? { abandon: true } : {};
  steps.push(inShortage(at, { op: 'session.destroy', session, ...abandon }));
  return steps;
}

/** The session may be stopped or gone already, or have events that cannot be written. */
function inShortage(at: number, operation: Operation): ScriptStep {
  const tolerated = ['ALREADY', 'NO_SESSION', 'NOT_WRITTEN'] as const;
  return {
    at,
    do: 'lttng',
    command: { kind: 'operations', operations: [operation], tolerated },
  };
}
