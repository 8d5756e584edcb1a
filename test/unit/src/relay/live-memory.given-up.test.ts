/** Packets that a relay gives up while they arrive: their connections, which send on, get one sentence. */
import { beforeEach, expect, it } from 'vitest';
import { LiveMemory } from '../../../../src/relay/live-memory.ts';
import type { RelayStore } from '../../../../src/relay/store.ts';
import { encodePacketHeader } from '../../../../src/wire/relay/data-frames.ts';
import {
  aliceMachine,
  createSession,
  openStore,
  RelayPeer,
} from '../../../support/relay/relay-client.ts';

const LIVE = { ...createSession, liveTimerUs: 1_000_000 } as const;
const BYTES = 1000;
const GIVEN_UP = 'sends the rest of a packet that the relay has given up';

let store: RelayStore;
let peer: RelayPeer;
beforeEach(() => {
  const { world } = aliceMachine().login('alice');
  store = openStore(world, { liveMemory: new LiveMemory(64 * 1024) });
  peer = new RelayPeer(store, 13);
  peer.ask(LIVE);
  peer.chunk(0n);
});

/** Sends the header and the first byte of a packet. */
function begin(channel: string) {
  const stream = peer.stream({ channel });
  const connection = new RelayPeer(store);
  const header = { stream, sequence: 0n, contentBytes: BYTES, paddingBytes: 0 };
  const first = [encodePacketHeader(header), Uint8Array.of(1)] as const;
  connection.send(...first);
  return {
    stream,
    sendRest: () => connection.send(new Uint8Array(BYTES - 1)),
    sendAgain: () => new RelayPeer(store).send(...first),
  };
}

it('a rotation that finds no room for a part of a packet', () => {
  const all = Array.from({ length: 50 }, (_, at) => begin(`c${at}`));
  peer.chunk(1n);
  const refused = all.filter(({ stream }) => {
    const positions = [{ stream, sequence: 0n }];
    return peer.ask({ type: 'rotate-streams', newChunk: 1n, positions }).code !== 10;
  });
  expect(refused.length).toBeGreaterThan(0);
  for (const { sendRest, sendAgain } of refused) {
    expect(sendAgain()).toContain('of which one is arriving');
    expect(sendRest()).toContain(GIVEN_UP);
  }
});

it('a session that was abandoned', () => {
  const { sendRest } = begin('c');
  peer.endControl();
  peer.abandon();
  expect(sendRest()).toContain(GIVEN_UP);
});
