/**
 * Records the kernel of a machine without a registry: an instance of tracefs for one channel, a stream for each CPU,
 * and the data path of a consumer. Needs root and tracefs.
 */
import type { Result } from '../../../src/base/result.ts';
import { parsePageLayout } from '../../../src/kernel/page-layout.ts';
import type { KernelCounts, KernelDescription } from '../../../src/port/kernel-tracer.ts';
import type { World } from '../../../src/port/world.ts';
import { FileSink } from '../../../src/recorder/file-sink.ts';
import { StreamConsumer } from '../../../src/recorder/stream-consumer.ts';
import { formatSegment } from '../../../src/ring/format.ts';
import { type RingShape, segmentBytes } from '../../../src/ring/layout.ts';
import { positionSegmentBytes } from '../../../src/ring/page-slot.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import type { WritingOutcome } from '../../../src/wire/control/outcomes.ts';

export interface RecordedEvent {
  /** `SYSTEM:NAME`. */
  readonly event: string;
  readonly filter?: string;
}

export interface KernelRecordingOptions {
  readonly instance: string;
  readonly output: string;
  readonly events: readonly RecordedEvent[];
  readonly shape?: RingShape;
  readonly pageKb?: number;
  readonly readTimerUs?: number;
  /** Who consumes; absent: this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

const SHAPE: RingShape = { subbufferBytes: 512 * 1024, subbufferCount: 4, overwrite: false };
const CHANNEL = 'channel0';
const SESSION = '5d1b9c7e-3f0a-4a55-9a4e-0d8f4d1c2b3a';

export class KernelRecording {
  /** Of each CPU. */
  readonly streams: readonly ConsumerStream[];
  readonly #world: World;
  readonly #options: KernelRecordingOptions;
  readonly #about: KernelDescription;
  #onClosed: (outcome: WritingOutcome) => void = () => undefined;

  /** Makes the instance and the memory; what the events record waits there. */
  constructor(world: World, options: KernelRecordingOptions) {
    const { instance, events } = options;
    this.#world = world;
    this.#options = options;
    const { kernel } = world;
    this.#about = must(kernel.describe());
    const { shape, pageKb } = this.#channel;
    const bufferKb = (shape.subbufferBytes * shape.subbufferCount) / 1024;
    const { overwrite } = shape;
    must(kernel.makeInstance(instance, { bufferKb, pageKb, overwrite, wakePercent: 50 }));
    this.streams = this.#about.cpus.map((cpu) => this.#makeStream(cpu));
    for (const { event, filter } of events) must(kernel.setEvent(instance, event, true, filter));
    must(kernel.setRecording(instance, true));
  }

  /** A consumer of the streams, in the process of this World. */
  consume(world: World = this.#world): StreamConsumer {
    const { instance, output, events } = this.#options;
    const { release, version, pageLayout } = this.#about;
    const { kernel } = world;
    const consumer = new StreamConsumer(world, {
      flushed: () => undefined,
      streamReleased: () => undefined,
      closed: (outcome) => this.#onClosed(outcome),
      changed: () => undefined,
    });
    consumer.kernel.layout = must(parsePageLayout(pageLayout));
    for (const { event } of events) {
      must(consumer.kernel.classes.add(event, must(kernel.format(event))));
    }
    const session = { name: 'kernel', uuid: SESSION, kernel: { release, version } };
    consumer.open(FileSink.forSession(world, output, session, { major: 0, minor: 0 }));
    for (const stream of this.streams) consumer.addStream(stream);
    const pages = this.streams.map(({ tid: cpu }) => must(kernel.openPages(instance, cpu)));
    consumer.takePages(
      this.streams.map(({ streamId }) => streamId),
      pages,
    );
    return consumer;
  }

  /** What the kernel counts, of all CPUs together. */
  get counts(): Pick<KernelCounts, 'read' | 'overrun' | 'dropped'> {
    const { instance } = this.#options;
    const sum = { read: 0, overrun: 0, dropped: 0 };
    for (const { tid: cpu } of this.streams) {
      const { read, overrun, dropped } = must(this.#world.kernel.counts(instance, cpu));
      sum.read += read;
      sum.overrun += overrun;
      sum.dropped += dropped;
    }
    return sum;
  }

  /** Stops the kernel and this consumer, which writes what is left. */
  async end(consumer: StreamConsumer): Promise<WritingOutcome> {
    this.stop();
    return await new Promise<WritingOutcome>((resolve) => {
      this.#onClosed = resolve;
      consumer.close(false);
    });
  }

  stop(): void {
    must(this.#world.kernel.setRecording(this.#options.instance, false));
  }

  /** Removes the instance and the memory. */
  remove(): void {
    for (const { dataSegment, positionSegment } of this.streams) {
      must(this.#world.memory.remove(dataSegment));
      must(this.#world.memory.remove(positionSegment));
    }
    must(this.#world.kernel.removeInstance(this.#options.instance));
  }

  get #channel(): { readonly shape: RingShape; readonly pageKb: number } {
    const { shape = SHAPE, pageKb = shape.subbufferBytes / 1024 } = this.#options;
    return { shape, pageKb };
  }

  #makeStream(cpu: number): ConsumerStream {
    const { memory, identity } = this.#world;
    const { shape, pageKb } = this.#channel;
    const { uid, gid } = this.#options.owner ?? identity;
    const access = { uid, gid, mode: 0o600 };
    const dataSegment = must(memory.create(segmentBytes(shape), access));
    const pageBytes = pageKb * 1024;
    const positionSegment = must(memory.create(positionSegmentBytes(pageBytes), access));
    const data = must(memory.attachWritable(dataSegment));
    formatSegment(data, shape, cpu);
    data.detach();
    return {
      streamId: cpu,
      channel: CHANNEL,
      dataSegment,
      positionSegment,
      shape,
      pid: 0,
      tid: cpu,
      startedAt: 0,
      processName: 'kernel',
      wakePath: `${this.#options.output}/wake`,
      switchTimerUs: 0,
      readTimerUs: this.#options.readTimerUs ?? 100_000,
      kernel: { cpu, pageBytes },
    };
  }
}

function must<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
}
