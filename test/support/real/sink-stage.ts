/** Streams of an application in shared memory, and real consumers that follow one another and write to relays. */
import { onTestFinished } from 'vitest';
import { createRealWorld } from '../../../src/os/world.ts';
import type { LogEvent } from '../../../src/port/log.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { machineClock } from '../../../src/recorder/machine-clock.ts';
import { RelaySink } from '../../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../src/ring/layout.ts';
import { string, u32 } from '../../../src/tracer/types.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import type { RelayAddress } from '../../../src/wire/relay/forward.ts';
import { consumed, createStreamMemory, traceInto } from '../simulated/stream-memory.ts';
import { numbersOf } from '../trace/read-trace.ts';
import { must, scratchDirectory, until } from './os.ts';
import { readTrace } from './traces.ts';

const LOOPBACK = '127.0.0.1';
const SHAPE: RingShape = { subbufferBytes: 65_536, subbufferCount: 8, overwrite: false };
export const SESSION = { name: 'web', uuid: '0c6ac9f1-5e0c-4d3c-9f0a-2c7d2f6c3f11' };
const STREAMS = 3;
/** Bytes of an event are more than those of its text. */
export const TEXT = 'x'.repeat(1000);

/** A relay, and how packets get there. */
export interface RelayPorts {
  /** Absent: the loopback. */
  readonly host?: string;
  readonly controlPort: number;
  readonly dataPort: number;
  /** As datagrams. */
  readonly isUdp?: boolean;
}

/** The streams of an application, and the consumers that follow one another. */
export class SinkStage {
  readonly logged: LogEvent[] = [];
  world = createRealWorld({ log: (event) => void this.logged.push(event) });
  readonly outcomes: string[] = [];
  readonly #streams: readonly ConsumerStream[];
  readonly #ticks: readonly ((payload: { n: number; text: string }) => void)[];
  #consumer = this.#makeConsumer();
  #sink: RelaySink | undefined;
  #token = 0;
  emitted = 0;

  constructor() {
    const { world } = this;
    const home = scratchDirectory();
    const memories = Array.from({ length: STREAMS }, (_, index) =>
      createStreamMemory(world, index, SHAPE, `${home}/wake-${index}`),
    );
    onTestFinished(() => {
      for (const { dataSegment, positionSegment } of memories) {
        must(world.memory.remove(dataSegment));
        must(world.memory.remove(positionSegment));
      }
    });
    this.#streams = memories.map((memory) => consumed(memory));
    this.#ticks = memories.map((memory) =>
      traceInto(world, memory).tracepoint('test:tick', { n: u32, text: string }),
    );
  }

  /** From now on all consumers read the same wall-clock time. */
  stopSeconds(): void {
    const { clock } = this.world;
    const now = clock.realtimeNs();
    this.world = { ...this.world, clock: { ...clock, realtimeNs: () => now } };
  }

  /** Records events, alternately into the streams. */
  emit(count: number): void {
    for (let n = 0; n < count; n++) {
      this.#ticks[this.emitted % STREAMS]?.({ n: this.emitted, text: TEXT });
      this.emitted += 1;
    }
  }

  /** The next consumer writes to a new session at this relay, or at the last one of the way behind it. */
  async follow(relayd: RelayPorts, ...way: readonly RelayPorts[]): Promise<void> {
    return this.followThrough((connection) => connection, relayd, ...way);
  }

  /** The same, over a control connection that is changed. */
  async followThrough(
    change: (connection: TcpConnection) => TcpConnection,
    relayd: RelayPorts,
    ...way: readonly RelayPorts[]
  ): Promise<void> {
    const { world } = this;
    const { host = LOOPBACK, controlPort, dataPort, isUdp = false } = relayd;
    const control = change(await connect(world, { host, port: controlPort }));
    const dataAddress = { host, port: dataPort };
    const data = isUdp ? dataAddress : await connect(world, dataAddress);
    const nextOf = (port: number): RelayAddress => ({ host: LOOPBACK, port, isIpv6Only: false });
    const { offsetNs, uuid } = machineClock(world);
    const site = {
      session: SESSION,
      basePath: '',
      clockOffsetNs: offsetNs,
      clockUuid: uuid,
      tracerMajor: 0,
      tracerMinor: 1,
      way: {
        control: way.map((next) => nextOf(next.controlPort)),
        data: way.map((next) => nextOf(next.dataPort)),
      },
    };
    this.#sink = await new Promise<RelaySink>((resolve, reject) => {
      const sink = new RelaySink(world, { control, data }, site, {
        onReady: () => resolve(sink),
        onFailed: ({ subject, detail }) => reject(new Error(`${subject}: ${detail}`)),
      });
    });
    this.#consumer = this.#makeConsumer();
    this.#consumer.open(this.#sink);
    for (const stream of this.#streams) this.#consumer.addStream(stream);
  }

  /** Returns why something is not written. */
  async flush(): Promise<string> {
    const token = ++this.#token;
    this.#consumer.flush(token);
    return this.#outcome(`flushed ${token} `);
  }

  async close(isReplaced = false): Promise<string> {
    this.#consumer.close(isReplaced);
    const outcome = await this.#outcome('closed ');
    this.#sink?.close();
    return outcome;
  }

  async #outcome(begin: string): Promise<string> {
    await until(() => this.outcomes.some((outcome) => outcome.startsWith(begin)));
    const found = this.outcomes.splice(0).find((outcome) => outcome.startsWith(begin)) ?? '';
    return found.slice(begin.length);
  }

  #makeConsumer(): StreamConsumer {
    return new StreamConsumer(this.world, {
      flushed: (token, { unwritten }) =>
        void this.outcomes.push(`flushed ${token} ${unwritten?.code ?? ''}`),
      streamReleased: () => undefined,
      closed: ({ unwritten }) => void this.outcomes.push(`closed ${unwritten?.code ?? ''}`),
      changed: () => undefined,
    });
  }
}

async function connect(world: World, address: TcpAddress): Promise<TcpConnection> {
  return new Promise((resolve) => {
    world.network.connect(address, (outcome) => resolve(must(outcome)));
  });
}

/** The numbers of the events in all traces of the directory, ascending. */
export function readBack(directory: string): number[] {
  return numbersOf(readTrace(directory));
}
