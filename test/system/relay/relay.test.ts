/**
 * The relay as a whole daemon on a simulated host (R3.5, R3.6): peers of another host stream to it, in any order that
 * the network allows; hostile ones are cut off, and others do not notice.
 */
import { describe, expect, it } from 'vitest';
import { NEGOTIATION_MS_MAX, SETTLE_MS_MAX } from '../../../actors/relayd/limits.ts';
import { QUIRKS } from '../../../sim/machine/core/quirks.ts';
import { REPLY_BYTES_MAX } from '../../../src/relay/limits.ts';
import { encodePacketHeader } from '../../../src/wire/relay/data-frames.ts';
import { encodeRequest } from '../../../src/wire/relay/requests.ts';
import { storedFiles } from '../../support/relay/relay-client.ts';
import { RelayStage, type StagedPeer } from '../../support/simulated/relay-stage.ts';

const SEEDS = [1, 2, 3, 4, 5];
const PACKETS = 12;
const ROTATED_AT = 7;
const NONE = 0xffff_ffff_ffff_ffffn;

const filled = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) =>
    (from + at + 1).toString(16).padStart(2, '0').repeat(8),
  ).join('');
const entries = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `${8 * at}:${from + at}`).join(' ');

/** Streams packets, rotates once in between, and ends as LTTng's session daemon does. */
function streamAll(peer: StagedPeer): void {
  for (let sequence = 0; sequence < PACKETS; sequence++) {
    peer.packet(sequence);
    expect(peer.index(sequence)).toBe(10);
    // The message comes when two packets of the new chunk have arrived.
    if (sequence === ROTATED_AT + 1) rotate(peer);
  }
  const lastSequence = BigInt(PACKETS - 1);
  const pending = { type: 'data-pending', stream: peer.stream, lastSequence } as const;
  for (let tries = 0; peer.ask(pending).code === 1; tries++) expect(tries).toBeLessThan(100);
  const positions = [{ stream: peer.stream, sequence: BigInt(PACKETS) }];
  peer.ask({ type: 'rotate-streams', positions });
  closeChunk(peer, 1n);
  peer.ask({ type: 'close-stream', stream: peer.stream, lastSequence });
  peer.control.connection.close();
  peer.data.connection.close();
}

function rotate(peer: StagedPeer): void {
  peer.ask({ type: 'create-chunk', chunk: 1n, createdAtSeconds: 1_767_225_601n });
  const positions = [{ stream: peer.stream, sequence: BigInt(ROTATED_AT) }];
  expect(peer.ask({ type: 'rotate-streams', newChunk: 1n, positions })).toEqual({ code: 10 });
  closeChunk(peer, 0n);
}

function closeChunk(peer: StagedPeer, chunk: bigint): void {
  const command = 'move-to-archives';
  peer.ask({ type: 'close-chunk', chunk, closedAtSeconds: 1_767_225_700n, command });
}

function wholeTrace(path: string): Record<string, string> {
  const first = `${path}/archives/20260101T000000+0000-20260101T000140+0000-0/ust`;
  const second = `${path}/archives/20260101T000001+0000-20260101T000140+0000-1/ust`;
  return {
    [`${first}/ch_0`]: filled(0, ROTATED_AT),
    [`${first}/index/ch_0.idx`]: entries(0, ROTATED_AT),
    [`${second}/ch_0`]: filled(ROTATED_AT, PACKETS),
    [`${second}/index/ch_0.idx`]: entries(ROTATED_AT, PACKETS),
  };
}

describe('a relay', () => {
  it.each(SEEDS)('stores what a peer streams, packet by packet (seed %i)', (seed) => {
    const stage = new RelayStage(seed, QUIRKS);
    const peer = stage.peer();
    streamAll(peer);
    stage.pass(SETTLE_MS_MAX);
    expect(storedFiles(stage.disk)).toEqual(wholeTrace(peer.path));
  });

  it('cuts off hostile peers only', () => {
    const stage = new RelayStage(1);
    const honest = stage.peer();
    const random = Uint8Array.from({ length: 4000 }, (_, at) => (at * 167 + 13) % 256);
    const unknown = { stream: 5n, sequence: 0n, contentBytes: 4, paddingBytes: 0 };
    const version = encodeRequest({ type: 'version', major: 2, minor: 13 }, 4);
    const bad = [
      ['control', random],
      ['data', encodePacketHeader(unknown)],
      ['data', random],
      ['control', encodeRequest({ type: 'streams-sent' }, 13)],
      ['control', Buffer.concat([version, version])],
      [
        'control',
        Buffer.concat([
          version,
          encodeRequest({ type: 'chunk-exists', chunk: 0n }, 13).subarray(0, 20),
          random,
        ]),
      ],
    ] as const;
    for (const [to, bytes] of bad) {
      const connection = stage.connect(to);
      connection.connection.send(bytes);
      stage.pass(8000);
      expect(connection.reason).not.toBe('');
    }
    // It knows the handle of the stream, but the stream is of another connection.
    const thief = stage.peer(4n);
    const close = { type: 'close-stream', stream: honest.stream, lastSequence: NONE } as const;
    expect(thief.ask(close)).toEqual({ code: 11 });
    streamAll(honest);
    stage.pass(SETTLE_MS_MAX);
    expect(storedFiles(stage.disk)).toMatchObject(wholeTrace(honest.path));
  });

  it('cuts off a peer that says nothing, and one that does not read', () => {
    const stage = new RelayStage(2);
    const silent = stage.connect('control');
    stage.pass(NEGOTIATION_MS_MAX + 1000);
    expect(silent.reason).not.toBe('');
    const deaf = stage.peer();
    deaf.control.connection.pause();
    const replies = Math.ceil((20 * REPLY_BYTES_MAX) / 12);
    const request = encodeRequest({ type: 'get-configuration' }, 13);
    const many = Buffer.concat(Array.from({ length: 1000 }, () => request));
    for (let sent = 0; sent < replies; sent += 1000) {
      deaf.control.connection.send(many);
      stage.pass(20);
    }
    stage.pass(SETTLE_MS_MAX);
    expect(stage.store.log.map(({ event }) => event)).toContain('peer.cutOff');
  });

  it('takes a half packet back, and gives up what a peer promised', () => {
    const stage = new RelayStage(3);
    const peer = stage.peer();
    peer.packet(0);
    expect(peer.index(0)).toBe(10);
    const half = { stream: peer.stream, sequence: 1n, contentBytes: 8, paddingBytes: 0 };
    peer.data.connection.send(encodePacketHeader(half));
    peer.data.connection.send(Uint8Array.of(9));
    peer.ask({ type: 'close-stream', stream: peer.stream, lastSequence: 1n });
    stage.pass(500);
    peer.data.connection.drop();
    peer.control.connection.close();
    stage.pass(2 * SETTLE_MS_MAX);
    expect(storedFiles(stage.disk)).toEqual({
      [`${peer.path}/ust/ch_0`]: filled(0, 1),
      [`${peer.path}/ust/index/ch_0.idx`]: '0:0',
    });
    expect(stage.store.log.map(({ event }) => event)).toContain('relay.sessionAbandoned');
  });

  it('keeps whole packets only when the disk is full, and goes on afterwards', () => {
    const stage = new RelayStage(4);
    const [first, second] = [stage.peer(), stage.peer(4n)];
    first.packet(0);
    expect(first.index(0)).toBe(10);
    stage.store.setFileFault((call) => (call === 'files.append' ? 'ENOSPC' : undefined));
    first.packet(1);
    stage.pass(1000);
    expect(first.data.reason).not.toBe('');
    stage.store.setFileFault(undefined);
    streamAll(second);
    stage.pass(SETTLE_MS_MAX);
    expect(storedFiles(stage.disk)).toEqual({
      [`${first.path}/ust/ch_0`]: filled(0, 1),
      [`${first.path}/ust/index/ch_0.idx`]: '0:0',
      ...wholeTrace(second.path),
    });
  });

  it('ends on SIGTERM when its connections are closed', () => {
    const stage = new RelayStage(5);
    const peer = stage.peer();
    peer.packet(0);
    stage.pass(500);
    stage.store.signal(stage.relayPid, 'SIGTERM');
    stage.pass(3 * SETTLE_MS_MAX);
    expect(stage.store.process(stage.relayPid)?.exit).toEqual({ code: 0 });
    expect(storedFiles(stage.disk)).toEqual({ [`${peer.path}/ust/ch_0`]: filled(0, 1) });
  });
});
