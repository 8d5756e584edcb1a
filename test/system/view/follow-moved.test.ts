/**
 * Goal: following shows every event once, however files and directories change between two checks of them. Method:
 * a simulated machine, where one program changes a trace and another one follows, delayed before any of its calls.
 */
import { describe, expect, test } from 'vitest';
import { staleCheckText } from '../../../sim/machine/fs/stale-checks.ts';
import { NS_PER_MS_BIGINT } from '../../../src/base/time.ts';
import type { World } from '../../../src/port/world.ts';
import { u32 } from '../../../src/tracer/types.ts';
import { must } from '../../support/ring/memory.ts';
import { follow, OUT } from '../../support/simulated/following.ts';
import { TraceWriter } from '../../support/trace/write-trace.ts';

const END_MS = 4000;
/** The time when the followed directory has its final form. */
const SETTLED_MS = 450;
const SEEDS = 24;
const PREEMPTED = { endMs: END_MS, quirks: ['preempted'] } as const;

/** One event, in a stream of its own, in this directory. */
function record(world: World, trace: TraceWriter, n: number): void {
  trace.clock.ns = world.clock.monotonicNs();
  const stream = trace.stream();
  stream.tracer.tracepoint('my:hit', { n: u32 })({ n });
  stream.drain(true);
}

describe('following', () => {
  test('shows the stream of a file that was removed before it was opened, and created again', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const writer = (world: World): void => {
        const trace = new TraceWriter(world.files, `${OUT}/app`, { clockOffsetNs: 0n });
        record(world, trace, 0);
        const path = `${OUT}/app/channel0_1`;
        // Like a consumer that cannot write any data.
        const make = (): void => {
          must(world.files.open(path, 'append')).close();
          world.clock.setTimer(0, remove);
        };
        const remove = (): void => {
          must(world.files.remove(path));
          const isSettled = world.clock.monotonicNs() >= BigInt(SETTLED_MS) * NS_PER_MS_BIGINT;
          world.clock.setTimer(0, isSettled ? () => record(world, trace, 1) : make);
        };
        make();
      };
      const { shown, summary, staleChecks } = follow(seed, writer, PREEMPTED);
      expect(
        shown.map(({ n }) => n),
        `seed ${seed}`,
      ).toEqual([0, 1]);
      expect(summary).toMatchObject({ events: 2, problems: 0 });
      for (const each of staleChecks) seen.add(staleCheckText(each));
    }
    expect([...seen]).toContain('files.list, then files.info');
  });

  test('shows a trace once that a rotation moves, and the next one in its place', () => {
    const writer = (world: World): void => {
      const [present, archive] = [`${OUT}/ust/pid/app`, `${OUT}/archives/B-E-0/ust/pid`];
      const trace = new TraceWriter(world.files, present, { clockOffsetNs: 0n });
      record(world, trace, 0);
      world.clock.setTimer(SETTLED_MS, () => {
        // Nobody has seen this one when its directory gets its new name.
        record(world, trace, 1);
        must(world.files.makeDirectory(archive, 0o700));
        must(world.files.rename(present, `${archive}/app`));
        const uuid = '00000000-0000-4000-8000-000000000002';
        record(world, new TraceWriter(world.files, present, { clockOffsetNs: 0n, uuid }), 2);
      });
    };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { shown, summary } = follow(seed, writer, PREEMPTED);
      expect(
        shown.map(({ n }) => n),
        `seed ${seed}`,
      ).toEqual([0, 1, 2]);
      expect(summary).toMatchObject({ events: 3, problems: 0 });
    }
  });

  test('shows events of classes that were declared after the metadata was written anew', () => {
    const writer = (world: World): void => {
      const trace = new TraceWriter(world.files, `${OUT}/app`, { clockOffsetNs: 0n });
      record(world, trace, 0);
      world.clock.setTimer(SETTLED_MS, () => {
        record(world, trace, 1);
        trace.renewMetadata(10n ** 18n);
        record(world, trace, 2);
        trace.renewMetadata(-1n);
        record(world, trace, 3);
      });
    };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { shown, summary } = follow(seed, writer, PREEMPTED);
      expect(
        shown.map(({ n }) => n),
        `seed ${seed}`,
      ).toEqual([0, 1, 2, 3]);
      // All with the first offset, which is that of the machine's monotonic clock.
      for (const { timeNs } of shown)
        expect(timeNs).toBeLessThan(BigInt(END_MS) * NS_PER_MS_BIGINT);
      expect(summary).toMatchObject({ events: 4, problems: 0 });
    }
  });

  test('shows a snapshot once, which has another name while it is written', () => {
    const writer = (world: World): void => {
      const made = `${OUT}/shot.7.part`;
      record(world, new TraceWriter(world.files, `${made}/ust/pid/app`, { clockOffsetNs: 0n }), 0);
      world.clock.setTimer(SETTLED_MS, () => must(world.files.rename(made, `${OUT}/shot`)));
    };
    const { shown, summary } = follow(1, writer, PREEMPTED);
    expect(shown.map(({ n }) => n)).toEqual([0]);
    expect(summary).toMatchObject({ events: 1, problems: 0 });
  });
});
