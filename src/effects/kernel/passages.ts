/** The passages over which consumers get the pages of kernel parts; each actor has one at a time. */
import type { KernelPages } from '../../port/kernel-tracer.ts';
import type { Passage } from '../../port/network.ts';
import type { OsError } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';
import type { Deliver } from '../contract/effects.ts';
import type { KernelBuffer, KernelEffect } from '../contract/kernel.ts';

type PassageEffect = Extract<
  KernelEffect,
  { type: 'kernel.openPassage' | 'kernel.pass' | 'kernel.closePassage' }
>;
type Pass = Extract<KernelEffect, { type: 'kernel.pass' }>;

export class PagePassages {
  readonly #world: Pick<World, 'kernel' | 'network'>;
  readonly #deliver: Deliver;
  readonly #passages = new Map<string, Passage>();

  constructor(world: Pick<World, 'kernel' | 'network'>, deliver: Deliver) {
    this.#world = world;
    this.#deliver = deliver;
  }

  perform(effect: PassageEffect, from: string): void {
    switch (effect.type) {
      case 'kernel.openPassage': {
        this.#close(from);
        const opened = this.#world.network.openPassage(effect.path, effect.uid);
        if (opened.ok) this.#passages.set(from, opened.value);
        return this.#deliver(
          from,
          opened.ok
            ? { type: 'kernel.passageOpened' }
            : { type: 'kernel.passageFailed', error: opened.error },
        );
      }
      case 'kernel.pass':
        return this.#pass(effect, from);
      case 'kernel.closePassage':
        return this.#close(from);
    }
  }

  #pass({ to, buffers }: Pass, from: string): void {
    const passage = this.#passages.get(from);
    if (passage === undefined) return;
    const { pages, missing } = this.#open(buffers);
    const passed = pages.length === 0 ? undefined : passage.passPages(to, pages);
    if (passed?.ok === false) {
      for (const each of pages) each.close();
      return this.#deliver(from, { type: 'kernel.passFailed', error: passed.error });
    }
    this.#deliver(from, { type: 'kernel.pagesPassed', missing });
  }

  #open(buffers: readonly KernelBuffer[]): {
    readonly pages: readonly KernelPages[];
    readonly missing: readonly (KernelBuffer & { readonly error: OsError })[];
  } {
    const pages: KernelPages[] = [];
    const missing: (KernelBuffer & { readonly error: OsError })[] = [];
    for (const buffer of buffers) {
      const opened = this.#world.kernel.openPages(buffer.name, buffer.cpu);
      if (opened.ok) pages.push(opened.value);
      else missing.push({ ...buffer, error: opened.error });
    }
    return { pages, missing };
  }

  #close(from: string): void {
    this.#passages.get(from)?.close();
    this.#passages.delete(from);
  }
}
