/** Packets as datagrams against a relay whose reports are scripted: what is sent, sent again, given up and settled. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { ok } from '../../../../src/base/result.ts';
import type { World } from '../../../../src/port/world.ts';
import { CONGESTION_BYTES_FIRST } from '../../../../src/recorder/congestion-window.ts';
import {
  DatagramPath,
  GIVE_UP_MS,
  TRANSMISSIONS_MAX,
} from '../../../../src/recorder/datagram-path.ts';
import type { PathControl } from '../../../../src/recorder/packet-path.ts';
import {
  DATAGRAM_BYTES_MAX,
  DATAGRAM_CONTENT_BYTES,
  type Datagram,
  decodeDatagram,
} from '../../../../src/wire/relay/datagram.ts';
import type { NumberRange } from '../../../../src/wire/relay/datagram-status.ts';
import { must } from '../../../support/ring/memory.ts';

const TOKEN = Uint8Array.from({ length: 16 }, (_, at) => at);
const ADDRESS = { host: '10.0.0.2', port: 5343 };

class Stage {
  readonly machine = new Simulation({ seed: 1, users: [], groups: {}, programs: {} });
  readonly sent: Datagram[] = [];
  /** What was sent before the path was ready. */
  readonly probes: readonly Datagram[];
  readonly asked: string[] = [];
  readonly settled: string[] = [];
  readonly path: DatagramPath;
  failure = '';
  isOpen = false;
  /** What the relay reports: at first the probe. */
  arrived: readonly NumberRange[] = [{ first: 0, last: 0 }];
  /** The first packet that it lacks. */
  next = 0n;

  constructor(takesDatagrams = true, isReached = true) {
    if (!isReached) this.arrived = [];
    const { world } = this.machine.login('root');
    const send = (bytes: Uint8Array): void => void this.sent.push(must(decodeDatagram(bytes)));
    const socket = { local: ADDRESS, remote: ADDRESS, send, close: () => undefined };
    const network: World['network'] = {
      ...world.network,
      connectUdp: (_address, _listener, onOutcome) => {
        world.clock.setTimer(1, () => onOutcome(ok(socket)));
        return { cancel: () => undefined };
      },
    };
    const replies: Record<string, () => object> = {
      'open-datagrams': () => ({ code: 10, token: TOKEN }),
      'datagram-status': () => ({ code: 10, arrived: this.arrived }),
      'abandon-packets': () => ({ code: 10, next: this.next }),
    };
    const control: PathControl = {
      ask: (type, _request, onReply) => {
        this.asked.push(type);
        const reply = replies[type]?.();
        world.clock.setTimer(1, () => onReply?.(reply as never));
      },
      fail: (_code, reason) => {
        this.failure = reason;
      },
    };
    this.path = new DatagramPath({ ...world, network }, ADDRESS);
    this.path.open(control, takesDatagrams, () => {
      this.isOpen = true;
    });
    this.pass(20);
    this.probes = this.sent.splice(0);
  }

  pass(ms: number): void {
    this.machine.run({ forMs: ms });
  }

  send(stream: bigint, sequence: bigint, byteLength: number): void {
    const onSettled = (isLost: boolean): void =>
      void this.settled.push(`${stream}.${sequence} ${isLost ? 'lost' : 'there'}`);
    const parts = [new Uint8Array(byteLength).fill(Number(sequence))];
    this.path.send({ stream, sequence, parts, onSettled });
  }

  /** The relay has all that was sent so far, but the first ones. */
  reportAll(but = 0): void {
    const first = this.sent[but]?.number ?? 0;
    this.arrived = [{ first, last: this.sent.at(-1)?.number ?? 0 }];
  }
}

describe('DatagramPath', () => {
  it('is one clear error with a relay that takes no datagrams', () => {
    const stage = new Stage(false);
    expect([stage.isOpen, stage.failure, stage.asked]).toEqual([
      false,
      'the relay takes packets over TCP alone: it does not know UDP data',
      [],
    ]);
  });

  it('is ready when a datagram without content has arrived', () => {
    const { isOpen, probes } = new Stage();
    expect([isOpen, probes.length, probes[0]?.packetBytes]).toEqual([true, 1, 0]);
  });

  it('sends that again, and is one clear error when none arrives', () => {
    const stage = new Stage(true, false);
    stage.pass(GIVE_UP_MS - 2000);
    expect([stage.isOpen, stage.failure]).toEqual([false, '']);
    expect(stage.sent.length).toBeGreaterThan(10);
    stage.pass(3000);
    expect(stage.failure).toBe('no datagram arrives at UDP port 5343 of 10.0.0.2');
    expect([stage.isOpen, stage.asked.includes('abandon-packets')]).toEqual([false, false]);
  });

  it('splits packets, and asks nothing when all have arrived', () => {
    const stage = new Stage();
    stage.send(1n, 0n, 2 * DATAGRAM_CONTENT_BYTES + 5);
    expect(stage.sent.map(({ offset, content }) => [offset, content.byteLength])).toEqual([
      [0, DATAGRAM_CONTENT_BYTES],
      [DATAGRAM_CONTENT_BYTES, DATAGRAM_CONTENT_BYTES],
      [2 * DATAGRAM_CONTENT_BYTES, 5],
    ]);
    expect(stage.sent.every(({ token }) => Buffer.from(token).equals(TOKEN))).toBe(true);
    stage.reportAll();
    stage.pass(20);
    expect([stage.settled, stage.path.pendingBytes]).toEqual([['1.0 there'], 0]);
    const { length } = stage.asked;
    stage.pass(5000);
    expect(stage.asked).toHaveLength(length);
  });

  it('sends no more than the window, and settles packets in order', () => {
    const stage = new Stage();
    stage.send(1n, 0n, 5 * DATAGRAM_CONTENT_BYTES);
    stage.send(1n, 1n, 40 * DATAGRAM_CONTENT_BYTES);
    expect(stage.sent).toHaveLength(CONGESTION_BYTES_FIRST / DATAGRAM_BYTES_MAX);
    // The first part is missing.
    for (let times = 0; times < 50; times++) {
      stage.reportAll(1);
      stage.pass(2);
    }
    const again = stage.sent.filter(({ sequence, offset }) => sequence === 0n && offset === 0);
    expect(again.length).toBeGreaterThan(1);
    expect(stage.settled).toEqual(['1.0 there', '1.1 there']);
  });

  it('gives up what did not arrive, after the relay has said what it has', () => {
    const stage = new Stage();
    for (const sequence of [0n, 1n, 2n]) stage.send(1n, sequence, 100);
    stage.send(2n, 0n, 100);
    stage.pass(GIVE_UP_MS - 500);
    expect(stage.settled).toEqual([]);
    stage.next = 1n;
    stage.pass(1500);
    expect(stage.settled).toEqual(['1.0 there', '1.1 lost', '1.2 lost', '2.0 there']);
    expect([stage.path.isHeld(1n), stage.path.pendingBytes]).toEqual([false, 0]);
    stage.next = 3n;
    stage.send(1n, 3n, 100);
    stage.reportAll();
    stage.pass(20);
    expect(stage.settled.at(-1)).toBe('1.3 there');
  });

  it('gives up a part that was sent again and again, while others arrive', () => {
    const stage = new Stage();
    stage.send(1n, 0n, 100);
    const bad = (): number => stage.sent.filter(({ stream }) => stream === 1n).length;
    for (let sequence = 0n; sequence < 500n && !stage.settled.includes('1.0 lost'); sequence++) {
      stage.send(2n, sequence, 100);
      stage.arrived = stage.sent.flatMap(({ stream, number }) =>
        stream === 2n ? [{ first: number, last: number }] : [],
      );
      stage.pass(5);
    }
    expect([stage.settled.includes('1.0 lost'), bad()]).toEqual([true, TRANSMISSIONS_MAX]);
  });

  it('sends nothing more of a stream that has ended', () => {
    const stage = new Stage();
    stage.send(1n, 0n, 100 * DATAGRAM_CONTENT_BYTES);
    const { length } = stage.sent;
    stage.path.forget(1n);
    stage.pass(5000);
    expect([stage.sent.length, stage.path.pendingBytes, stage.settled]).toEqual([length, 0, []]);
  });
});
