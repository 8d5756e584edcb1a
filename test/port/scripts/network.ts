/** Conformance scripts: TCP connections over the loopback addresses, and names. */
import {
  type TcpAddress,
  type TcpConnection,
  type TcpListener,
} from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import { CLOSE_LINGER_MS } from '../../../src/port/unix-sockets.ts';
import { bytesOf, type ConformanceScript, must, outcome, type Stage, single } from '../stage.ts';
import { Recorder } from './peers.ts';

const HOST = '127.0.0.1';
/** More bytes than the kernels of both ends buffer for one connection. */
const TOO_MUCH_BYTES = 8_000_000;
/** What one call of `send` gets of them. */
const CHUNK_BYTES = 500_000;
const LARGE_BYTES = 1_500_000;

/** Listens; the outcome, which comes later. */
async function listenAt(
  stage: Stage,
  address: TcpAddress,
  onConnection: (connection: TcpConnection) => void = (connection) => connection.drop(),
): Promise<OsResult<TcpListener>> {
  const outcomes: OsResult<TcpListener>[] = [];
  stage.world.network.listen(address, onConnection, (made) => outcomes.push(made));
  return only(stage, 'it listens, or not', outcomes);
}

async function connectTo(stage: Stage, address: TcpAddress): Promise<OsResult<TcpConnection>> {
  const outcomes: OsResult<TcpConnection>[] = [];
  stage.world.network.connect(address, (made) => outcomes.push(made));
  return only(stage, 'it is connected, or not', outcomes);
}

async function resolve(stage: Stage, name: string): Promise<OsResult<readonly string[]>> {
  const outcomes: OsResult<readonly string[]>[] = [];
  stage.world.network.resolve(name, (found) => outcomes.push(found));
  return only(stage, `${name} is looked up`, outcomes);
}

/** The first outcome: none may be there before time passes. */
async function only<T>(stage: Stage, what: string, outcomes: readonly T[]): Promise<T> {
  if (outcomes.length > 0) throw new Error('The outcome came from inside the call');
  await stage.until(what, () => outcomes.length > 0);
  return outcomes[0] as T;
}

interface Pair {
  readonly client: TcpConnection;
  readonly server: TcpConnection;
  readonly listener: TcpListener;
}

/** Two connected ends, not started. */
async function connected(stage: Stage, host = HOST): Promise<Pair> {
  const accepted: TcpConnection[] = [];
  const listening = await listenAt(stage, { host, port: 0 }, (end) => accepted.push(end));
  const listener = must(listening);
  const client = must(await connectTo(stage, listener.address));
  await stage.until('the server has its end', () => accepted.length > 0);
  const [server] = accepted;
  if (server === undefined) throw new Error('Not connected');
  return { client, server, listener };
}

async function endBoth(stage: Stage, { client, server, listener }: Pair): Promise<void> {
  listener.close();
  client.drop();
  server.drop();
  await stage.pass(10);
}

function text({ host, port }: TcpAddress): string {
  return `${host} ${port}`;
}

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}

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

const setUp: readonly ConformanceScript[] = [
  single(
    'network.listen() and connect() work with both families, and each end knows both addresses',
    [
      '127.0.0.1: chosen yes, accepted yes, addresses match yes',
      '::1: chosen yes, accepted yes, addresses match yes',
    ],
    async (stage) => {
      for (const host of [HOST, '::1']) {
        const pair = await connected(stage, host);
        const { client, server, listener } = pair;
        const matches =
          text(client.local) === text(server.remote) &&
          text(client.remote) === text(server.local) &&
          text(client.remote) === text(listener.address) &&
          client.local.host === host;
        const chosen = yes(listener.address.port > 1023);
        stage.say(`${host}: chosen ${chosen}, accepted yes, addresses match ${yes(matches)}`);
        await endBoth(stage, pair);
      }
    },
  ),
  single(
    'network.listen() tells later why it cannot',
    [
      'the same: EADDRINUSE',
      'all of the family: EADDRINUSE',
      'the other family: ok',
      'not of this host: EADDRNOTAVAIL',
      'a name: EINVAL',
      'a zone: EINVAL',
      'a port too large: EINVAL',
      'after close: ok',
    ],
    async (stage) => {
      const first = must(await listenAt(stage, { host: HOST, port: 0 }));
      const { port } = first.address;
      const say = async (label: string, address: TcpAddress): Promise<void> => {
        const made = await listenAt(stage, address);
        stage.say(`${label}: ${outcome(made)}`);
        if (made.ok) made.value.close();
        await stage.pass(2);
      };
      await say('the same', { host: HOST, port });
      await say('all of the family', { host: '0.0.0.0', port });
      await say('the other family', { host: '::', port });
      await say('not of this host', { host: '198.51.100.7', port: 0 });
      await say('a name', { host: 'localhost', port: 0 });
      await say('a zone', { host: '::1%lo', port: 0 });
      await say('a port too large', { host: HOST, port: 65_536 });
      first.close();
      await stage.pass(10);
      await say('after close', { host: HOST, port });
    },
  ),
  single(
    'network.connect() tells later why it cannot',
    [
      'nobody listens: ECONNREFUSED',
      'the other family: ECONNREFUSED',
      'a name: EINVAL',
      'a port below 0: EINVAL',
      'after close: ECONNREFUSED',
    ],
    async (stage) => {
      const listener = must(await listenAt(stage, { host: '::', port: 0 }));
      const { port } = listener.address;
      const say = async (label: string, address: TcpAddress): Promise<void> => {
        const made = await connectTo(stage, address);
        stage.say(`${label}: ${outcome(made)}`);
        if (made.ok) made.value.drop();
      };
      await say('nobody listens', { host: HOST, port: 1 });
      await say('the other family', { host: HOST, port });
      await say('a name', { host: 'localhost', port });
      await say('a port below 0', { host: HOST, port: -1 });
      listener.close();
      await stage.pass(10);
      await say('after close', { host: '::1', port });
    },
  ),
  single(
    'Pending.cancel(): no outcome is reported, and nothing is left',
    ['outcomes: 0', 'accepted: 0 alive', 'port: free'],
    async (stage) => {
      const { network } = stage.world;
      const ends: Recorder[] = [];
      const onConnection = (end: TcpConnection): void => void ends.push(new Recorder(end));
      const listener = must(await listenAt(stage, { host: HOST, port: 0 }, onConnection));
      const { port } = must(await listenAt(stage, { host: '::1', port: 0 })).address;
      let outcomes = 0;
      const count = (): void => void (outcomes += 1);
      const pending = [
        network.connect(listener.address, count),
        network.connect({ host: HOST, port: 1 }, count),
        network.connect({ host: 'nothing', port: 1 }, count),
        network.listen({ host: HOST, port }, () => {}, count),
        network.listen(listener.address, () => {}, count),
        network.resolve('localhost', count),
        network.resolve('', count),
      ];
      for (const each of pending) each.cancel();
      for (const each of pending) each.cancel();
      await stage.pass(100);
      await stage.until('all ends are closed', () => ends.every(({ closed }) => closed));
      stage.say(`outcomes: ${outcomes}`);
      stage.say(`accepted: ${ends.filter(({ closed }) => !closed).length} alive`);
      const again = await listenAt(stage, { host: HOST, port });
      stage.say(`port: ${again.ok ? 'free' : again.error.code}`);
      listener.close();
    },
  ),
  single(
    'network.resolve() finds names and numbers, and says what it does not find',
    [
      'localhost: loopback',
      '192.0.2.1: 192.0.2.1',
      '2001:db8::1: 2001:db8::1',
      'nowhere.invalid: no addresses',
      'no name: ENOTFOUND',
      'zero byte: ENOTFOUND',
    ],
    async (stage) => {
      const own = must(await resolve(stage, 'localhost'));
      const isLoopback = own.length > 0 && own.every((host) => host === HOST || host === '::1');
      stage.say(`localhost: ${isLoopback ? 'loopback' : own.join(' ')}`);
      for (const number of ['192.0.2.1', '2001:db8::1']) {
        stage.say(`${number}: ${must(await resolve(stage, number)).join(' ')}`);
      }
      // Without a server of names the answer is that it did not answer.
      const nowhere = outcome(await resolve(stage, 'nowhere.invalid'));
      const isNone = nowhere === 'ENOTFOUND' || nowhere === 'EAI_AGAIN';
      stage.say(`nowhere.invalid: ${isNone ? 'no addresses' : nowhere}`);
      stage.say(`no name: ${outcome(await resolve(stage, ''))}`);
      stage.say(`zero byte: ${outcome(await resolve(stage, 'local\0host'))}`);
    },
  ),
];

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
      server.send(bytesOf('goodbye'));
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

export const networkScripts: readonly ConformanceScript[] = [...setUp, ...bytes, ...ends];
