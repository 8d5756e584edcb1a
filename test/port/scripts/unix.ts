/** Conformance scripts: Unix stream sockets, except passed sockets (`passed-sockets.ts`). */

import { type OsResult } from '../../../src/port/os-error.ts';
import { CLOSE_LINGER_MS, type UnixListener } from '../../../src/port/unix-sockets.ts';
import { bytesOf, type ConformanceScript, must, octal, outcome, single } from '../stage.ts';
import { connected, Recorder, sayConnect } from './peers.ts';

/** The port's longest socket path. */
const SOCKET_PATH_BYTES_MAX = 107;
/** Connections at once: a listener's backlog holds some 500. */
const MORE_THAN_A_BACKLOG = 1_500;
/** More bytes than any kernel buffers for one connection. */
const TOO_MUCH_BYTES = 1_500_000;

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
      'no path: ENOENT',
      'zero byte: EINVAL',
      'a directory: ECONNREFUSED',
      'through a link: ok',
    ],
    async (stage) => {
      const { directory, world } = stage;
      await sayConnect(stage, 'nothing there', `${directory}/s`);
      await sayConnect(stage, 'no directory', `${directory}/no/s`);
      must(world.files.open(`${directory}/f`, 'create')).close();
      await sayConnect(stage, 'a plain file', `${directory}/f`);
      await sayConnect(stage, 'through a file', `${directory}/f/s`);
      const long = `${directory}/`.padEnd(SOCKET_PATH_BYTES_MAX + 1, 'x');
      await sayConnect(stage, 'path of 108 bytes', long);
      must(world.unix.listen(`${directory}/s`, { mode: 0o600 }, () => {})).close();
      await sayConnect(stage, 'listener closed', `${directory}/s`);
      await sayConnect(stage, 'no path', '');
      await sayConnect(stage, 'zero byte', `${directory}/a\0b`);
      await sayConnect(stage, 'a directory', directory);
      const listener = must(world.unix.listen(`${directory}/s`, { mode: 0o600 }, () => {}));
      stage.link(`${directory}/link`, `${directory}/s`);
      await sayConnect(stage, 'through a link', `${directory}/link`);
      listener.close();
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
      'over a link: EADDRINUSE',
      'through a file: ENOTDIR',
      'no path: EINVAL',
      'zero byte: EINVAL',
      'group -1: EINVAL',
    ],
    async ({ world: { files, unix }, directory, link, say }) => {
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
      link(`${directory}/link`, `${directory}/nowhere`);
      say(`over a link: ${outcome(listen(`${directory}/link`))}`);
      say(`through a file: ${outcome(listen(`${directory}/f/s`))}`);
      say(`no path: ${outcome(listen(''))}`);
      say(`zero byte: ${outcome(listen(`${directory}/a\0b`))}`);
      const nobodys = unix.listen(`${directory}/t`, { mode: 0o600, gid: -1 }, () => {});
      say(`group -1: ${outcome(nobodys)}`);
    },
  ),
  single(
    'unix.connect() to a full backlog is EAGAIN, and the queued connections are accepted',
    ['not let in: EAGAIN', 'accepted all others: yes'],
    async (stage) => {
      const { unix } = stage.world;
      const path = `${stage.directory}/s`;
      let accepted = 0;
      const listener = must(
        unix.listen(path, { mode: 0o600 }, (connection) => {
          accepted += 1;
          connection.close();
        }),
      );
      const codes = new Set<string>();
      let [connections, answers] = [0, 0];
      for (let count = 0; count < MORE_THAN_A_BACKLOG; count += 1) {
        unix.connect(path, {}, (result) => {
          answers += 1;
          if (!result.ok) codes.add(result.error.code);
          else {
            connections += 1;
            result.value.close();
          }
        });
      }
      await stage.until('all have an answer', () => answers === MORE_THAN_A_BACKLOG);
      await stage.until('all were accepted', () => accepted >= connections);
      await stage.pass(10);
      stage.say(`not let in: ${[...codes].join(' ')}`);
      stage.say(`accepted all others: ${accepted === connections ? 'yes' : 'no'}`);
      listener.close();
    },
  ),
  single(
    'unix.passSocket() to a full backlog is EAGAIN, too, and works again later',
    ['given: EAGAIN', 'given later: ok'],
    async (stage) => {
      const { unix } = stage.world;
      const path = `${stage.directory}/s`;
      const listener = must(unix.listen(path, { mode: 0o600 }, (connection) => connection.close()));
      const given = (): string => outcome(unix.passSocket(path, {}));
      const atFull = new Set<string>();
      const tryAtFull = (): void => {
        const code = given();
        if (code !== 'ok') atFull.add(code);
      };
      let answers = 0;
      for (let count = 0; count < MORE_THAN_A_BACKLOG; count += 1) {
        unix.connect(path, {}, (result) => {
          answers += 1;
          if (result.ok) result.value.close();
          else if (atFull.size === 0) tryAtFull();
        });
      }
      // One World connects inside the call, the other one later.
      tryAtFull();
      await stage.until('all have an answer', () => answers === MORE_THAN_A_BACKLOG);
      await stage.pass(50);
      stage.say(`given: ${[...atFull].join(' ')}`);
      stage.say(`given later: ${given()}`);
      listener.close();
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
    async (stage) => {
      const { client, server, listener } = await connected(stage);
      const atServer = new Recorder(server);
      for (let count = 1; count <= 9; count += 1) client.send(bytesOf(`${count} `));
      server.send(bytesOf('ab'));
      await stage.until('the server got all', () => atServer.text.length === 18);
      stage.say(`server got: ${atServer.text.trimEnd()}`);
      server.send(bytesOf('c'));
      await stage.pass(10);
      const atClient = new Recorder(client);
      stage.say(`before start: ${atClient.text === '' ? 'nothing' : atClient.text}`);
      await stage.until('the client got all', () => atClient.text.length === 3);
      stage.say(`client got: ${atClient.text}`);
      client.close();
      await stage.until('both ended', () => atClient.closed && atServer.closed);
      stage.say(`client: ${atClient.reasons}`);
      stage.say(`server: ${atServer.reasons}`);
      listener.close();
    },
  ),
  single(
    'Connection.close() sends what is queued first; a send afterwards does nothing',
    ['queued: yes', 'got: 1048576', 'all right: yes', 'reader: ended', 'closer: local'],
    async (stage) => {
      const { client, server, listener } = await connected(stage);
      const atServer = new Recorder(server);
      const big = new Uint8Array(1_048_576).fill(120);
      client.send(big);
      // The caller may reuse the array as soon as send() has returned.
      big.fill(121);
      stage.say(`queued: ${client.pendingBytes > 0 ? 'yes' : 'no'}`);
      client.close();
      client.close();
      client.send(bytesOf('too late'));
      const atClient = new Recorder(client);
      await stage.until('both ended', () => atServer.closed && atClient.closed);
      stage.say(`got: ${atServer.text.length}`);
      stage.say(`all right: ${/^x*$/.test(atServer.text) ? 'yes' : 'no'}`);
      stage.say(`reader: ${atServer.reasons}`);
      stage.say(`closer: ${atClient.reasons}`);
      listener.close();
    },
  ),
  {
    ...single(
      'Connection.close() waits CLOSE_LINGER_MS for a peer that does not read, no longer',
      ['before: open', 'closer: local', 'got all: no', 'reader: ended'],
      async (stage) => {
        const { client, server, listener } = await connected(stage);
        client.send(new Uint8Array(TOO_MUCH_BYTES));
        const atClient = new Recorder(client);
        client.close();
        await stage.pass(CLOSE_LINGER_MS - 2_000);
        stage.say(`before: ${atClient.closed ? 'closed' : 'open'}`);
        await stage.until('we gave up', () => atClient.closed);
        stage.say(`closer: ${atClient.reasons}`);
        const atServer = new Recorder(server);
        await stage.until('the end', () => atServer.closed);
        stage.say(`got all: ${atServer.text.length === TOO_MUCH_BYTES ? 'yes' : 'no'}`);
        stage.say(`reader: ${atServer.reasons}`);
        listener.close();
      },
    ),
    mostlyWaits: true,
  },
  single(
    'Connection.drop() throws away what is queued and ends at once, also while close() waits',
    ['pending: 0', 'dropper: local', 'got all: no', 'reader ended: yes', 'closed first: local'],
    async (stage) => {
      const { client, server, listener } = await connected(stage);
      client.send(new Uint8Array(TOO_MUCH_BYTES));
      const atClient = new Recorder(client);
      client.drop();
      stage.say(`pending: ${client.pendingBytes}`);
      await stage.until('the end', () => atClient.closed);
      stage.say(`dropper: ${atClient.reasons}`);
      const atServer = new Recorder(server);
      await stage.until('the other end', () => atServer.closed);
      stage.say(`got all: ${atServer.text.length === TOO_MUCH_BYTES ? 'yes' : 'no'}`);
      stage.say(`reader ended: ${/^(?:ended|reset)$/.test(atServer.reasons) ? 'yes' : 'no'}`);
      const { own } = must(stage.world.unix.passSocket(`${stage.directory}/s`, {}));
      own.send(new Uint8Array(TOO_MUCH_BYTES));
      const atOwn = new Recorder(own);
      own.close();
      own.drop();
      own.drop();
      await stage.until('our end', () => atOwn.closed);
      stage.say(`closed first: ${atOwn.reasons}`);
      listener.close();
    },
  ),
  single(
    'Connection.pendingBytes grows while the peer does not read, and falls when it does',
    ['pending: yes', 'after reading: 0', 'got: 2000000'],
    async (stage) => {
      const { client, server, listener } = await connected(stage);
      client.send(new Uint8Array(1_000_000));
      client.send(new Uint8Array(1_000_000));
      await stage.pass(10);
      stage.say(`pending: ${client.pendingBytes > 0 ? 'yes' : 'no'}`);
      const atServer = new Recorder(server);
      await stage.until('all arrived', () => atServer.text.length === 2_000_000);
      await stage.until('nothing pending', () => client.pendingBytes === 0);
      stage.say(`after reading: ${client.pendingBytes}`);
      stage.say(`got: ${atServer.text.length}`);
      client.close();
      server.close();
      listener.close();
    },
  ),
  single(
    'Connection delivers what the peer sent before it closed, even when our own sends fail',
    ['got: goodbye', 'ended: ended'],
    async (stage) => {
      const { client, server, listener } = await connected(stage);
      const atServer = new Recorder(server);
      server.send(bytesOf('goodbye'));
      server.close();
      await stage.until('the server is gone', () => atServer.closed);
      for (let count = 0; count < 5; count += 1) client.send(bytesOf('question'));
      await stage.pass(10);
      const atClient = new Recorder(client);
      await stage.until('the client saw the end', () => atClient.closed);
      stage.say(`got: ${atClient.text}`);
      stage.say(`ended: ${atClient.reasons}`);
      listener.close();
    },
  ),
  single(
    'unix.listen(): accepted connections outlive their listener',
    ['got: still here'],
    async (stage) => {
      const { client, server, listener } = await connected(stage);
      listener.close();
      const atServer = new Recorder(server);
      client.send(bytesOf('still here'));
      await stage.until('it arrived', () => atServer.text.length === 10);
      stage.say(`got: ${atServer.text}`);
      client.close();
      await stage.until('the server saw the end', () => atServer.closed);
    },
  ),
  single('Connection.start() twice is refused', ['second start: refused'], async (stage) => {
    const { client, server, listener } = await connected(stage);
    const atServer = new Recorder(server);
    try {
      server.start({ onData: () => {}, onClose: () => {} });
      stage.say('second start: taken');
    } catch {
      stage.say('second start: refused');
    }
    client.close();
    await stage.until('the server saw the end', () => atServer.closed);
    listener.close();
  }),
];
