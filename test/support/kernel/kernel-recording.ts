/**
 * Records the kernel of this machine without a registry: an instance of tracefs for one channel, a stream for each CPU,
 * and the data path of a consumer, all in this process. Needs root and tracefs.
 */
import { parsePageLayout } from '../../../src/kernel/page-layout.ts';
import type { KernelCounts } from '../../../src/port/kernel-tracer.ts';
import type { SegmentRef } from '../../../src/port/shared-memory.ts';
import type { World } from '../../../src/port/world.ts';
import { FileSink } from '../../../src/recorder/file-sink.ts';
import { StreamConsumer } from '../../../src/recorder/stream-consumer.ts';
import { formatSegment } from '../../../src/ring/format.ts';
import { type RingShape, segmentBytes } from '../../../src/ring/layout.ts';
import { positionSegmentBytes } from '../../../src/ring/page-slot.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import type { WritingOutcome } from '../../../src/wire/control/outcomes.ts';
import { must } from '../ring/memory.ts';

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
}

const SHAPE: RingShape = { subbufferBytes: 512 * 1024, subbufferCount: 4, overwrite: false };
const CHANNEL = 'channel0';

export class KernelRecording {
  readonly consumer: StreamConsumer;
  readonly #world: World;
  readonly #options: KernelRecordingOptions;
  readonly #cpus: readonly number[];
  readonly #segments: SegmentRef[] = [];
  #onClosed: (outcome: WritingOutcome) => void = () => undefined;

  /** Begins to record. */
  constructor(world: World, options: KernelRecordingOptions) {
    const { instance, output, events } = options;
    this.#world = world;
    this.#options = options;
    const { kernel } = world;
    const about = must(kernel.describe());
    this.#cpus = about.cpus;
    const { shape, pageKb } = this.#channel;
    const bufferKb = (shape.subbufferBytes * shape.subbufferCount) / 1024;
    must(
      kernel.makeInstance(instance, {
        bufferKb,
        pageKb,
        overwrite: shape.overwrite,
        wakePercent: 50,
      }),
    );
    this.consumer = new StreamConsumer(world, {
      flushed: () => undefined,
      streamReleased: () => undefined,
      closed: (outcome) => this.#onClosed(outcome),
      changed: () => undefined,
    });
    this.consumer.kernel.layout = must(parsePageLayout(about.pageLayout));
    for (const { event } of events) {
      must(this.consumer.kernel.classes.add(event, must(kernel.format(event))));
    }
    const { release, version } = about;
    const session = { name: 'kernel', uuid: world.random.uuid('s'), kernel: { release, version } };
    this.consumer.open(FileSink.forSession(world, output, session, { major: 0, minor: 0 }));
    for (const cpu of this.#cpus) this.consumer.addStream(this.#makeStream(cpu));
    const pages = this.#cpus.map((cpu) => must(kernel.openPages(instance, cpu)));
    this.consumer.takePages(this.#cpus, pages);
    for (const { event, filter } of events) must(kernel.setEvent(instance, event, true, filter));
    must(kernel.setRecording(instance, true));
  }

  /** What the kernel counts, of all CPUs together. */
  get counts(): Pick<KernelCounts, 'read' | 'overrun' | 'dropped'> {
    const { instance } = this.#options;
    const sum = { read: 0, overrun: 0, dropped: 0 };
    for (const cpu of this.#cpus) {
      const { read, overrun, dropped } = must(this.#world.kernel.counts(instance, cpu));
      sum.read += read;
      sum.overrun += overrun;
      sum.dropped += dropped;
    }
    return sum;
  }

  /** Stops, writes what is left, and removes everything but the trace. */
  async end(): Promise<WritingOutcome> {
    const { kernel, memory } = this.#world;
    const { instance } = this.#options;
    must(kernel.setRecording(instance, false));
    const outcome = await new Promise<WritingOutcome>((resolve) => {
      this.#onClosed = resolve;
      this.consumer.close(false);
    });
    for (const segment of this.#segments) must(memory.remove(segment));
    return outcome;
  }

  /** After {@link end}. */
  remove(): void {
    must(this.#world.kernel.removeInstance(this.#options.instance));
  }

  get #channel(): { readonly shape: RingShape; readonly pageKb: number } {
    const { shape = SHAPE, pageKb = shape.subbufferBytes / 1024 } = this.#options;
    return { shape, pageKb };
  }

  #makeStream(cpu: number): ConsumerStream {
    const { memory, identity } = this.#world;
    const { shape, pageKb } = this.#channel;
    const access = { uid: identity.uid, gid: identity.gid, mode: 0o600 };
    const dataSegment = must(memory.create(segmentBytes(shape), access));
    const pageBytes = pageKb * 1024;
    const positionSegment = must(memory.create(positionSegmentBytes(pageBytes), access));
    this.#segments.push(dataSegment, positionSegment);
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
