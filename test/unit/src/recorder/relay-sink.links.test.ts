/**
 * Links that end at any moment: what one relay acknowledged it has, and the next relay begins with the event behind it.
 * So nothing is lost, and twice is only what a relay had and could not acknowledge any more.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { RelaySink } from '../../../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { ConsumerPosition } from '../../../../src/ring/progress.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { connectTo, eventsOf, SITE } from '../../../support/relay/relay-link.ts';
import { ScriptedRelay } from '../../../support/relay/scripted-relay.ts';
import { must } from '../../../support/ring/memory.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 16, overwrite: false };
/** Enough for a greeting; more would make the next event's header longer. */
const GREETING_MS = 20;
/** Enough for everything. */
const SETTLE_MS = 100;

interface Step {
  readonly events: number;
  readonly flushes: boolean;
  /** Until the relay ends the connection. */
  readonly afterMs: number;
  readonly cut?: 'control' | 'data';
  /** Events that are on their way when it does. */
  readonly last?: number;
}

const step: fc.Arbitrary<Step> = fc.record(
  {
    events: fc.integer({ min: 1, max: 700 }),
    flushes: fc.boolean(),
    afterMs: fc.nat(12),
    cut: fc.constantFrom('control' as const, 'data' as const),
    last: fc.nat(100),
  },
  { requiredKeys: ['events', 'flushes', 'afterMs'] },
);

class Stage {
  readonly #simulation: Simulation;
  readonly #world;
  readonly #memory;
  readonly #tick;
  readonly #position: ConsumerPosition;
  readonly relays: ScriptedRelay[] = [];
  #link;
  emitted = 0;

  constructor(seed: number) {
    this.#simulation = new Simulation({
      seed,
      users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
      groups: {},
      programs: {},
    });
    this.#world = this.#simulation.login('alice').world;
    this.#memory = createStreamMemory(this.#world, 3, SHAPE, '/home/alice/wake');
    this.#tick = traceInto(this.#world, this.#memory).tracepoint('test:tick', { n: u32 });
    const segment = must(this.#world.memory.attachWritable(this.#memory.positionSegment));
    this.#position = new ConsumerPosition(segment);
    this.#link = this.#follow();
  }

  /** Events that no relay has to get any more. */
  get acknowledged(): number {
    return this.#position.atPosition().events;
  }

  run({ events, flushes, afterMs, cut, last = 0 }: Step): void {
    this.#emit(events);
    if (flushes) this.#link.consumer.flush(1);
    this.#simulation.run({ forMs: afterMs });
    if (cut === undefined) return;
    this.#emit(last);
    this.#link.consumer.flush(2);
    this.#link.theirs[cut].drop();
    this.#simulation.run({ forMs: GREETING_MS });
    this.#link.consumer.close(true);
    this.#link = this.#follow();
  }

  #emit(events: number): void {
    for (let n = 0; n < events; n++) this.#tick({ n: this.emitted++ });
  }

  settle(): void {
    this.#link.consumer.flush(3);
    this.#simulation.run({ forMs: SETTLE_MS });
  }

  /** Another consumer with a link to another relay. */
  #follow() {
    const relay = new ScriptedRelay(13);
    this.relays.push(relay);
    const { ours, theirs } = connectTo(this.#simulation, this.#world, relay);
    const ignore = (): void => undefined;
    const consumer = new StreamConsumer(this.#world, {
      flushed: ignore,
      streamReleased: ignore,
      closed: ignore,
      changed: ignore,
    });
    consumer.open(new RelaySink(this.#world, ours, SITE, { onReady: ignore, onFailed: ignore }));
    this.#simulation.run({ forMs: GREETING_MS });
    consumer.addStream(consumed(this.#memory));
    return { theirs, consumer };
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n);

it('loses nothing, and gives the next relay what the last one did not acknowledge', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(step, { maxLength: 6 }), (seed, steps) => {
      const stage = new Stage(seed);
      /** Where each relay has to begin. */
      const begins = [0];
      for (const each of steps) {
        stage.run(each);
        if (each.cut !== undefined) begins.push(stage.acknowledged);
      }
      stage.settle();
      expect(stage.acknowledged).toBe(stage.emitted);
      begins.push(stage.emitted);
      for (const [index, relay] of stage.relays.entries()) {
        expect(relay.problem).toBeUndefined();
        const [from = 0, acknowledged = 0] = begins.slice(index);
        const events = eventsOf(relay.streams[1]?.packets ?? []);
        expect(events).toEqual(range(from, from + events.length));
        expect(from + events.length).toBeGreaterThanOrEqual(acknowledged);
      }
    }),
    { numRuns: 60 },
  );
});
