/**
 * R4: applications record slowly enough that a consumer, when woken, keeps up with them, whenever they end, also when
 * several sessions write below one directory. D1: the same while a disk is full or broken; only the consumer's next
 * attempt writes the remaining data.
 */
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault } from '../input/fault.ts';
import { type Scenario, type ScenarioInput, type ScriptStep } from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import {
  onlyAlice,
  operationsAt,
  recordingAll,
  SERVING_MS,
  samplesOf,
  sideBySide,
  untimed,
} from './parts.ts';

export const SUBBUFFER_BYTES = 4096;
const PACED_MS = 400;

export const r4: Scenario = {
  id: 'R4',
  title: 'applications that record slowly lose no events',
  marks: ['event-recorded'],
  draw: drawPaced,
};

export const d1: Scenario = {
  id: 'D1',
  title: 'applications end while the disk refuses writes',
  marks: ['event-recorded'],
  labels: ['disk-full', 'disk-error'],
  draw: (seed) => {
    const { isPaced: _, ...input } = drawPaced(seed);
    const part = new Draw(seed).of('disk');
    const at = part.between(0, PACED_MS);
    const forMs = part.pick([50, 200, 600]);
    const fault: Fault = part.chance(2)
      ? { kind: 'disk-full', at, forMs, leaving: part.pick([0, 100, 2000]) }
      : { kind: 'disk-error', at, forMs, oneIn: part.pick([1, 2]) };
    return { ...input, faults: [fault] };
  },
};

function drawPaced(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const applications = Array.from({ length: whole.between(1, 4) }, (_, index) =>
    pacedOf(draws.of(`application ${index}`)),
  );
  const channels = ['one', ...(whole.chance(2) ? ['two'] : [])];
  const isShared = whole.chance(2);
  const recording = channels.map((name) =>
    recordingAt(SERVING_MS, name, 4, isShared ? 'shared' : name),
  );
  return {
    ...alicesMachine(seed, [...applications, ...recording]),
    samplesAt: samplesOf(draws.of('samples')),
    isPaced: true,
  };
}

/** Bursts that fill slightly more than one sub-buffer, far apart. */
function pacedOf(part: PartDraw): ScriptStep {
  const steps: WorkStep[] = [];
  const endsAt = part.pick([100, 200, PACED_MS]);
  for (let at = 40; at < endsAt; at += part.between(20, 40)) {
    steps.push({ at, do: 'emit', of: 'a', count: part.between(1, 5), characters: 1000 });
  }
  return { at: part.between(0, 30), do: 'application', workload: { steps } };
}

/** No timer: only wake-ups from applications make the consumer read. */
export function recordingAt(
  at: number,
  session: string,
  subbufferCount: number,
  directory = session,
): ScriptStep {
  const shape = { subbufferBytes: SUBBUFFER_BYTES, subbufferCount, overwrite: false };
  return operationsAt(at, [
    ...recordingAll(session, `/home/alice/${directory}`, untimed('only', shape)),
    { op: 'session.start', session },
  ]);
}

/** Alice's machine, each step in its own terminal; her sessions end with her registry. */
export function alicesMachine(
  seed: number,
  steps: readonly ScriptStep[],
): Omit<ScenarioInput, 'samplesAt'> {
  return {
    seed,
    ...onlyAlice(false),
    scripts: [{ user: 'alice', steps: [{ at: 0, do: 'sessiond' }] }, ...sideBySide('alice', steps)],
  };
}
