/**
 * Connects to a host: to the address of its name that answers first. Each one is tried when those before it have
 * failed, or have been silent for {@link DIAL_NEXT_MS}; in all it takes at most {@link DIAL_MS_MAX}.
 */
import { fail, ok } from '../../base/result.ts';
import type { Timer } from '../../port/clock.ts';
import type { Pending, TcpConnection } from '../../port/network.ts';
import type { OsErrorCode, OsResult } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';
import { DIAL_MS_MAX, DIAL_NEXT_MS, DIALLED_ADDRESSES_MAX } from '../../relay/limits.ts';
import type { RelayAddress } from '../../wire/relay/forward.ts';

/** The error's detail goes on after its subject, the host and the port, as a sentence without its full stop. */
type OnDialled = (outcome: OsResult<TcpConnection>) => void;

/** Calls `onDialled` later, once, unless it is cancelled before. */
export function dial(
  world: Pick<World, 'clock' | 'network'>,
  to: RelayAddress,
  onDialled: OnDialled,
): Pending {
  return new Dial(world, to, onDialled);
}

class Dial implements Pending {
  readonly #world: Pick<World, 'clock' | 'network'>;
  readonly #to: RelayAddress;
  readonly #onDialled: OnDialled;
  readonly #attempts = new Set<Pending>();
  readonly #limit: Timer;
  #untried: string[] = [];
  #next: Timer | undefined;
  #isOver = false;

  constructor(world: Pick<World, 'clock' | 'network'>, to: RelayAddress, onDialled: OnDialled) {
    this.#world = world;
    this.#to = to;
    this.#onDialled = onDialled;
    this.#limit = world.clock.setTimer(DIAL_MS_MAX, () =>
      this.#fail('ETIMEDOUT', 'did not answer in time'),
    );
    const lookUp = world.network.resolve(to.host, (outcome) => {
      this.#attempts.delete(lookUp);
      if (!outcome.ok) {
        const { code } = outcome.error;
        return this.#fail(code, `has no address (${code})`);
      }
      const { isIpv6Only } = to;
      const usable = outcome.value.filter((address) => !isIpv6Only || address.includes(':'));
      this.#untried = usable.slice(0, DIALLED_ADDRESSES_MAX);
      if (this.#untried.length === 0) this.#fail('ENOTFOUND', 'has no IPv6 address');
      else this.#tryNext();
    });
    this.#attempts.add(lookUp);
  }

  cancel(): void {
    this.#isOver = true;
    this.#limit.cancel();
    this.#next?.cancel();
    for (const attempt of this.#attempts) attempt.cancel();
    this.#attempts.clear();
  }

  #tryNext(): void {
    this.#next?.cancel();
    const host = this.#untried.shift();
    if (host === undefined) return;
    const attempt = this.#world.network.connect({ host, port: this.#to.port }, (outcome) => {
      this.#attempts.delete(attempt);
      if (outcome.ok) this.#end(ok(outcome.value));
      else if (this.#untried.length > 0) this.#tryNext();
      else if (this.#attempts.size === 0) {
        const { code } = outcome.error;
        this.#fail(code, `cannot be reached (${code})`);
      }
    });
    this.#attempts.add(attempt);
    if (this.#untried.length > 0) {
      this.#next = this.#world.clock.setTimer(DIAL_NEXT_MS, () => this.#tryNext());
    }
  }

  #fail(code: OsErrorCode, detail: string): void {
    const subject = `${this.#to.host} ${this.#to.port}`;
    this.#end(fail({ code, call: 'network.connect', subject, detail }));
  }

  #end(outcome: OsResult<TcpConnection>): void {
    if (this.#isOver) return;
    this.cancel();
    this.#onDialled(outcome);
  }
}
