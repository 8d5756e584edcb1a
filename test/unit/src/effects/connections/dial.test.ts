/** Connecting to a host by its name: the address that answers first, in a limited time. */
import { describe, expect, it } from 'vitest';
import { dial } from '../../../../../src/effects/connections/dial.ts';
import type { Pending } from '../../../../../src/port/network.ts';
import {
  DIAL_MS_MAX,
  DIAL_NEXT_MS,
  DIALLED_ADDRESSES_MAX,
} from '../../../../../src/relay/limits.ts';
import { Hosts, LISTENER, PORT } from '../../../../support/simulated/hosts.ts';

/** Nobody has this address; the network says so after three seconds. */
const NOWHERE = '10.9.9.9';
/** alpha has it, and nobody listens there. */
const CLOSED = '10.0.0.1';

class Stage {
  readonly hosts = new Hosts(1);
  readonly outcomes: string[] = [];

  dial(host: string, options: { readonly isIpv6Only?: boolean } = {}): Pending {
    const to = { host, port: PORT, isIpv6Only: options.isIpv6Only ?? false };
    return dial(this.hosts.here, to, (outcome) => {
      this.outcomes.push(
        outcome.ok ? outcome.value.remote.host : `${outcome.error.subject} ${outcome.error.detail}`,
      );
    });
  }

  name(name: string, ...addresses: readonly string[]): void {
    this.hosts.network.names.set(name, addresses);
  }

  pass(ms: number): void {
    this.hosts.pass(ms);
  }
}

describe('dial()', () => {
  it('takes the first address that answers', () => {
    const stage = new Stage();
    stage.name('relay', CLOSED, LISTENER.host, CLOSED);
    stage.dial('relay');
    stage.pass(DIAL_NEXT_MS / 2);
    expect(stage.outcomes).toEqual([LISTENER.host]);
    stage.pass(2 * DIAL_MS_MAX);
    expect(stage.outcomes).toHaveLength(1);
    expect(stage.hosts.network.endsOf('alpha')).toHaveLength(1);
  });

  it('does not wait long for one that is silent', () => {
    const stage = new Stage();
    stage.name('relay', NOWHERE, LISTENER.host);
    stage.dial('relay');
    stage.pass(DIAL_NEXT_MS - 10);
    expect(stage.outcomes).toEqual([]);
    stage.pass(100);
    expect(stage.outcomes).toEqual([LISTENER.host]);
  });

  it('says why the last one failed', () => {
    const stage = new Stage();
    stage.name('relay', NOWHERE, CLOSED);
    stage.name('gone', CLOSED);
    stage.dial('relay');
    stage.dial('gone');
    stage.dial('nobody');
    stage.dial(LISTENER.host, { isIpv6Only: true });
    stage.pass(5000);
    expect(stage.outcomes.toSorted()).toEqual([
      `${LISTENER.host} ${PORT} has no IPv6 address`,
      `gone ${PORT} cannot be reached (ECONNREFUSED)`,
      `nobody ${PORT} has no address (ENOTFOUND)`,
      `relay ${PORT} cannot be reached (EHOSTUNREACH)`,
    ]);
  });

  it('tries a bounded number of addresses', () => {
    const stage = new Stage();
    const closed = Array.from({ length: DIALLED_ADDRESSES_MAX - 1 }, () => CLOSED);
    stage.name('last', ...closed, LISTENER.host);
    stage.name('later', ...closed, CLOSED, LISTENER.host);
    stage.dial('last');
    stage.dial('later');
    stage.pass(DIAL_NEXT_MS / 2);
    expect(stage.outcomes.toSorted()).toEqual([
      LISTENER.host,
      `later ${PORT} cannot be reached (ECONNREFUSED)`,
    ]);
  });

  it('gives up after its time, whatever is silent', () => {
    const stage = new Stage();
    stage.hosts.network.partition('alpha', 'beta');
    stage.dial(LISTENER.host);
    stage.hosts.network.names.isSilent = true;
    stage.dial('relay');
    stage.pass(DIAL_MS_MAX - 100);
    expect(stage.outcomes).toEqual([]);
    stage.pass(200);
    expect(stage.outcomes).toEqual([
      `${LISTENER.host} ${PORT} did not answer in time`,
      `relay ${PORT} did not answer in time`,
    ]);
  });

  it('says nothing after it was cancelled, and leaves no connection', () => {
    const stage = new Stage();
    stage.dial(LISTENER.host).cancel();
    const later = stage.dial(LISTENER.host);
    stage.hosts.scheduler.run({ forMs: 0.05 });
    later.cancel();
    stage.pass(2 * DIAL_MS_MAX);
    expect(stage.outcomes).toEqual([]);
    expect(stage.hosts.network.endsOf('alpha')).toEqual([]);
  });
});
