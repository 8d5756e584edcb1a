/** What partitions, resets, power failures, slow links and slow readers do to simulated connections. */
import { describe, expect, it } from 'vitest';
import { QUIRKS } from '../../../../../sim/machine/core/quirks.ts';
import { RETRANSMISSION_MS } from '../../../../../sim/machine/net/tcp-end.ts';
import { KEEP_ALIVE_IDLE_MS } from '../../../../../src/port/network.ts';
import { Hosts, LISTENER, PORT, send } from '../../../../support/simulated/hosts.ts';

const SEEDS = [1, 2, 3, 4, 5];
const MINUTE_MS = 60_000;

describe('a partition', () => {
  it.each(SEEDS)('holds data up until it has healed (seed %i)', (seed) => {
    const stage = new Hosts(seed);
    const { client, server } = stage.pair();
    stage.network.partition('alpha', 'beta');
    send(client, 'one ');
    send(server, 'two');
    stage.pass(10_000);
    send(client, 'three');
    expect([client.text, server.text]).toEqual(['', '']);
    stage.network.heal('alpha', 'beta');
    // The next retransmission comes after at most as long as the outage was.
    stage.pass(11_000);
    expect([client.text, server.text]).toEqual(['two', 'one three']);
    stage.pass(2 * RETRANSMISSION_MS);
    expect([client.reason, server.reason]).toEqual(['', '']);
  });

  it('in one direction lets the other pass, but nothing is acknowledged', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.network.cut('beta', 'alpha');
    send(client, 'arrives');
    send(server, 'does not');
    stage.pass(1_000);
    expect([client.text, server.text]).toEqual(['', 'arrives']);
    client.connection.send(new Uint8Array(2_000_000));
    stage.pass(1_000);
    expect(client.connection.pendingBytes).toBeGreaterThan(1_000_000);
    stage.network.heal('alpha', 'beta');
    stage.pass(5_000);
    expect([client.text, client.connection.pendingBytes]).toEqual(['does not', 0]);
  });

  it('that lasts ends the connection of whoever waits for an acknowledgement', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.network.partition('alpha', 'beta');
    send(client, 'lost');
    stage.pass(RETRANSMISSION_MS - MINUTE_MS);
    expect(client.reason).toBe('');
    stage.pass(2 * MINUTE_MS);
    expect(client.reason).toBe('reset');
    expect(server.text).toBe('');
  });

  it('ends a silent connection by keep-alive, and one that heals in time stays', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.pass(10 * KEEP_ALIVE_IDLE_MS);
    stage.network.partition('alpha', 'beta');
    stage.pass(1_000);
    stage.network.heal('alpha', 'beta');
    stage.pass(10 * KEEP_ALIVE_IDLE_MS);
    expect([client.reason, server.reason]).toEqual(['', '']);
    stage.network.partition('alpha', 'beta');
    stage.pass(KEEP_ALIVE_IDLE_MS + MINUTE_MS);
    expect([client.reason, server.reason]).toEqual(['reset', 'reset']);
  });

  it('makes connecting wait, and fail with ETIMEDOUT after two minutes', () => {
    const stage = new Hosts(1);
    stage.network.cut('beta', 'alpha');
    expect(stage.connect(LISTENER, 2 * MINUTE_MS)).toBe('no outcome');
    expect(stage.accepted).toEqual([]);
    const outcomes: string[] = [];
    stage.here.network.connect(LISTENER, (made) => outcomes.push(made.ok ? 'ok' : made.error.code));
    stage.pass(128_000);
    expect(outcomes).toEqual(['ETIMEDOUT']);
    stage.here.network.connect(LISTENER, (made) => outcomes.push(made.ok ? 'ok' : made.error.code));
    stage.pass(2_000);
    stage.network.heal('alpha', 'beta');
    stage.pass(2_000);
    expect(outcomes).toEqual(['ETIMEDOUT', 'ok']);
  });
});

describe('a connection breaks', () => {
  it.each(SEEDS)('for both when something resets it (seed %i)', (seed) => {
    const stage = new Hosts(seed);
    const { client, server } = stage.pair();
    stage.endOf('alpha').reset();
    stage.pass(100);
    expect([client.reason, server.reason]).toEqual(['reset', 'reset']);
    expect([stage.network.endsOf('alpha'), stage.network.endsOf('beta')]).toEqual([[], []]);
  });

  it.each(SEEDS)(
    'half when a host loses its power, and whole when the peer sends (seed %i)',
    (seed) => {
      const stage = new Hosts(seed);
      const { client, server } = stage.pair();
      stage.beta.crashMachine();
      stage.pass(1_000);
      expect([client.reason, server.reason]).toEqual(['', '']);
      expect(stage.connect(LISTENER)).toBe('ECONNREFUSED');
      send(client, 'are you there?');
      stage.pass(1_000);
      expect(client.reason).toBe('reset');
    },
  );

  it('whose host is away, until that is back', () => {
    const stage = new Hosts(1);
    const { client } = stage.pair();
    stage.network.partition('alpha', 'beta');
    stage.beta.crashMachine();
    send(client, 'are you there?');
    stage.pass(MINUTE_MS);
    expect(client.reason).toBe('');
    stage.network.heal('alpha', 'beta');
    stage.pass(2 * MINUTE_MS);
    expect(client.reason).toBe('reset');
  });

  it('when a process is killed: its peer sees the end, or a reset if bytes were unread', () => {
    for (const isUnread of [false, true]) {
      const stage = new Hosts(1);
      const { client, server } = stage.pair();
      if (isUnread) server.connection.pause();
      send(client, 'last words');
      stage.pass(100);
      stage.beta.kill(stage.there.identity.pid);
      stage.pass(100);
      expect(client.reason).toBe(isUnread ? 'reset' : 'ended');
    }
  });

  it('when the listener closes before it has accepted', () => {
    const stage = new Hosts(1);
    const listening = stage.beta.login('root').world;
    const address = { host: LISTENER.host, port: PORT + 1 };
    listening.network.listen(
      address,
      () => {},
      () => {},
    );
    stage.pass(10);
    const process = stage.beta.process(listening.identity.pid);
    if (process === undefined) throw new Error('The process is not known');
    stage.beta.faultControls.stop(process);
    const client = stage.connect(address);
    if (typeof client === 'string') throw new Error(client);
    stage.beta.kill(process.pid);
    stage.pass(100);
    expect(client.reason).toBe('reset');
  });
});

describe('a slow link or reader', () => {
  it('delays what arrives', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.network.setPace('alpha', 'beta', { delayMs: 500 });
    send(client, 'late');
    send(server, 'soon');
    stage.pass(400);
    expect([client.text, server.text]).toEqual(['soon', '']);
    stage.pass(200);
    expect(server.text).toBe('late');
  });

  it('carries no more than its bandwidth', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.network.setPace('alpha', 'beta', { bytesPerSecond: 100_000 });
    client.connection.send(new Uint8Array(1_000_000));
    stage.pass(5_000);
    expect(server.bytes).toBeGreaterThan(350_000);
    expect(server.bytes).toBeLessThan(510_000);
    stage.pass(6_000);
    expect(server.bytes).toBe(1_000_000);
  });

  it('lets what waits for the bandwidth leave at the pace that it has next, in order', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.network.setPace('alpha', 'beta', { bytesPerSecond: 1 });
    send(client, 'first, ');
    stage.pass(1_000);
    stage.network.setPace('alpha', 'beta', { bytesPerSecond: 20 });
    stage.pass(1_000);
    send(client, 'second, ');
    stage.pass(1_000);
    expect(server.text).toBe('');
    stage.pass(1_000);
    expect(server.text).toBe('first, ');
    send(client, 'third');
    stage.network.setPace('alpha', 'beta', {});
    stage.pass(10);
    expect(server.text).toBe('first, second, third');
  });

  it('makes the bytes of the sender wait', () => {
    const stage = new Hosts(1);
    const { client, server } = stage.pair();
    stage.endOf('beta').slowDown(1_000);
    client.connection.send(new Uint8Array(1_000_000));
    stage.pass(500);
    expect(server.bytes).toBeLessThan(10_000);
    expect(client.connection.pendingBytes).toBeGreaterThan(500_000);
    stage.pass(2_000);
    expect([server.bytes, client.connection.pendingBytes]).toEqual([1_000_000, 0]);
  });

  it('does not change the bytes: with all quirks they arrive in order', () => {
    for (const seed of SEEDS) {
      const stage = new Hosts(seed, QUIRKS);
      const { client, server } = stage.pair();
      for (let at = 0; at < 20; at++) send(client, `${at} `);
      client.connection.close();
      stage.pass(5_000);
      expect(server.text).toBe(Array.from({ length: 20 }, (_, at) => `${at} `).join(''));
      expect(server.reason).toBe('ended');
    }
  });
});
