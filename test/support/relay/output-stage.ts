/** A consumer on the simulated machine whose sink changes: to scripted relays, to files, or to none. */
import { expect } from 'vitest';
import { Simulation } from '../../../sim/machine/simulation.ts';
import { plainStruct } from '../../../src/ctf/read/plain.ts';
import { FileSink } from '../../../src/recorder/file-sink.ts';
import { RelaySink } from '../../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../src/ring/layout.ts';
import { u32 } from '../../../src/tracer/types.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import type { WritingOutcome } from '../../../src/wire/control/outcomes.ts';
import { DATA_PENDING } from '../../../src/wire/relay/outcome.ts';
import { encodeReply } from '../../../src/wire/relay/requests.ts';
import { consumed, createStreamMemory, traceInto } from '../simulated/stream-memory.ts';
import { connectTo, eventsOf, SITE } from './relay-link.ts';
import { ScriptedRelay } from './scripted-relay.ts';

export const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 16, overwrite: false };
export const STREAMS = [3, 4];
export const DIRECTORIES = ['/home/alice/one', '/home/alice/two'] as const;
/** Enough for a greeting; more would make the next event's header longer. */
const GREETING_MS = 20;
const PENDING = encodeReply('data-pending', { code: DATA_PENDING }, 13);

export type Output = 'relay' | 'nowhere' | (typeof DIRECTORIES)[number];

/** One user who is application, registry and consumer at once. */
export class OutputStage {
  readonly #simulation: Simulation;
  readonly #world;
  readonly #ticks;
  readonly outcomes: string[] = [];
  readonly reports: WritingOutcome[] = [];
  readonly relays: ScriptedRelay[] = [];
  readonly #memories;
  #consumer: StreamConsumer;
  #links: ReturnType<typeof connectTo>[] = [];
  /** No relay stores anything. */
  isStalled = false;
  emitted = 0;

  constructor(seed = 1, shape = SHAPE) {
    this.#simulation = new Simulation({
      seed,
      users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
      groups: {},
      programs: {},
    });
    const { world } = this.#simulation.login('alice');
    this.#world = world;
    this.#memories = STREAMS.map((streamId) =>
      createStreamMemory(world, streamId, shape, `/home/alice/wake-${streamId}`),
    );
    this.#ticks = this.#memories.map((memory) =>
      traceInto(world, memory).tracepoint('test:tick', { n: u32 }),
    );
    this.#consumer = this.#makeConsumer();
  }

  get consumer(): StreamConsumer {
    return this.#consumer;
  }

  /** Another consumer of the same streams. */
  follow(): StreamConsumer {
    this.#consumer = this.#makeConsumer();
    return this.#consumer;
  }

  /** Of all streams, the ids of the data segments. */
  get segments(): number[] {
    return this.#memories.map(({ dataSegment }) => dataSegment.id);
  }

  get lastRelay(): ScriptedRelay {
    const relay = this.relays.at(-1);
    if (relay === undefined) throw new Error('No relay');
    return relay;
  }

  /** Records events, alternately into the streams. */
  emit(count: number): void {
    for (let n = 0; n < count; n++) {
      this.#ticks[this.emitted % STREAMS.length]?.({ n: this.emitted });
      this.emitted += 1;
    }
  }

  /** Changes the sink; a relay greets first. `isApart`: earlier consumers wrote elsewhere. */
  change(to: Output, isApart = true): void {
    const said = `changed to ${to}`;
    this.consumer.open(this.#sinkFor(to, isApart), () => void this.outcomes.push(said));
  }

  /** The last relay ends its connections. */
  cut(): void {
    this.#links.at(-1)?.theirs.data.drop();
  }

  wait(forMs: number): void {
    this.#simulation.run({ forMs });
  }

  /** Each relay's events, and those of all files. */
  stored(): { readonly relays: number[]; readonly files: number[] } {
    for (const { problem } of this.relays) expect(problem).toBeUndefined();
    const relays = this.relays.flatMap(({ streams }) =>
      streams
        .filter(({ channel }) => channel !== 'metadata')
        .flatMap(({ packets }) => {
          const events = eventsOf(packets);
          expect(events).toEqual(events.toSorted((a, b) => a - b));
          return events;
        }),
    );
    return { relays, files: this.#filed() };
  }

  logged(event: string): number {
    return this.#simulation.log.filter((line) => line.event === event).length;
  }

  #makeConsumer(): StreamConsumer {
    const consumer = new StreamConsumer(this.#world, {
      flushed: (token, outcome) => void this.outcomes.push(`flushed ${token}${textOf(outcome)}`),
      streamReleased: (streamId) => void this.outcomes.push(`released ${streamId}`),
      closed: (outcome) => void this.outcomes.push(`closed${textOf(outcome)}`),
      changed: (outcome) => void this.reports.push(outcome),
    });
    for (const memory of this.#memories) consumer.addStream(consumed(memory));
    return consumer;
  }

  #filed(): number[] {
    const written = DIRECTORIES.filter((directory) => this.#world.files.info(directory).ok);
    const opened = openTraceSet(this.#world.files, written, { isFollowing: false });
    if (!opened.ok) return [];
    const { set } = opened.value;
    const events: number[] = [];
    for (let message = set.next(); message !== undefined; message = set.next()) {
      if (message.kind === 'event')
        events.push(Number(plainStruct(message.shape.fieldsType, message.fields)['n']));
      else if (message.kind === 'discarded-events') throw new Error('events are missing');
      else if (message.kind === 'problem') throw new Error(message.text);
    }
    set.close();
    return events;
  }

  #sinkFor(to: Output, isApart: boolean): FileSink | RelaySink | undefined {
    const world = this.#world;
    if (to === 'nowhere') return undefined;
    if (to !== 'relay') {
      world.files.makeDirectory(to, 0o700);
      return FileSink.forSession(world, to, SITE.session, { major: 0, minor: 1 }, isApart);
    }
    const relay = new ScriptedRelay(13, ({ type }) =>
      this.isStalled && type === 'data-pending' ? PENDING : 'honest',
    );
    this.relays.push(relay);
    const link = connectTo(this.#simulation, world, relay);
    this.#links.push(link);
    const sink = new RelaySink(world, link.ours, SITE, {
      onReady: () => undefined,
      onFailed: () => this.consumer.noteLink(),
    });
    this.wait(GREETING_MS);
    return sink;
  }
}

/** ` 2 ETIMEDOUT`: the streams that are not written, and why. */
function textOf({ unwritten, link }: WritingOutcome): string {
  const state = link === undefined ? '' : `, ${link.state}`;
  return (unwritten === undefined ? '' : ` ${unwritten.streams} ${unwritten.code}`) + state;
}
