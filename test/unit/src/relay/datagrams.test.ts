/** Datagrams at a relay: whose they are, what is dropped, and how much is kept. */
import { describe, expect, it } from 'vitest';
import {
  ASSEMBLY_BYTES_IN_ALL_MAX,
  ASSEMBLY_BYTES_MAX,
  ASSEMBLY_IDLE_MS_MAX,
} from '../../../../src/relay/limits.ts';
import { DATAGRAM_CONTENT_BYTES, encodeDatagram } from '../../../../src/wire/relay/datagram.ts';
import { DATAGRAM_PACKET_BYTES_MAX } from '../../../../src/wire/relay/limits.ts';
import {
  aliceMachine,
  createSession,
  openStore,
  RelayPeer,
  storedFiles,
} from '../../../support/relay/relay-client.ts';

const FILE = 'box/web-20260101-000000/ust/uid/1000/64-bit/ch_0';

function stage() {
  const machine = aliceMachine();
  const { world } = machine.login('alice');
  const store = openStore(world);
  store.datagrams.isOpen = true;
  const begin = (sessionId: bigint) => {
    const peer = new RelayPeer(store);
    const { origin } = createSession;
    peer.ask({ ...createSession, origin: { ...origin, sessionId } });
    peer.chunk(0n);
    const stream = peer.stream();
    const { token } = peer.ask({ type: 'open-datagrams' });
    let number = 0;
    const send = (fields: {
      sequence?: number;
      packetBytes?: number;
      fill?: number;
      stream?: bigint;
    }) => {
      const { sequence = 0, packetBytes = 8, fill = 1 } = fields;
      const content = new Uint8Array(Math.min(packetBytes, DATAGRAM_CONTENT_BYTES)).fill(fill);
      const at = {
        stream: fields.stream ?? stream,
        sequence: BigInt(sequence),
        packetBytes,
        offset: 0,
      };
      return store.datagrams.receive(encodeDatagram({ token, number: number++, ...at, content }));
    };
    return { peer, stream, token, send };
  };
  return { machine, world, store, begin };
}

describe('Datagrams', () => {
  it('are announced and taken only when there is a socket for them', () => {
    const { store, begin } = stage();
    const { peer } = begin(1n);
    expect(peer.ask({ type: 'get-configuration' }).extensions).toContain('datagrams');
    expect(peer.answer({ type: 'open-datagrams' }).refusal).toBe(
      'the session sends datagrams already',
    );
    store.datagrams.isOpen = false;
    const other = new RelayPeer(store);
    expect(other.ask({ type: 'get-configuration' }).extensions).not.toContain('datagrams');
    expect(other.answer({ type: 'open-datagrams' }).refusal).toBe('this relay takes no datagrams');
    for (const type of ['datagram-status', 'abandon-packets', 'replace-packet'] as const) {
      const fields = {
        stream: 1n,
        last: 1n,
        sequence: 1n,
        settledBelow: 0,
        content: new Uint8Array(0),
      };
      expect(other.answer({ type, ...fields }).refusal).toBe('the session sends no datagrams');
    }
  });

  it('reach streams of their own session alone', () => {
    const { world, store, begin } = stage();
    const [mine, theirs] = [begin(1n), begin(2n)];
    expect(theirs.send({ stream: mine.stream })).toBe('stream: is none of the session');
    const part = { stream: mine.stream, sequence: 0n, packetBytes: 8, offset: 0 };
    const forged = { ...part, token: new Uint8Array(16), number: 0, content: new Uint8Array(8) };
    expect(store.datagrams.receive(encodeDatagram(forged))).toBe('token: is that of no session');
    expect(store.datagrams.receive(new Uint8Array(60))).toBe('is no datagram of a packet');
    expect(mine.send({ fill: 5 })).toBeUndefined();
    expect(storedFiles(world)[FILE]).toBe('05'.repeat(8));
    mine.peer.endControl();
    mine.peer.abandon();
    expect(mine.send({ sequence: 1 })).toBe('token: is that of no session');
  });

  it('that have arrived are reported, without those for which there was no room', () => {
    const { store, begin } = stage();
    const { peer, send } = begin(1n);
    const whole = ASSEMBLY_BYTES_MAX / DATAGRAM_PACKET_BYTES_MAX;
    for (let sequence = 1; sequence <= whole; sequence++) {
      expect(send({ sequence, packetBytes: DATAGRAM_PACKET_BYTES_MAX })).toBeUndefined();
    }
    expect(store.datagrams.heldBytes).toBe(ASSEMBLY_BYTES_MAX);
    expect(send({ sequence: whole + 1 })).toBeUndefined();
    const { arrived } = peer.ask({ type: 'datagram-status', settledBelow: 0 });
    expect(arrived).toEqual([{ first: 0, last: whole - 1 }]);
    expect(peer.ask({ type: 'datagram-status', settledBelow: 3 }).arrived).toEqual([
      { first: 3, last: whole - 1 },
    ]);
    peer.endControl();
    peer.abandon();
    expect(store.datagrams.heldBytes).toBe(0);
  });

  it('without content are reported, and change nothing else', () => {
    const { world, store, begin } = stage();
    const { peer, send } = begin(1n);
    expect(send({ packetBytes: 0, stream: 0n })).toBeUndefined();
    const { arrived } = peer.ask({ type: 'datagram-status', settledBelow: 0 });
    expect([arrived, store.datagrams.heldBytes]).toEqual([[{ first: 0, last: 0 }], 0]);
    expect(send({ sequence: 0, fill: 5 })).toBeUndefined();
    expect(storedFiles(world)[FILE]).toBe('05'.repeat(8));
  });

  it('of a silent session give way when all have too many bytes', () => {
    const { machine, store, begin } = stage();
    const fill = (sessionId: bigint) => {
      const one = begin(sessionId);
      for (let at = 1; at <= ASSEMBLY_BYTES_MAX / DATAGRAM_PACKET_BYTES_MAX; at++) {
        one.send({ sequence: at, packetBytes: DATAGRAM_PACKET_BYTES_MAX });
      }
      return one;
    };
    const all = ASSEMBLY_BYTES_IN_ALL_MAX / ASSEMBLY_BYTES_MAX;
    const silent = Array.from({ length: all }, (_, at) => fill(BigInt(at)));
    expect(store.datagrams.heldBytes).toBe(ASSEMBLY_BYTES_IN_ALL_MAX);
    const next = begin(99n);
    next.send({ sequence: 1 });
    expect(silent.map(({ peer }) => peer.broken)).toEqual(silent.map(() => undefined));
    machine.run({ forMs: ASSEMBLY_IDLE_MS_MAX + 10 });
    next.send({ sequence: 1 });
    expect(silent.map(({ peer }) => peer.broken)).toEqual(
      silent.map(() => 'does not complete the packets that it has begun'),
    );
    expect(store.datagrams.heldBytes).toBe(8);
  });

  it('for which the stream has no use are a reason to cut the peer off', () => {
    const { begin } = stage();
    const { peer, stream, send } = begin(1n);
    peer.packet(stream, 0, 1);
    expect(peer.broken).toBeUndefined();
    send({ sequence: 0 });
    expect(peer.broken).toBe('sends packet 0, and 1 is the next one');
  });
});
