/** Conformance scripts: Unix stream sockets, but for gifts (`gifts.ts`). */
import type { Connection, OsResult, UnixListener } from '../../../src/port/world.ts';
import {
  type Bench,
  bytesOf,
  type ConformanceScript,
  kept,
  must,
  octal,
  outcome,
  single,
} from '../bench.ts';
import { connected, Recorder } from './peers.ts';

/** The port's longest socket path. */
const SOCKET_PATH_BYTES_MAX = 107;

async function sayConnect(bench: Bench, label: string, path: string): Promise<void> {
  const outcomes: OsResult<Connection>[] = [];
  bench.world.unix.connect(path, {}, (result) => outcomes.push(result));
  const inside = outcomes.length;
  await bench.until(`${label}: an outcome`, () => outcomes.length > 0);
  const [first] = outcomes;
  if (first?.ok === true) first.value.close();
  bench.say(
    `${label}: ${first === undefined ? 'none' : outcome(first)}${inside > 0 ? ' inside' : ''}`,
  );
}

export const unixScripts: readonly ConformanceScript[] = [
  single(
    'unix.connect() tells later why it cannot',
    [
      'nothing there: ENOENT',
      'no directory: ENOENT',
      'a plain file: ECONNREFUSED',
      'through a file: ENOTDIR',
      'path of 108 bytes: ENAMETOOLONG',
      'listener closed: ENOENT',
    ],
    async (bench) => {
      const { directory, world } = bench;
      await sayConnect(bench, 'nothing there', `${directory}/s`);
      await sayConnect(bench, 'no directory', `${directory}/no/s`);
      must(world.files.open(`${directory}/f`, 'create')).close();
      await sayConnect(bench, 'a plain file', `${directory}/f`);
      await sayConnect(bench, 'through a file', `${directory}/f/s`);
      const long = `${directory}/`.padEnd(SOCKET_PATH_BYTES_MAX + 1, 'x');
      await sayConnect(bench, 'path of 108 bytes', long);
      must(world.unix.listen(`${directory}/s`, { mode: 0o600 }, () => {})).close();
      await sayConnect(bench, 'listener closed', `${directory}/s`);
    },
  ),
  single(
    'unix.listen() makes a socket with exactly the mode, and removes it at close()',
    [
      'info: socket 0666',
      'again: EADDRINUSE',
      'over a file: EADDRINUSE',
      'in no directory: ENOENT',
      'path of 107 bytes: ok',
      'path of 108 bytes: ENAMETOOLONG',
      'after close: ENOENT',
      'once more: ok',
    ],
    async ({ world: { files, unix }, directory, say }) => {
      const path = `${directory}/s`;
      const listen = (at: string): OsResult<UnixListener> =>
        unix.listen(at, { mode: 0o666 }, () => {});
      const listener = must(listen(path));
      const { kind, mode } = must(files.info(path));
      say(`info: ${kind} ${octal(mode)}`);
      say(`again: ${outcome(listen(path))}`);
      must(files.open(`${directory}/f`, 'create')).close();
      say(`over a file: ${outcome(listen(`${directory}/f`))}`);
      say(`in no directory: ${outcome(listen(`${directory}/no/s`))}`);
      const longest = listen(`${directory}/`.padEnd(SOCKET_PATH_BYTES_MAX, 'x'));
      say(`path of 107 bytes: ${outcome(longest)}`);
      must(longest).close();
      const longer = listen(`${directory}/`.padEnd(SOCKET_PATH_BYTES_MAX + 1, 'x'));
      say(`path of 108 bytes: ${outcome(longer)}`);
      listener.close();
      listener.close();
      say(`after close: ${outcome(files.info(path))}`);
      const again = listen(path);
      say(`once more: ${outcome(again)}`);
      must(again).close();
    },
  ),
  single(
    "UnixListener.close() leaves a successor's socket alone",
    ['successor: socket'],
    async ({ world: { files, unix }, directory, say }) => {
      const path = `${directory}/s`;
      const first = must(unix.listen(path, { mode: 0o600 }, () => {}));
      must(files.rename(path, `${directory}/old`));
      const second = must(unix.listen(path, { mode: 0o600 }, () => {}));
      first.close();
      say(`successor: ${must(files.info(path)).kind}`);
      second.close();
    },
  ),
  single(
    'Connection carries bytes in order, both ways, from start() on',
    [
      'server got: 1 2 3 4 5 6 7 8 9',
      'before start: nothing',
      'client got: abc',
      'client: local',
      'server: ended',
    ],
    async (bench) => {
      const { client, server, listener } = await connected(bench);
      const atServer = new Recorder(server);
      for (let count = 1; count <= 9; count += 1) client.send(bytesOf(`${count} `));
      server.send(bytesOf('ab'));
      await bench.until('the server got all', () => atServer.text.length === 18);
      bench.say(`server got: ${atServer.text.trimEnd()}`);
      server.send(bytesOf('c'));
      await bench.pass(10);
      const atClient = new Recorder(client);
      bench.say(`before start: ${atClient.text === '' ? 'nothing' : atClient.text}`);
      await bench.until('the client got all', () => atClient.text.length === 3);
      bench.say(`client got: ${atClient.text}`);
      client.close();
      await bench.until('both ended', () => atClient.closed && atServer.closed);
      bench.say(`client: ${atClient.reasons}`);
      bench.say(`server: ${atServer.reasons}`);
      listener.close();
    },
  ),
  single(
    'Connection.close() sends what is queued first; a send afterwards does nothing',
    ['queued: yes', 'got: 1048576', 'all right: yes', 'reader: ended', 'closer: local'],
    async (bench) => {
      const { client, server, listener } = await connected(bench);
      const atServer = new Recorder(server);
      const big = new Uint8Array(1_048_576).fill(120);
      client.send(big);
      // The array is ours again as soon as send() returned.
      big.fill(121);
      bench.say(`queued: ${client.pendingBytes > 0 ? 'yes' : 'no'}`);
      client.close();
      client.close();
      client.send(bytesOf('too late'));
      const atClient = new Recorder(client);
      await bench.until('both ended', () => atServer.closed && atClient.closed);
      bench.say(`got: ${atServer.text.length}`);
      bench.say(`all right: ${/^x*$/.test(atServer.text) ? 'yes' : 'no'}`);
      bench.say(`reader: ${atServer.reasons}`);
      bench.say(`closer: ${atClient.reasons}`);
      listener.close();
    },
  ),
  single(
    'Connection.pendingBytes grows while the peer does not read, and falls when it does',
    ['pending: yes', 'after reading: 0', 'got: 2000000'],
    async (bench) => {
      const { client, server, listener } = await connected(bench);
      client.send(new Uint8Array(1_000_000));
      client.send(new Uint8Array(1_000_000));
      await bench.pass(10);
      bench.say(`pending: ${client.pendingBytes > 0 ? 'yes' : 'no'}`);
      const atServer = new Recorder(server);
      await bench.until('all arrived', () => atServer.text.length === 2_000_000);
      await bench.until('nothing pending', () => client.pendingBytes === 0);
      bench.say(`after reading: ${client.pendingBytes}`);
      bench.say(`got: ${atServer.text.length}`);
      client.close();
      server.close();
      listener.close();
    },
  ),
  single(
    'Connection delivers what the peer sent before it closed, even when our own sends fail',
    ['got: goodbye', 'ended: ended'],
    async (bench) => {
      const { client, server, listener } = await connected(bench);
      const atServer = new Recorder(server);
      server.send(bytesOf('goodbye'));
      server.close();
      await bench.until('the server is gone', () => atServer.closed);
      for (let count = 0; count < 5; count += 1) client.send(bytesOf('question'));
      await bench.pass(10);
      const atClient = new Recorder(client);
      await bench.until('the client saw the end', () => atClient.closed);
      bench.say(`got: ${atClient.text}`);
      bench.say(`ended: ${atClient.reasons}`);
      listener.close();
    },
  ),
  single(
    'unix.listen(): accepted connections outlive their listener',
    ['got: still here'],
    async (bench) => {
      const { client, server, listener } = await connected(bench);
      listener.close();
      const atServer = new Recorder(server);
      client.send(bytesOf('still here'));
      await bench.until('it arrived', () => atServer.text.length === 10);
      bench.say(`got: ${atServer.text}`);
      client.close();
      await bench.until('the server saw the end', () => atServer.closed);
    },
  ),
  single('Connection.start() twice is refused', ['second start: refused'], async (bench) => {
    const { client, server, listener } = await connected(bench);
    const atServer = new Recorder(server);
    try {
      server.start({ onData: () => {}, onClose: () => {} });
      bench.say('second start: taken');
    } catch {
      bench.say('second start: refused');
    }
    client.close();
    await bench.until('the server saw the end', () => atServer.closed);
    listener.close();
  }),
  {
    name: "unix: permissions and credentials are the kernel's",
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (bench) => {
          const { files, unix } = bench.world;
          const { directory, users } = bench;
          const accepted: Connection[] = [];
          bench.keep.set('accepted', accepted);
          const open = { mode: 0o660, gid: users.alice.gid };
          const accept = (connection: Connection): number => accepted.push(connection);
          must(unix.listen(`${directory}/s`, open, accept));
          must(unix.listen(`${directory}/closed`, { mode: 0o600 }, accept));
          const { mode, gid } = must(files.info(`${directory}/s`));
          bench.say(`group: ${gid === users.alice.gid ? 'alice' : gid}, mode: ${octal(mode)}`);
          bench.notes.set('pid', bench.world.identity.pid);
        },
      },
      {
        user: 'alice',
        run: async (bench) => {
          const { unix, identity } = bench.world;
          await sayConnect(bench, 'alice, closed', `${bench.directory}/closed`);
          unix.connect(`${bench.directory}/s`, {}, (result) => {
            bench.keep.set('connection', must(result));
          });
          await bench.until('alice is connected', () => bench.keep.has('connection'));
          const connection = kept<Connection>(bench, 'connection');
          const { pid, uid } = connection.peer;
          const listener = pid === bench.notes.get('pid') && uid === bench.users.root.uid;
          bench.say(`alice sees: ${listener ? 'the listener' : `${pid} ${uid}`}`);
          bench.notes.set('alice', identity.pid);
          connection.send(bytesOf('last words'));
          await bench.pass(10);
        },
      },
      {
        user: 'bob',
        run: (bench) => sayConnect(bench, 'bob', `${bench.directory}/s`),
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (bench) => {
          const accepted = kept<Connection[]>(bench, 'accepted');
          await bench.until('one connection', () => accepted.length > 0);
          const [connection] = accepted;
          if (connection === undefined) throw new Error('No connection');
          const { pid, uid, gid } = connection.peer;
          const { alice } = bench.users;
          const isAlice =
            pid === bench.notes.get('alice') && uid === alice.uid && gid === alice.gid;
          bench.say(
            `accepted: ${accepted.length}, from ${isAlice ? 'alice' : `${pid} ${uid} ${gid}`}`,
          );
          const recorder = new Recorder(connection);
          await bench.until('alice is gone', () => recorder.closed);
          bench.say(`got: ${recorder.text}, then ${recorder.reasons}`);
        },
      },
    ],
    expected: [
      'group: alice, mode: 0660',
      'alice, closed: EACCES',
      'alice sees: the listener',
      'bob: EACCES',
      'accepted: 1, from alice',
      'got: last words, then ended',
    ],
  },
  {
    name: 'Connection ends with reset when the peer is killed with bytes unread',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (bench) => {
          must(
            bench.world.unix.listen(`${bench.directory}/s`, { mode: 0o666 }, (connection) => {
              bench.keep.set('recorder', new Recorder(connection));
              connection.send(bytesOf('unread'));
            }),
          );
        },
      },
      {
        user: 'alice',
        run: async (bench) => {
          bench.world.unix.connect(`${bench.directory}/s`, {}, (result) => {
            bench.keep.set('connection', must(result));
          });
          await bench.until('alice is connected', () => bench.keep.has('connection'));
        },
      },
      {
        user: 'root',
        run: async (bench) => {
          await bench.until('accepted', () => bench.keep.has('recorder'));
          await bench.pass(10);
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (bench) => {
          const recorder = kept<Recorder>(bench, 'recorder');
          await bench.until('the end', () => recorder.closed);
          bench.say(`ended: ${recorder.reasons}`);
        },
      },
    ],
    expected: ['ended: reset'],
  },
  {
    name: 'unix.connect() to the socket of a killed listener is refused',
    severalUsers: true,
    steps: [
      {
        user: 'alice',
        run: async (bench) => {
          must(bench.world.unix.listen(`${bench.directory}/s`, { mode: 0o666 }, () => {}));
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (bench) => {
          const { files, unix } = bench.world;
          const path = `${bench.directory}/s`;
          await sayConnect(bench, 'stale', path);
          bench.say(`listen: ${outcome(unix.listen(path, { mode: 0o600 }, () => {}))}`);
          must(files.remove(path));
          const listening = unix.listen(path, { mode: 0o600 }, () => {});
          bench.say(`listen when removed: ${outcome(listening)}`);
          must(listening).close();
        },
      },
    ],
    expected: ['stale: ECONNREFUSED', 'listen: EADDRINUSE', 'listen when removed: ok'],
  },
];
