/**
 * The recorder of a kernel's stream, whose ring the consumer fills itself (R1.24): before it writes what is in the
 * ring, a pump (`../kernel/stream-pump.ts`) copies what the kernel has into it.
 *
 * Only one process pumps a stream: the one that could claim the stream's pages. They wake the consumer when the
 * kernel's buffer is half full. While the ring is full, since the sink has no room, nothing waits: the next attempt to
 * write goes on.
 */
import { ok, type Result } from '../base/result.ts';
import type { KernelClasses } from '../kernel/kernel-classes.ts';
import type { DiscardReason } from '../kernel/page-copier.ts';
import type { PageLayout } from '../kernel/page-layout.ts';
import { type PumpEnd, StreamPump } from '../kernel/stream-pump.ts';
import type { Timer } from '../port/clock.ts';
import type { KernelPages, PagesWait } from '../port/kernel-tracer.ts';
import type { OsResult } from '../port/os-error.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { notAttached, type StreamRecorder } from './open-recorder.ts';
import type { RecorderWorld, Scrutiny } from './recorder-parts.ts';
import { errorFields, lost, type Recorded, streamFields } from './recording-error.ts';
import type { Sink } from './sink.ts';

/** What the registry has told of the kernel: how its pages begin, and the events that sessions record. */
export interface KernelEvents {
  layout: PageLayout | undefined;
  readonly classes: KernelClasses;
}

/** Bytes of pages that are copied in one turn, so that the process does other things in between. */
export const TURN_BYTES_MAX = 2 * 1024 * 1024;
/** How often a stream whose pages another process reads is tried. */
const CLAIM_RETRY_MS = 200;
/** Pages that a buffer of the kernel may have beside those that its size says. */
const SPARE_PAGES = 2;
/** Attachments of the data segment by a recorder, and by its pump. */
const OWN_ATTACHMENTS = 2;

const REASONS: Readonly<Record<DiscardReason, string>> = {
  'unknown-event': 'an event whose format the registry has not sent',
  'broken-record': 'a record that ends before its fields',
  'broken-page': 'a page that contradicts itself',
  'classes-full': 'there is no room for the description of another event',
  oversized: 'an event that is larger than a sub-buffer',
};

export class PumpedRecorder implements StreamRecorder {
  readonly #world: RecorderWorld;
  readonly #kernel: KernelEvents;
  readonly #recorder: StreamRecorder;
  readonly #said = new Set<DiscardReason>();
  #pages: KernelPages | undefined;
  #isClaimed = false;
  #onReady: () => void = () => undefined;
  #wait: PagesWait | undefined;
  #claimRetry: Timer | undefined;
  #pump: StreamPump | undefined;
  #detach: () => void = () => undefined;

  constructor(world: RecorderWorld, kernel: KernelEvents, recorder: StreamRecorder) {
    this.#world = world;
    this.#kernel = kernel;
    this.#recorder = recorder;
  }

  get stream(): ConsumerStream {
    return this.#recorder.stream;
  }

  get unconfirmed(): number {
    return this.#recorder.unconfirmed;
  }

  get isTaken(): boolean {
    return this.#recorder.isTaken;
  }

  get key(): bigint | undefined {
    return this.#recorder.key;
  }

  get ownAttachments(): number {
    return this.#pump === undefined ? this.#recorder.ownAttachments : OWN_ATTACHMENTS;
  }

  /** The registry has passed the pages of the stream; `onReady`: the kernel's buffer is half full. */
  take(pages: KernelPages, onReady: () => void): void {
    this.#release();
    this.#pages = pages;
    this.#onReady = onReady;
  }

  drain(flush: boolean, scrutiny?: Scrutiny): Recorded<boolean> {
    const pump = this.#present();
    if (!pump.ok) return pump;
    const pages = this.#pages;
    if (pump.value === undefined || pages === undefined) {
      return this.#recorder.drain(flush, scrutiny);
    }
    this.#wait?.close();
    this.#wait = undefined;
    return this.#drainWith(pump.value, pages, flush, scrutiny);
  }

  hold(): void {
    this.#recorder.hold();
  }

  changeTo(sink: Sink | undefined): Recorded {
    return this.#recorder.changeTo(sink);
  }

  markCleared(): void {
    this.#recorder.markCleared();
  }

  /** The next pump of the stream, in this or another process, goes on. */
  close(): void {
    this.#release();
    this.#pump?.close();
    this.#detach();
    this.#recorder.close();
  }

  /** Fills the ring and writes what it has, until the kernel has nothing, the sink has no room, or the turn is over. */
  #drainWith(
    pump: StreamPump,
    pages: KernelPages,
    flush: boolean,
    scrutiny: Scrutiny | undefined,
  ): Recorded<boolean> {
    const pagesMax = flush ? this.#bufferPages : this.#turnPages;
    for (let left = pagesMax; ; ) {
      const [pagesBefore, eventsBefore] = [pump.pages, pump.events];
      const end = pump.run(pages, left, flush);
      left -= pump.pages - pagesBefore;
      const isFull = end === 'full';
      const drained = this.#recorder.drain(flush && !isFull, scrutiny);
      if (!drained.ok || !drained.value || !isFull) {
        this.#await(pages, end);
        return drained;
      }
      if (pump.events === eventsBefore && pump.pages === pagesBefore) return ok(false);
    }
  }

  #await(pages: KernelPages, end: PumpEnd): void {
    if (end === 'gone') this.#release();
    else if (end !== 'full') this.#wait = pages.await(() => this.#wake());
  }

  #wake(): void {
    this.#wait = undefined;
    this.#onReady();
  }

  get #pageBytes(): number {
    return this.stream.kernel?.pageBytes ?? 0;
  }

  get #turnPages(): number {
    return Math.max(1, Math.floor(TURN_BYTES_MAX / this.#pageBytes));
  }

  get #bufferPages(): number {
    const { subbufferBytes, subbufferCount } = this.stream.shape;
    return Math.ceil((subbufferBytes * subbufferCount) / this.#pageBytes) + SPARE_PAGES;
  }

  /** Undefined: there are no pages yet, or another process still has them. */
  #present(): Recorded<StreamPump | undefined> {
    const { layout } = this.#kernel;
    if (this.#pages === undefined || layout === undefined) return ok(undefined);
    if (!this.#isClaimed) {
      const claimed = this.#pages.claim();
      if (!claimed.ok && claimed.error.code === 'EAGAIN') return this.#claimLater();
      if (!claimed.ok) return this.#failed(claimed);
      this.#isClaimed = true;
    }
    if (this.#pump !== undefined) return ok(this.#pump);
    const attached = this.#attach(layout);
    if (attached.ok) this.#pump = attached.value;
    return attached;
  }

  #claimLater(): Recorded<undefined> {
    this.#claimRetry ??= this.#world.clock.setTimer(CLAIM_RETRY_MS, () => {
      this.#claimRetry = undefined;
      this.#onReady();
    });
    return ok(undefined);
  }

  #failed({ error }: Extract<OsResult<void>, { ok: false }>): Recorded<undefined> {
    this.#world.log('kernel.pagesFailed', errorFields(error));
    this.#release();
    return ok(undefined);
  }

  #attach(layout: PageLayout): Recorded<StreamPump> {
    const { memory } = this.#world;
    const { dataSegment, positionSegment } = this.stream;
    const data = memory.attachWritable(dataSegment);
    if (!data.ok) return notAttached(data.error);
    const slot = memory.attachWritable(positionSegment);
    const position = memory.attachReadable(positionSegment);
    const detach = (): void => {
      for (const each of [data, slot, position]) if (each.ok) each.value.detach();
    };
    const failed = [slot, position].find((each) => !each.ok);
    if (!slot.ok || !position.ok) {
      detach();
      return failed?.ok === false ? notAttached(failed.error) : lost('its position is not there');
    }
    const pump = StreamPump.attach({
      data: data.value,
      slot: slot.value,
      position: position.value,
      pageBytes: this.#pageBytes,
      layout,
      classes: this.#kernel.classes,
      onDiscard: (reason, detail) => this.#sayDiscarded(reason, detail),
      onGone: (error) => this.#world.log('kernel.pagesFailed', errorFields(error)),
    });
    return this.#attached(pump, detach);
  }

  #attached(pump: Result<StreamPump, string>, detach: () => void): Recorded<StreamPump> {
    if (pump.ok) {
      this.#detach = detach;
      return pump;
    }
    detach();
    return lost(pump.error);
  }

  #sayDiscarded(reason: DiscardReason, detail: string): void {
    if (this.#said.has(reason)) return;
    this.#said.add(reason);
    const text = `${REASONS[reason]} (${detail})`;
    this.#world.log('kernel.eventsDiscarded', streamFields(this.stream, text));
  }

  #release(): void {
    this.#wait?.close();
    this.#wait = undefined;
    this.#claimRetry?.cancel();
    this.#claimRetry = undefined;
    this.#pages?.close();
    this.#pages = undefined;
    this.#isClaimed = false;
  }
}
