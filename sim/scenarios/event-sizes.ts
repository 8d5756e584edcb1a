/** R5: events of every size and time distance, up to the limits of event headers and sub-buffers. */
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Scenario, ScenarioInput, ScriptStep } from '../input/scenario.ts';
import type { Workload, WorkStep } from '../input/workload.ts';
import { alicesMachine, recordingAt, SUBBUFFER_BYTES } from './paced-recording.ts';
import { SERVING_MS } from './parts.ts';

/** Around the bytes of an event without its text: header, counter and the terminating NUL. */
const OVERHEAD_BYTES = [8, 9, 10, 17, 18, 19] as const;
/** Around 2^27 and 2^32 nanoseconds, in milliseconds. */
const PAUSES_MS = [1, 100, 134, 135, 200, 4294, 4295, 5000] as const;
const SIZES_MS = 12_000;

export const r5: Scenario = {
  id: 'R5',
  title: 'events of every size and time distance',
  marks: ['event-recorded', 'event-discarded'],
  draw: drawSizes,
};

function drawSizes(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const steps = [0, 1].map(
    (index): ScriptStep => ({
      at: 0,
      do: 'application',
      workload: sizesOf(draws.of(`application ${index}`)),
    }),
  );
  const recording = recordingAt(SERVING_MS, 'sizes', draws.of('channel').pick([2, 4]));
  return { ...alicesMachine(seed, [...steps, recording]), samplesAt: [200, 6000] };
}

function sizesOf(part: PartDraw): Workload {
  const steps: WorkStep[] = [];
  // Classes from the 32nd on have longer headers.
  for (let index = part.pick([0, 0, 29, 35]); index > 0; index--) {
    steps.push({ at: 50, do: 'define', of: `class_${index}` });
  }
  let at = 60;
  for (let left = part.between(5, 20); left > 0; left--) {
    const length = part.pick([0, 0, 10, 1000, 2020, SUBBUFFER_BYTES]);
    const characters = Math.max(0, length - part.pick(OVERHEAD_BYTES));
    const of = part.pick(['a', 'b', `class_${part.between(1, 35)}`]);
    steps.push({ at, do: 'emit', of, count: part.between(1, 3), characters });
    if (part.chance(2)) at += part.pick(PAUSES_MS);
  }
  return { steps: steps.filter((step) => step.at < SIZES_MS) };
}
