/** Streams that no registry knows any more: a consumer drains them until their writers have left. */
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';
import type { ConsumedStream } from './consumed-stream.ts';

/** How often orphaned streams are checked for writers. */
const ORPHAN_CHECK_MS = 200;

export interface OrphanKeeper {
  /** Writes what is in the buffers; returns whether that is all. */
  readonly write: (stream: ConsumedStream) => boolean;
  readonly forget: (stream: ConsumedStream) => void;
}

export class Orphans {
  readonly #world: Pick<World, 'clock' | 'memory'>;
  readonly #keeper: OrphanKeeper;
  #check: Timer | undefined;

  constructor(world: Pick<World, 'clock' | 'memory'>, keeper: OrphanKeeper) {
    this.#world = world;
    this.#keeper = keeper;
  }

  /** An orphan's writer soon detaches or is dead: then only this consumer has the segment attached. */
  check(streams: () => Iterable<ConsumedStream>): void {
    this.stop();
    for (const orphan of [...streams()].filter(({ isOrphaned }) => isOrphaned)) {
      const { recorder } = orphan;
      const attachments = this.#world.memory.attachments(recorder.stream.dataSegment);
      // Counted before the write below, which thus includes everything that a detached writer recorded.
      const isWritten = this.#keeper.write(orphan);
      const isOurs = !attachments.ok || attachments.value <= recorder.ownAttachments;
      if (isWritten && isOurs) this.#keeper.forget(orphan);
      else this.#check ??= this.#world.clock.setTimer(ORPHAN_CHECK_MS, () => this.check(streams));
    }
  }

  stop(): void {
    this.#check?.cancel();
    this.#check = undefined;
  }
}
