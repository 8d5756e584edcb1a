/**
 * Real hostile peers of a real registry: floods of connections, and peers that never read, that send byte by byte, or
 * that close at any point. In every test a client with a recording session and a traced application run beside them;
 * their missing replies are defects (R1.3, R1.5, R1.8).
 */
import { createConnection, type Socket } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { APP_HANDSHAKE_MS_MAX, CLIENT_LINKS_PER_USER_MAX } from '../../actors/sessiond/limits.ts';
import { PEER_LINES_MAX } from '../../src/effects/peer-log.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { decodeBody, encodeFrame, FrameParser } from '../../src/wire/frames.ts';
import { FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX } from '../../src/wire/limits.ts';
import { PROTOCOLS } from '../../src/wire/protocols.ts';
import { type Daemon, fuzzDaemon, openDaemon } from '../fuzz/daemon.ts';
import { total } from '../fuzz/tally.ts';

const MIB = 1024 * 1024;
const BATCH = 200;

let daemon: Daemon | undefined;
let sockets: Socket[] = [];
/** Durations of closed connections, milliseconds. */
let lives: number[] = [];

async function besiege(descriptorsMax?: number): Promise<Daemon> {
  daemon = await openDaemon(descriptorsMax);
  return daemon;
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  lives = [];
  const ended = daemon;
  daemon = undefined;
  await ended?.end();
  expect(ended?.tally.defects ?? []).toEqual([]);
});

/** Connects; undefined when the kernel rejects the connection because the backlog is full. */
async function connect(path: string): Promise<Socket | undefined> {
  const begunAt = performance.now();
  // The next test has its own list: connections of this test may close while that one runs.
  const ended = lives;
  const socket = createConnection(path);
  sockets.push(socket);
  return await new Promise((resolve) => {
    socket.once('connect', () => {
      socket.once('close', () => ended.push(performance.now() - begunAt));
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** Opens `count` connections, some at a time; retries each until the backlog accepts it. */
async function connectMany(path: string, count: number): Promise<Socket[]> {
  const made: Socket[] = [];
  while (made.length < count) {
    const batch = Math.min(BATCH, count - made.length);
    const tried = await Promise.all(Array.from({ length: batch }, () => connect(path)));
    for (const socket of tried) if (socket !== undefined) made.push(socket);
  }
  return made;
}

function frameOf(message: unknown): Uint8Array {
  const encoded = encodeFrame(message);
  if (!encoded.ok) throw new Error(encoded.error);
  return encoded.value;
}

const HELLO = frameOf({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
const HELLO_TO_APPS = frameOf({ type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 });

function isOpen(socket: Socket): boolean {
  return !socket.destroyed && !socket.readableEnded;
}

/** The messages that arrive on the socket from now on. */
function hear(socket: Socket, protocol: 'app.library' | 'control.client'): { type: string }[] {
  const parser = new FrameParser();
  const heard: { type: string }[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    for (const body of parser.push(bytes).bodies) {
      const message = decodeBody<{ type: string }>(body, PROTOCOLS[protocol].schema);
      if (message.ok) heard.push(message.value);
    }
  });
  return heard;
}

describe('a registry under siege', () => {
  it('survives hostile visits one after the other, and its memory does not grow', async () => {
    const { tally, rssBytesBefore, rssBytesAfter } = await fuzzDaemon(160, 7);
    expect(tally.defects).toEqual([]);
    expect(total(tally.sent)).toBeGreaterThan(300);
    expect(rssBytesAfter - rssBytesBefore).toBeLessThan(40 * MIB);
  });

  it('survives 10000 connections that come and go', async () => {
    const { sockets: places, openDescriptors, rssBytes, until } = await besiege();
    const descriptors = openDescriptors();
    const rss = rssBytes();
    for (let round = 0; round < 50; round++) {
      const made = await connectMany(round % 2 === 0 ? places.app : places.client, 200);
      for (const [index, socket] of made.entries()) {
        if (index % 2 === 0) socket.write(HELLO);
        if (index % 3 === 0) socket.end();
        else socket.destroy();
      }
    }
    await until('all are forgotten', () => openDescriptors() <= descriptors + 1);
    expect(rssBytes() - rss).toBeLessThan(160 * MIB);
  });

  it('serves beside 2000 connections that send nothing', async () => {
    const { sockets: places, tally, until } = await besiege();
    await connectMany(places.app, 2000);
    // When opening them takes longer than the allowed silence, the registry has closed the first ones; none earlier.
    expect(lives.filter((ms) => ms < APP_HANDSHAKE_MS_MAX)).toEqual([]);
    const answers = total(tally.friends);
    await until('the friend is answered', () => total(tally.friends) > answers + 10);
  });

  it("refuses connections above a user's limit, logs few lines, and accepts again after some close", async () => {
    const { sockets: places, log, openDescriptors, until } = await besiege();
    const descriptors = openDescriptors();
    const clients = await connectMany(places.client, CLIENT_LINKS_PER_USER_MAX + 100);
    const heard = clients.map((socket) => hear(socket, 'control.client'));
    // The friend and its consumer are connected already.
    await until(
      'as many as may are left',
      () => clients.filter(isOpen).length === CLIENT_LINKS_PER_USER_MAX - 2,
    );
    const refused = heard.flat().filter(({ type }) => type === 'refused');
    expect(refused).toEqual(new Array(102).fill(expect.objectContaining({ code: 'LIMIT' })));
    const lines = log().filter(({ event }) => event === 'registry.connectionRefused');
    expect(lines).toHaveLength(PEER_LINES_MAX);
    expect(lines[0]).toMatchObject({ uid: process.getuid?.() ?? 0, pid: process.pid });
    for (const socket of clients) socket.destroy();
    await until('all are forgotten', () => openDescriptors() <= descriptors + 1);
    const [again] = await connectMany(places.client, 1);
    if (again === undefined) throw new Error('not connected');
    const answers = hear(again, 'control.client');
    again.write(HELLO);
    await until('it serves', () => answers[0]?.type === 'welcome');
  });

  it('survives without free descriptors, and accepts again when some are free', async () => {
    const { sockets: places, until, friend, tally, log } = await besiege(80);
    const many = await connectMany(places.app, 300);
    for (const socket of many) socket.on('error', () => undefined).resume();
    await pass(500);
    const answers = total(tally.friends);
    await until('the friend is answered', () => total(tally.friends) > answers + 5);
    expect(friend.openRequests).toBeLessThanOrEqual(1);
    const shortage = log().filter(({ event }) => event === 'socket.descriptorsExhausted');
    expect(shortage).toHaveLength(1);
    for (const socket of many) socket.destroy();
    await until('there is room again', () => {
      const [last] = sockets.slice(-1);
      return last?.destroyed === true;
    });
    await pass(200);
    const [again] = await connectMany(places.client, 1);
    if (again === undefined) throw new Error('not connected');
    const heard = hear(again, 'control.client');
    again.write(HELLO);
    await until('it serves', () => heard[0]?.type === 'welcome');
  });

  it('cuts off a client that sends requests and never reads, with its pid in the log, within bounded memory', {
    timeout: 300_000,
  }, async () => {
    const { sockets: places, log, rssBytes, until } = await besiege();
    const rss = rssBytes();
    for (let round = 0; round < 10; round++) {
      const deaf = await connect(places.client);
      if (deaf === undefined) throw new Error('not connected');
      deaf.on('error', () => undefined).pause();
      deaf.write(HELLO);
      const request = { type: 'request', id: 1, operation: { op: 'session.list', from: 0 } };
      const requests = Buffer.concat(new Array<Uint8Array>(1000).fill(frameOf(request)));
      const cutOffs = (): number =>
        log().filter(({ reason }) => String(reason).includes('does not read')).length;
      const before = cutOffs();
      while (cutOffs() === before) {
        deaf.write(requests);
        await pass(20);
      }
      deaf.destroy();
    }
    const cut = log().find(({ reason }) => String(reason).includes(String(SEND_QUEUE_BYTES_MAX)));
    expect(cut).toMatchObject({ event: 'peer.cutOff', cause: 'overflow', pid: process.pid });
    // The heap settles near 150 MiB; ten retained queues would add 160 MiB.
    await until('memory is bounded', () => rssBytes() - rss < 256 * MIB);
  });

  it('reads a frame that comes byte by byte, while other peers receive replies at once', async () => {
    const { sockets: places, tally, until } = await besiege();
    const slow = await connect(places.client);
    if (slow === undefined) throw new Error('not connected');
    const heard = hear(slow, 'control.client');
    slow.setNoDelay(true);
    slow.write(HELLO);
    const patterns = new Array<string>(1000).fill('x'.repeat(250));
    const target = { kind: 'all' } as const;
    const request = frameOf({
      type: 'request',
      id: 1,
      operation: { op: 'event.enable', session: 'none', patterns, logLevelMax: 14, target },
    });
    expect(request.byteLength).toBeGreaterThan(FRAME_BYTES_MAX * 0.9);
    const answers = total(tally.friends);
    // Many writes of one byte each; the kernel may join some of them.
    for (let at = 0; at < request.byteLength; at++) {
      slow.write(request.subarray(at, at + 1));
      if (at % 4096 === 0) await pass(1);
    }
    await until('it is answered', () => heard[1]?.type === 'failure');
    expect(total(tally.friends)).toBeGreaterThan(answers + 3);
  });

  it('removes peers that disconnect at any byte of the handshake', async () => {
    const { sockets: places, openDescriptors, rssBytes, until } = await besiege();
    const descriptors = openDescriptors();
    const register = frameOf({
      type: 'register',
      token: '0123456789abcdef'.repeat(2),
      processName: 'vanishing',
      tid: 1,
    });
    for (const [path, words] of [
      [places.app, Buffer.concat([HELLO_TO_APPS, register])],
      [places.client, Buffer.concat([HELLO, frameOf({ type: 'attach', session: 'x'.repeat(36) })])],
    ] as const) {
      for (let length = 0; length <= words.length; length++) {
        const socket = await connect(path);
        socket?.on('error', () => undefined);
        socket?.end(words.subarray(0, length));
        socket?.destroySoon();
      }
    }
    await until('all are forgotten', () => openDescriptors() <= descriptors + 1);
    expect(rssBytes()).toBeLessThan(200 * MIB);
  });

  it('writes a bounded number of lines about many bad peers, and the number of omitted lines', async () => {
    const { sockets: places, log, until } = await besiege();
    const bad = await connectMany(places.app, 500);
    for (const socket of bad) {
      socket.on('error', () => undefined);
      socket.write(Buffer.alloc(64, 0xff));
    }
    await until('all are cut off', () => bad.every((socket) => socket.destroyed));
    const lines = log().filter(({ event }) => event === 'peer.cutOff');
    expect(lines).toHaveLength(PEER_LINES_MAX);
    await until('the rest is counted', () =>
      log().some(({ event, lines: left }) => event === 'peer.linesSuppressed' && left === 490),
    );
  });
});
