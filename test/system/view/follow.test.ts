/**
 * Goal: following shows every event of traces that grow, once, and in time order as long as streams are written
 * within their period; no event waits longer than documented. Method: a simulated machine, where one program writes
 * traces as a consumer does, with random periods and pauses, and another one follows.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NS_PER_MS_BIGINT } from '../../../src/base/time.ts';
import type { World } from '../../../src/port/world.ts';
import { string, u32 } from '../../../src/tracer/types.ts';
import { HOLD_MS, POLL_MS } from '../../../src/view/trace-set.ts';
import { must } from '../../support/ring/memory.ts';
import { follow, OUT } from '../../support/simulated/following.ts';
import { TraceWriter, type WrittenStream } from '../../support/trace/write-trace.ts';

const HIDDEN = '/tmp/hidden';
const SWITCH_MS = 1000;

/** A process with one stream: when it begins, and when it records, in ms after the start. */
interface Plan {
  readonly beginMs: number;
  readonly recordsMs: readonly number[];
}
/** Follows what is written as the plans say, each stream once per switch period, until `endMs`. */
function followPlans(
  seed: number,
  plans: readonly Plan[],
  endMs: number,
): ReturnType<typeof follow> {
  let recorded = 0;

  const writer = (world: World): void => {
    for (const [index, { beginMs, recordsMs }] of plans.entries()) {
      world.clock.setTimer(beginMs, () => {
        // Before the first flush no trace exists, as with the real consumer.
        const directory = `${HIDDEN}/app-${index}-x`;
        const trace = new TraceWriter(world.files, directory, { pid: index, clockOffsetNs: 0n });
        trace.clock.ns = world.clock.monotonicNs();
        const stream = trace.stream();
        const hit = stream.tracer.tracepoint('my:hit', { n: u32, text: string });
        for (const [turn, delayMs] of recordsMs.entries()) {
          world.clock.setTimer(delayMs, () => {
            trace.clock.ns = world.clock.monotonicNs();
            // New classes in each period, so that the metadata grows too.
            const point =
              turn % 3 === 0
                ? stream.tracer.tracepoint(`my:hit${turn}`, { n: u32, text: string })
                : hit;
            point({ n: recorded++, text: 'x'.repeat(50) });
          });
        }
        world.clock.setTimer(SWITCH_MS, () => {
          must(world.files.makeDirectory(`${OUT}/ust/pid`, 0o700));
          must(world.files.rename(directory, `${OUT}/ust/pid/app-${index}-x`));
          stream.drain(true);
          flushForever(world, stream);
        });
      });
    }
  };

  const flushForever = (world: World, stream: WrittenStream): void => {
    world.clock.setTimer(SWITCH_MS, () => {
      stream.drain(true);
      flushForever(world, stream);
    });
  };

  return follow(seed, writer, { endMs });
}

const plan: fc.Arbitrary<Plan> = fc.record({
  beginMs: fc.integer({ min: 10, max: 4000 }),
  recordsMs: fc.array(fc.integer({ min: 1, max: 8000 }), { maxLength: 30 }),
});

describe('following', () => {
  test('shows each event once, in order, and soon', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(plan, { minLength: 1, maxLength: 4 }), (seed, plans) => {
        const { shown, summary } = followPlans(seed, plans, 20_000);
        const records = plans.flatMap(({ recordsMs }) => recordsMs);
        expect(summary).toMatchObject({ events: records.length, problems: 0 });
        expect(shown.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(records.map((_, n) => n));
        const times = shown.map(({ timeNs }) => timeNs);
        expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
        const latest = BigInt(SWITCH_MS + 2 * POLL_MS + HOLD_MS + 100) * NS_PER_MS_BIGINT;
        for (const { timeNs, atNs } of shown) expect(atNs - timeNs).toBeLessThanOrEqual(latest);
      }),
      { numRuns: Number(process.env['CTF_RUNS'] ?? 60) },
    );
  });

  test('shows at the stop the events that it had held back', () => {
    const plans = [
      { beginMs: 10, recordsMs: [100, 3600] },
      { beginMs: 10, recordsMs: [50] },
    ];
    const { shown, summary } = followPlans(1, plans, 4500);
    expect(summary.events).toBe(3);
    const waitedNs = (shown[2]?.atNs ?? 0n) - (shown[2]?.timeNs ?? 0n);
    expect(waitedNs).toBeLessThan(1000n * NS_PER_MS_BIGINT);
    expect(waitedNs).toBeGreaterThan(800n * NS_PER_MS_BIGINT);
  });
});
