/**
 * Which connections a relay forwards to another one (R3.8): to the destinations that its options name, none by default,
 * since a relay that forwards anywhere is an open proxy. A relay that is on the way already refuses.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { ForwardRequest } from '../wire/relay/forward.ts';
import { type ForwardPattern, isForwardedTo } from '../wire/relay/forward-pattern.ts';
import { Quota, TUNNELS_MAX, TUNNELS_PER_HOST_MAX } from './limits.ts';

export class Forwarding {
  /** Who the relay is: another one each time that it starts. */
  readonly relay: string;
  readonly #to: readonly ForwardPattern[];
  readonly #tunnels = new Quota(TUNNELS_MAX);
  readonly #ofHosts = new Map<string, number>();

  constructor(relay: string, to: readonly ForwardPattern[]) {
    this.relay = relay;
    this.#to = to;
  }

  /** Why a way that has passed these relays does not come here; undefined: it does. */
  loopOf(passed: readonly string[]): string | undefined {
    return passed.includes(this.relay) ? 'the way passes this relay twice' : undefined;
  }

  /** Takes a place for a tunnel; the caller calls the function when the tunnel ends. The error is one sentence. */
  admit({ passed, next }: ForwardRequest, host: string): Result<() => void, string> {
    const loop = this.loopOf(passed);
    if (loop !== undefined) return fail(loop);
    if (this.#to.length === 0) return fail('it forwards nothing');
    if (!isForwardedTo(this.#to, next)) {
      return fail(`it does not forward to ${next.host} ${next.port}`);
    }
    const count = this.#ofHosts.get(host) ?? 0;
    if (count >= TUNNELS_PER_HOST_MAX) {
      return fail(`it forwards ${TUNNELS_PER_HOST_MAX} connections of this address already`);
    }
    if (!this.#tunnels.take()) return fail(`it forwards ${TUNNELS_MAX} connections already`);
    this.#ofHosts.set(host, count + 1);
    return ok(() => this.#leave(host));
  }

  #leave(host: string): void {
    this.#tunnels.give();
    const count = this.#ofHosts.get(host) ?? 0;
    if (count > 1) this.#ofHosts.set(host, count - 1);
    else this.#ofHosts.delete(host);
  }
}
