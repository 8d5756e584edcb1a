/**
 * Where the streams of a kernel come from (R1.24): the registry tells how the kernel's pages and events look, and
 * passes the pages of each CPU through a socket, in portions of at most as many as the kernel passes at once.
 */
import { fail, ok } from '../../base/result.ts';
import { parsePageLayout } from '../../kernel/page-layout.ts';
import type { KernelPages } from '../../port/kernel-tracer.ts';
import type { ReachedPassage } from '../../port/network.ts';
import type { OsError, OsResult } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';
import { errorFields } from '../../recorder/recording-error.ts';
import type { StreamConsumer } from '../../recorder/stream-consumer.ts';
import type { KernelFormat, RecorderEffect, RecorderEvent } from '../contract/recorder.ts';

/** Most passages that are reached and not taken: all streams of a session in the largest portions. */
export const PASSAGES_MAX = 32;

/** What the registry says and passes. */
export type KernelEffect = Extract<
  RecorderEffect,
  { type: `recorder.kernel${'Layout' | 'Formats'}` | `recorder.${'reach' | 'take'}Pages` }
>;

export class KernelSource {
  readonly #world: Pick<World, 'log' | 'network'>;
  readonly #consumer: StreamConsumer;
  readonly #deliver: (event: RecorderEvent) => void;
  readonly #reached = new Map<number, ReachedPassage>();

  constructor(
    world: Pick<World, 'log' | 'network'>,
    consumer: StreamConsumer,
    deliver: (event: RecorderEvent) => void,
  ) {
    this.#world = world;
    this.#consumer = consumer;
    this.#deliver = deliver;
  }

  follow(effect: KernelEffect): void {
    switch (effect.type) {
      case 'recorder.kernelLayout':
        return this.#layout(effect.text);
      case 'recorder.kernelFormats':
        return this.#formats(effect.formats);
      case 'recorder.reachPages':
        return this.#reachPages(effect.token, effect.passage);
      case 'recorder.takePages':
        return this.#takePages(effect.token, effect.streams);
    }
  }

  /** The registry that passed pages is gone. */
  forget(): void {
    for (const reached of this.#reached.values()) reached.close();
    this.#reached.clear();
  }

  #layout(text: string): void {
    const layout = parsePageLayout(text);
    if (layout.ok) this.#consumer.kernel.layout = layout.value;
    else this.#world.log('kernel.formatRejected', { event: 'header_page', reason: layout.error });
  }

  #formats(formats: readonly KernelFormat[]): void {
    for (const { event, text } of formats) {
      const added = this.#consumer.kernel.classes.add(event, text);
      if (!added.ok) this.#world.log('kernel.formatRejected', { event, reason: added.error });
    }
  }

  #reachPages(token: number, passage: string): void {
    const reached = this.#reach(token, passage);
    if (reached.ok) this.#deliver({ type: 'recorder.pagesReached', token });
    else this.#fail(token, reached.error);
  }

  #takePages(token: number, streams: readonly number[]): void {
    const taken = this.#take(token, streams.length);
    if (!taken.ok) return this.#fail(token, taken.error);
    this.#consumer.takePages(streams, taken.value);
    this.#deliver({ type: 'recorder.pagesTaken', token });
  }

  #reach(token: number, passage: string): OsResult<void> {
    this.#reached.get(token)?.close();
    this.#reached.delete(token);
    const call = 'network.reachPassage';
    if (this.#reached.size >= PASSAGES_MAX) return fail({ code: 'EMFILE', call, subject: passage });
    const reached = this.#world.network.reachPassage(passage);
    if (!reached.ok) return reached;
    this.#reached.set(token, reached.value);
    return ok(undefined);
  }

  #take(token: number, count: number): OsResult<readonly KernelPages[]> {
    const call = 'network.takePages';
    const reached = this.#reached.get(token);
    this.#reached.delete(token);
    if (reached === undefined) return fail({ code: 'EAGAIN', call, subject: 'passage' });
    const taken = reached.takePages();
    reached.close();
    if (!taken.ok || taken.value.length === count) return taken;
    for (const pages of taken.value) pages.close();
    return fail({ code: 'EIO', call, subject: 'passage' });
  }

  #fail(token: number, error: OsError): void {
    this.#world.log('kernel.pagesFailed', errorFields(error));
    this.#deliver({ type: 'recorder.pagesFailed', token, error });
  }
}
