/**
 * The cost of the consumers, ours and LTTng's: CPU time per gigabyte of trace while an application records as fast as
 * it can, the rate at which the trace is stored, the rate of events, and the discarded events. See
 * `docs/performance.md`.
 *
 * Use: `npm run bench:consumer [rounds] [relay]`. With `relay`, each consumer streams to a relay of its own, both to
 * LTTng's if it is installed.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { Contestant } from './lib/contestant.ts';
import { cpuSeconds, machine, say, spread, table } from './lib/figures.ts';
import { lttngVersion, startLttng } from './lib/lttng.ts';
import { startOurs } from './lib/ours.ts';
import { lttngRelayVersion, type Relay, startRelay } from './lib/relay.ts';

const ROUNDS = Number(process.argv[2] ?? 7);
const TO_RELAY = process.argv[3] === 'relay';
const WARM_ROUNDS = 1;
const EVENTS = 4_000_000;
/** Longer than the switch timers: afterwards the trace contains all recorded events. */
const SETTLE_MS = 1500;
/** The rate counts until so much of the trace is stored: the rest waits for a switch timer. */
const MOST = 0.8;
const LOOK_MS = 10;
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
  const whose = lttngRelayVersion() === undefined ? 'ours' : 'LTTng';
  const relay = async (): Promise<Relay | undefined> => (TO_RELAY ? startRelay(whose) : undefined);
  const ours = await startOurs('lttng-ts', {
    ...shape,
    events: 'bench:four',
    relay: await relay(),
  });
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
  const lttng = await startLttng('lttng-ust', { ...shape, snapshot: false, relay: await relay() });
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
  const stored = new Map<string, number[]>();
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    for (const { name, contestant, consumerPid, output } of sides) {
      const [cpuBefore, bytesBefore] = [cpuSeconds(consumerPid), bytesBelow(output)];
      const watch = new Growth(output);
      const nanoseconds = await contestant.run('four', EVENTS);
      await pass(SETTLE_MS);
      const megabytes = watch.end();
      const gigabytes = (bytesBelow(output) - bytesBefore) / 1e9;
      const seconds = cpuSeconds(consumerPid) - cpuBefore;
      if (round < 0 || nanoseconds === undefined) continue;
      cpu.set(name, [...(cpu.get(name) ?? []), seconds / gigabytes]);
      stored.set(name, [...(stored.get(name) ?? []), megabytes]);
      rate.set(name, [...(rate.get(name) ?? []), 1e3 / nanoseconds]);
    }
  }
  const head = [
    '',
    'CPU seconds a GB',
    'MB a second',
    'million events a second',
    'discarded events',
  ];
  const rows = sides.map((side) => [
    side.name,
    spread(cpu.get(side.name) ?? [], 2),
    spread(stored.get(side.name) ?? [], 0),
    spread(rate.get(side.name) ?? [], 1),
    side.discarded(),
  ]);
  say(`\n${shape.subbuffers} sub-buffers of ${shape.subbufferSize}:\n`);
  say(table([head, ...rows]));
  for (const side of sides) await side.end();
}

/** How fast the files below a directory grow. */
class Growth {
  readonly #directory: string;
  readonly #before: number;
  readonly #beginMs = performance.now();
  readonly #seen: { readonly bytes: number; readonly ms: number }[] = [];
  readonly #look = setInterval(() => this.#note(), LOOK_MS);

  constructor(directory: string) {
    this.#directory = directory;
    this.#before = bytesBelow(directory);
  }

  /** Megabytes a second from the beginning until most of them were there. */
  end(): number {
    clearInterval(this.#look);
    this.#note();
    const all = this.#seen.at(-1)?.bytes ?? 0;
    const most = this.#seen.find(({ bytes }) => bytes >= MOST * all);
    return most === undefined ? Number.NaN : most.bytes / 1e3 / most.ms;
  }

  #note(): void {
    const bytes = bytesBelow(this.#directory) - this.#before;
    this.#seen.push({ bytes, ms: performance.now() - this.#beginMs });
  }
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
process.exit(0);
