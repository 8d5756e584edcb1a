/**
 * Our consumer's data path into LTTng's own relay daemon: what was recorded is in its trace, event for event, as
 * babeltrace2 and our reader see it. What a killed relay did not acknowledge stays in the buffers and goes to the next.
 * Skipped without Debian's lttng-tools and babeltrace2.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { plainStruct } from '../../../src/ctf/read/plain.ts';
import { createFiles } from '../../../src/os/files.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import type { LogEvent } from '../../../src/port/log.ts';
import type { TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { machineClock } from '../../../src/recorder/machine-clock.ts';
import { BYTES_IN_FLIGHT_MAX, RelaySink } from '../../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../src/ring/layout.ts';
import { string, u32 } from '../../../src/tracer/types.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import { interopTable } from '../../support/real/interop-table.ts';
import {
  hasLttngRelayd,
  type LttngRelayd,
  startLttngRelayd,
} from '../../support/real/lttng-relayd.ts';
import { must, scratchDirectory, until } from '../../support/real/os.ts';
import { consumed, createStreamMemory, traceInto } from '../../support/simulated/stream-memory.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const SHAPE: RingShape = { subbufferBytes: 65_536, subbufferCount: 8, overwrite: false };
const SESSION = { name: 'web', uuid: '0c6ac9f1-5e0c-4d3c-9f0a-2c7d2f6c3f11' };
const STREAMS = 3;
/** Bytes of an event are more than those of its text. */
const TEXT = 'x'.repeat(1000);
/** Fewer than fill the buffers of the streams. */
const BURST = 1000;

/** The streams of an application, and the consumers that follow one another. */
class Stage {
  readonly logged: LogEvent[] = [];
  readonly world = createRealWorld({ log: (event) => void this.logged.push(event) });
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

  /** Records events, alternately into the streams. */
  emit(count: number): void {
    for (let n = 0; n < count; n++) {
      this.#ticks[this.emitted % STREAMS]?.({ n: this.emitted, text: TEXT });
      this.emitted += 1;
    }
  }

  /** The next consumer writes to a new session at this relay. */
  async follow(relayd: LttngRelayd): Promise<void> {
    const { world } = this;
    const control = await connect(world, relayd.controlPort);
    const data = await connect(world, relayd.dataPort);
    const { offsetNs, uuid } = machineClock(world);
    const site = {
      session: SESSION,
      basePath: '',
      clockOffsetNs: offsetNs,
      clockUuid: uuid,
      tracerMajor: 0,
      tracerMinor: 1,
    };
    this.#sink = await new Promise<RelaySink>((resolve) => {
      const sink = new RelaySink(world, { control, data }, site, {
        onReady: () => resolve(sink),
        onFailed: () => undefined,
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

async function connect(world: World, port: number): Promise<TcpConnection> {
  return new Promise((resolve) => {
    world.network.connect({ host: '127.0.0.1', port }, (outcome) => resolve(must(outcome)));
  });
}

/** The numbers of the events in all traces of the directory, ascending. */
function readBack(directory: string): number[] {
  const opened = openTraceSet(createFiles(), [directory], { isFollowing: false });
  if (!opened.ok) throw new Error(opened.error.message);
  const { set } = opened.value;
  const numbers: number[] = [];
  for (let message = set.next(); message !== undefined; message = set.next()) {
    if (message.kind === 'event') {
      numbers.push(Number(plainStruct(message.shape.fieldsType, message.fields)['n']));
    }
  }
  set.close();
  return numbers.toSorted((a, b) => a - b);
}

const noteInterop = interopTable('lttng-relayd');

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n);

describe.skipIf(!hasLttngRelayd() || !hasBabeltrace())('the sink of a relay', () => {
  it('streams more than the window and the buffers hold, and babeltrace2 counts all of it', async () => {
    const relayd = await startLttngRelayd();
    const stage = new Stage();
    await stage.follow(relayd);
    while (stage.emitted * TEXT.length < 3 * BYTES_IN_FLIGHT_MAX) {
      stage.emit(BURST);
      expect(await stage.flush()).toBe('');
    }
    expect(await stage.close()).toBe('');
    await relayd.stop();
    expect(stage.logged).toEqual([]);
    expect(readBack(relayd.output)).toEqual(range(0, stage.emitted));
    const { lines, stderr } = runBabeltrace(relayd.output);
    const what = "our sink to LTTng's relay, read by babeltrace2";
    noteInterop({ what, sent: stage.emitted, read: lines.length });
    expect({ events: lines.length, stderr }).toEqual({ events: stage.emitted, stderr: '' });
  });

  it('keeps in the buffers what a killed relay did not acknowledge, and gives it to the next', async () => {
    const first = await startLttngRelayd();
    const stage = new Stage();
    await stage.follow(first);
    stage.emit(BURST);
    expect(await stage.flush()).toBe('');
    const stored = stage.emitted;
    await first.stop('SIGKILL');
    stage.emit(BURST / 2);
    await until(() => stage.logged.includes('trace.relayLost'));
    expect(await stage.flush()).toBe('ECONNRESET');
    await stage.close(true);
    const next = await startLttngRelayd();
    await stage.follow(next);
    stage.emit(BURST / 2);
    expect(await stage.close()).toBe('');
    await next.stop();
    expect(readBack(first.output)).toEqual(range(0, stored));
    expect(readBack(next.output)).toEqual(range(stored, stage.emitted));
    expect(runBabeltrace(next.output).lines).toHaveLength(stage.emitted - stored);
  });
});
