/** Conformance scripts: the bytes of TCP connections over the loopback addresses, and their ends. */
import type { TcpConnection } from '../../../src/port/network.ts';
import { CLOSE_LINGER_MS } from '../../../src/port/unix-sockets.ts';
import { bytesOf, type ConformanceScript, single } from '../stage.ts';
import { Recorder } from './peers.ts';
import { connected, endBoth, yes } from './tcp-peers.ts';

/** More bytes than the kernels of both ends buffer for one connection. */
const TOO_MUCH_BYTES = 8_000_000;
/** What one call of `send` gets of them. */
const CHUNK_BYTES = 500_000;
const LARGE_BYTES = 1_500_000;

/** Counts the bytes that arrive, and checks that each is the one that {@link patternAt} sent. */
class Checker {
  count = 0;
  isRight = true;
  reason = '';

  onData(bytes: Uint8Array): void {
    for (const byte of bytes) this.isRight = this.isRight && byte === patternAt(this.count++);
  }

  onClose(reason: string): void {
    this.reason = reason;
  }
}

/** Counts the bytes that arrive, and pauses when there are more than enough. */
class Pausing {
  count = 0;
  isOver = false;
  pausesAt = CHUNK_BYTES;
  readonly #connection: TcpConnection;

  constructor(connection: TcpConnection) {
    this.#connection = connection;
  }

  onData(bytes: Uint8Array): void {
    this.count += bytes.length;
    if (this.count > this.pausesAt) this.#connection.pause();
  }

  onClose(): void {
    this.isOver = true;
  }
}

/** Sends {@link TOO_MUCH_BYTES}. */
function sendMuch(connection: TcpConnection): void {
  for (let sent = 0; sent < TOO_MUCH_BYTES; sent += CHUNK_BYTES) {
    connection.send(new Uint8Array(CHUNK_BYTES));
  }
}

function patternAt(index: number): number {
  return (index * 31 + (index >>> 8)) & 0xff;
}

function pattern(from: number, byteLength: number): Uint8Array {
  return new Uint8Array(byteLength).map((_, index) => patternAt(from + index));
}

const bytes: readonly ConformanceScript[] = [
  single(
    'TcpConnection carries bytes in order, both ways at once, from start() on',
    ['at the server: 1500000 right', 'at the client: 1500000 right', 'ends: ended local'],
    async (stage) => {
      const pair = await connected(stage);
      const { client, server } = pair;
      const [atClient, atServer] = [new Checker(), new Checker()];
      for (let from = 0; from < LARGE_BYTES; from += CHUNK_BYTES) {
        const chunk = pattern(from, CHUNK_BYTES);
        client.send(chunk);
        server.send(chunk);
        // The caller may reuse the array as soon as send() has returned.
        chunk.fill(0);
      }
      client.start(atClient);
      server.start(atServer);
      const isDone = (): boolean => atServer.count + atClient.count >= 2 * LARGE_BYTES;
      await stage.until('all arrived', isDone);
      stage.say(`at the server: ${atServer.count} ${atServer.isRight ? 'right' : 'wrong'}`);
      stage.say(`at the client: ${atClient.count} ${atClient.isRight ? 'right' : 'wrong'}`);
      client.close();
      await stage.until('both ended', () => atClient.reason !== '' && atServer.reason !== '');
      stage.say(`ends: ${atServer.reason} ${atClient.reason}`);
      await endBoth(stage, pair);
    },
  ),
  single(
    'TcpConnection.pause() holds the peer up, and resume() lets it go on',
    ['paused: nothing', 'pending: yes', 'paused again: nothing', 'pending less: yes'],
    async (stage) => {
      const pair = await connected(stage);
      const { client, server } = pair;
      const atServer = new Pausing(server);
      server.pause();
      server.start(atServer);
      sendMuch(client);
      await stage.pass(50);
      const pending = client.pendingBytes;
      stage.say(`paused: ${atServer.count === 0 ? 'nothing' : atServer.count}`);
      stage.say(`pending: ${yes(pending > 0)}`);
      server.resume();
      await stage.until('some arrived', () => atServer.count > CHUNK_BYTES);
      const { count } = atServer;
      await stage.pass(50);
      stage.say(`paused again: ${atServer.count === count ? 'nothing' : atServer.count - count}`);
      stage.say(`pending less: ${yes(client.pendingBytes < pending)}`);
      atServer.pausesAt = TOO_MUCH_BYTES;
      server.resume();
      await stage.until('more arrived', () => atServer.count > count);
      await endBoth(stage, pair);
    },
  ),
];

const ends: readonly ConformanceScript[] = [
  single(
    'TcpConnection.close() lets the peer read everything, though it sends meanwhile',
    ['got: 1500000 right', 'reader: ended', 'closer: local', 'after close: nothing'],
    async (stage) => {
      const pair = await connected(stage);
      const { client, server } = pair;
      const [atClient, atServer] = [new Recorder(client), new Checker()];
      client.send(pattern(0, LARGE_BYTES));
      client.close();
      client.close();
      client.send(bytesOf('too late'));
      for (let count = 0; count < 20; count += 1) server.send(new Uint8Array(CHUNK_BYTES / 10));
      server.start(atServer);
      await stage.until('both ended', () => atServer.reason !== '' && atClient.closed);
      stage.say(`got: ${atServer.count} ${atServer.isRight ? 'right' : 'wrong'}`);
      stage.say(`reader: ${atServer.reason}`);
      stage.say(`closer: ${atClient.reasons}`);
      stage.say(`after close: ${atClient.text === '' ? 'nothing' : 'something'}`);
      await endBoth(stage, pair);
    },
  ),
  {
    ...single(
      'TcpConnection.close() waits CLOSE_LINGER_MS for a peer that does not read, no longer',
      ['before: open', 'closer: local', 'got all: no'],
      async (stage) => {
        const pair = await connected(stage);
        const { client, server } = pair;
        sendMuch(client);
        const atClient = new Recorder(client);
        client.close();
        await stage.pass(CLOSE_LINGER_MS - 2_000);
        stage.say(`before: ${atClient.closed ? 'closed' : 'open'}`);
        await stage.until('we gave up', () => atClient.closed);
        stage.say(`closer: ${atClient.reasons}`);
        const atServer = new Pausing(server);
        atServer.pausesAt = TOO_MUCH_BYTES;
        server.start(atServer);
        await stage.until('the end', () => atServer.isOver);
        stage.say(`got all: ${yes(atServer.count === TOO_MUCH_BYTES)}`);
        await endBoth(stage, pair);
      },
    ),
    mostlyWaits: true,
  },
  single(
    'TcpConnection.drop() resets the connection, also while close() waits',
    ['dropper: local', 'its peer: reset', 'closed first: local', 'pending: 0', 'its peer: over'],
    async (stage) => {
      const idle = await connected(stage);
      const [atClient, atServer] = [new Recorder(idle.client), new Recorder(idle.server)];
      idle.client.drop();
      await stage.until('both ends', () => atClient.closed && atServer.closed);
      stage.say(`dropper: ${atClient.reasons}`);
      stage.say(`its peer: ${atServer.reasons}`);
      await endBoth(stage, idle);
      const busy = await connected(stage);
      const [closing, reading] = [new Recorder(busy.client), new Recorder(busy.server)];
      busy.server.pause();
      sendMuch(busy.client);
      busy.client.close();
      busy.client.drop();
      busy.client.drop();
      await stage.until('our end', () => closing.closed);
      stage.say(`closed first: ${closing.reasons}`);
      stage.say(`pending: ${busy.client.pendingBytes}`);
      busy.server.resume();
      // With unread bytes the reset may look like an end.
      await stage.until('the other end', () => reading.closed);
      stage.say(
        `its peer: ${/^(?:ended|reset)$/.test(reading.reasons) ? 'over' : reading.reasons}`,
      );
      await endBoth(stage, busy);
    },
  ),
  single(
    'TcpConnection: the peer ends after its last bytes, and later sends do nothing',
    ['got: goodbye', 'ended: ended', 'pending: 0', 'the peer: local'],
    async (stage) => {
      const pair = await connected(stage);
      const { client, server } = pair;
      const atServer = new Recorder(server);
      server.send(bytesOf('good'), bytesOf(''), bytesOf('bye'));
      server.close();
      await stage.pass(10);
      const atClient = new Recorder(client);
      await stage.until('the client saw the end', () => atClient.closed);
      client.send(bytesOf('question'));
      stage.say(`got: ${atClient.text}`);
      stage.say(`ended: ${atClient.reasons}`);
      stage.say(`pending: ${client.pendingBytes}`);
      await stage.until('the server is gone', () => atServer.closed);
      stage.say(`the peer: ${atServer.reasons}`);
      await endBoth(stage, pair);
    },
  ),
  single(
    'TcpListener.close() leaves accepted connections alone',
    ['got: still here', 'second start: refused'],
    async (stage) => {
      const pair = await connected(stage);
      pair.listener.close();
      const atServer = new Recorder(pair.server);
      pair.client.send(bytesOf('still here'));
      await stage.until('it arrived', () => atServer.text.length === 10);
      stage.say(`got: ${atServer.text}`);
      try {
        pair.server.start(atServer);
        stage.say('second start: taken');
      } catch {
        stage.say('second start: refused');
      }
      await endBoth(stage, pair);
    },
  ),
];

export const tcpScripts: readonly ConformanceScript[] = [...bytes, ...ends];
