/** Two connections as one: all bytes in order, bounded in between, and one end for both. */
import { describe, expect, it } from 'vitest';
import { QUIRKS } from '../../../../../sim/machine/core/quirks.ts';
import { Tunnel } from '../../../../../src/effects/connections/tunnel.ts';
import type { TcpConnection } from '../../../../../src/port/network.ts';
import { TUNNEL_BYTES_MAX, TUNNEL_STALL_MS_MAX } from '../../../../../src/relay/limits.ts';
import { must } from '../../../../support/ring/memory.ts';
import { type Heard, Hosts, LISTENER, send } from '../../../../support/simulated/hosts.ts';

/** Bytes of one read after the bound. */
const READ_BYTES = 65_536;
const AT = { ...LISTENER, port: 6000 };

/** A tunnel on beta; alpha has the other end of both of its connections. */
class Stage {
  readonly hosts: Hosts;
  readonly sender: Heard;
  readonly reader: Heard;
  readonly tunnel: Tunnel;
  mostHeld = 0;
  readonly told: string[] = [];

  constructor(seed: number, quirks: ConstructorParameters<typeof Hosts>[1] = []) {
    this.hosts = new Hosts(seed, quirks);
    const accepted: TcpConnection[] = [];
    this.hosts.there.network.listen(
      AT,
      (end) => void accepted.push(end),
      (made) => void must(made),
    );
    this.hosts.pass(100);
    this.sender = this.#connect();
    this.reader = this.#connect();
    const [near, far] = accepted;
    if (near === undefined || far === undefined) throw new Error('not connected');
    this.tunnel = new Tunnel(this.hosts.there.clock, near, far, {
      onQueued: () => undefined,
      onStalled: () => {
        this.told.push('stalled');
        near.drop();
        this.tunnel.close(true);
      },
    });
    near.start({
      onData: (bytes) => {
        this.tunnel.send(bytes);
        this.mostHeld = Math.max(this.mostHeld, this.tunnel.heldBytes);
      },
      onClose: (reason) => this.tunnel.nearClosed(reason, () => void this.told.push('closed')),
    });
  }

  #connect(): Heard {
    const heard = this.hosts.connect(AT, 1000);
    if (typeof heard === 'string') throw new Error(heard);
    return heard;
  }

  pass(ms: number): void {
    this.hosts.pass(ms);
  }

  get connections(): number {
    return this.hosts.network.endsOf('alpha').length + this.hosts.network.endsOf('beta').length;
  }
}

describe('Tunnel', () => {
  it.each([1, 2, 3])('brings what comes on either end to the other one (seed %i)', (seed) => {
    const stage = new Stage(seed, QUIRKS);
    send(stage.sender, 'to the far end');
    send(stage.reader, 'to the near end');
    stage.pass(2000);
    expect([stage.reader.text, stage.sender.text]).toEqual(['to the far end', 'to the near end']);
    expect(stage.told).toEqual([]);
  });

  it('does not read more than its bound for an end that does not read', () => {
    const stage = new Stage(1);
    stage.reader.connection.pause();
    const sent = 16 * TUNNEL_BYTES_MAX;
    stage.sender.connection.send(new Uint8Array(sent));
    stage.pass(TUNNEL_STALL_MS_MAX / 2);
    expect(stage.mostHeld).toBeGreaterThanOrEqual(TUNNEL_BYTES_MAX);
    expect(stage.mostHeld).toBeLessThanOrEqual(TUNNEL_BYTES_MAX + READ_BYTES);
    expect(stage.reader.bytes).toBe(0);
    stage.reader.connection.resume();
    stage.pass(20_000);
    expect(stage.reader.bytes).toBe(sent);
    expect(stage.tunnel.heldBytes).toBe(0);
    expect(stage.told).toEqual([]);
  });

  it('is given up when an end takes nothing for too long', () => {
    const stage = new Stage(2);
    stage.reader.connection.pause();
    stage.sender.connection.send(new Uint8Array(16 * TUNNEL_BYTES_MAX));
    stage.pass(TUNNEL_STALL_MS_MAX - 1000);
    expect(stage.told).toEqual([]);
    stage.pass(3000);
    expect(stage.told).toEqual(['stalled', 'closed']);
    expect(stage.sender.reason).toBe('reset');
  });

  it.each(['sender', 'reader'] as const)('ends orderly after all bytes (%s)', (which) => {
    const stage = new Stage(3);
    const [ending, other] =
      which === 'sender' ? [stage.sender, stage.reader] : [stage.reader, stage.sender];
    ending.connection.send(new Uint8Array(3 * TUNNEL_BYTES_MAX));
    ending.connection.close();
    stage.pass(10_000);
    expect(other.bytes).toBe(3 * TUNNEL_BYTES_MAX);
    expect(other.reason).toBe('ended');
    expect(stage.told).toEqual(['closed']);
    expect(stage.connections).toBe(0);
  });

  it.each(['sender', 'reader'] as const)('is reset when one end is (%s)', (which) => {
    const stage = new Stage(4);
    const [ending, other] =
      which === 'sender' ? [stage.sender, stage.reader] : [stage.reader, stage.sender];
    ending.connection.drop();
    stage.pass(1000);
    expect(other.reason).toBe('reset');
    expect(stage.told).toEqual(['closed']);
    expect(stage.connections).toBe(0);
  });

  it('ends both ends at once, or after the bytes', () => {
    const stage = new Stage(5);
    stage.tunnel.close(false);
    stage.pass(10_000);
    expect(stage.reader.reason).toBe('ended');
    expect(stage.sender.reason).toBe('ended');
    expect(stage.connections).toBe(0);
  });
});
