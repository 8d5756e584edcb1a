/**
 * Counts datagrams that a relay drops, and logs the first one and then, from time to time, how many there were. Anybody
 * can send them under any address, so there is one count for all.
 */
import type { TcpAddress } from '../../port/network.ts';
import type { World } from '../../port/world.ts';

export const DROPPED_LOG_MS = 10_000;

export class DroppedDatagrams {
  readonly #world: Pick<World, 'clock' | 'log'>;
  /** Since the last line of the log; undefined: there was none for a while. */
  #count: number | undefined;

  constructor(world: Pick<World, 'clock' | 'log'>) {
    this.#world = world;
  }

  note(reason: string, { host, port }: TcpAddress): void {
    if (this.#count !== undefined) {
      this.#count += 1;
      return;
    }
    this.#world.log('relay.datagramDropped', { reason, host, port });
    this.#begin();
  }

  #begin(): void {
    this.#count = 0;
    this.#world.clock.setTimer(DROPPED_LOG_MS, () => this.#end(), { background: true });
  }

  #end(): void {
    const datagrams = this.#count ?? 0;
    this.#count = undefined;
    if (datagrams === 0) return;
    this.#world.log('relay.datagramsDropped', { datagrams });
    this.#begin();
  }
}
