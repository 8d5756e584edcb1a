/**
 * The cost of the consumers, ours and LTTng's: CPU time per gigabyte of trace while an application records as fast as
 * it can, the rate of events, and the discarded events. See `docs/performance.md`.
 *
 * Use: `npm run bench:consumer [rounds]`.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { Contestant } from './lib/contestant.ts';
import { cpuSeconds, machine, say, spread, table } from './lib/figures.ts';
import { lttngVersion, startLttng } from './lib/lttng.ts';
import { startOurs } from './lib/ours.ts';

const ROUNDS = Number(process.argv[2] ?? 7);
const WARM_ROUNDS = 1;
const EVENTS = 4_000_000;
/** Longer than the switch timers: afterwards the trace contains all recorded events. */
const SETTLE_MS = 1500;
const SHAPES = [
  { subbufferSize: '8M', subbuffers: 8 },
  { subbufferSize: '512k', subbuffers: 4 },
];

/** A recording: the application, its consumer and the output. */
interface Side {
  readonly name: string;
  readonly contestant: Contestant;
  readonly consumerPid: number;
  readonly output: string;
  /** Discarded events, once all rounds are over. */
  discarded(): string;
  end(): Promise<void>;
}

async function startSides(shape: (typeof SHAPES)[number], version: unknown): Promise<Side[]> {
  const ours = await startOurs('lttng-ts', { ...shape, events: 'bench:four' });
  const sides: Side[] = [
    {
      ...ours,
      name: 'ust-consumerd',
      discarded: () => {
        const { events, discardedEvents } = ours.summary();
        return `${discardedEvents} of ${BigInt(events) + discardedEvents}`;
      },
    },
  ];
  if (version === undefined) return sides;
  const lttng = await startLttng('lttng-ust', { ...shape, snapshot: false });
  const discarded = (): string => {
    lttng.command('stop');
    const count = /Discarded events: (\d+)/.exec(lttng.command('list', 'bench'))?.[1];
    return `${count ?? '?'} of ${(ROUNDS + WARM_ROUNDS) * EVENTS}`;
  };
  return [...sides, { ...lttng, name: 'lttng-consumerd', discarded }];
}

async function measure(shape: (typeof SHAPES)[number]): Promise<void> {
  const sides = await startSides(shape, version);
  const cpu = new Map<string, number[]>();
  const rate = new Map<string, number[]>();
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    for (const { name, contestant, consumerPid, output } of sides) {
      const [cpuBefore, bytesBefore] = [cpuSeconds(consumerPid), bytesBelow(output)];
      const nanoseconds = await contestant.run('four', EVENTS);
      await pass(SETTLE_MS);
      const gigabytes = (bytesBelow(output) - bytesBefore) / 1e9;
      const seconds = cpuSeconds(consumerPid) - cpuBefore;
      if (round < 0 || nanoseconds === undefined) continue;
      cpu.set(name, [...(cpu.get(name) ?? []), seconds / gigabytes]);
      rate.set(name, [...(rate.get(name) ?? []), 1e3 / nanoseconds]);
    }
  }
  const head = ['', 'CPU seconds a GB', 'million events a second', 'discarded events'];
  const rows = sides.map((side) => [
    side.name,
    spread(cpu.get(side.name) ?? [], 2),
    spread(rate.get(side.name) ?? [], 1),
    side.discarded(),
  ]);
  say(`\n${shape.subbuffers} sub-buffers of ${shape.subbufferSize}:\n`);
  say(table([head, ...rows]));
  for (const side of sides) await side.end();
}

function bytesBelow(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

const version = lttngVersion();
say(machine());
say(
  version ?? 'LTTng is not installed (lttng-tools, liblttng-ust-dev, gcc): nothing to compare with',
);
say(`${ROUNDS} rounds of ${EVENTS} events with 4 ints and 16 characters; median [least..most].`);
for (const shape of SHAPES) await measure(shape);
