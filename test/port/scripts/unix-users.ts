/** Conformance scripts: Unix stream sockets between users, and a kill of one end. */
import type { Connection } from '../../../src/port/unix-sockets.ts';
import { bytesOf, type ConformanceScript, kept, must, octal, outcome } from '../stage.ts';
import { Recorder, sayConnect } from './peers.ts';

export const unixUserScripts: readonly ConformanceScript[] = [
  {
    name: "unix: permissions and credentials are the kernel's",
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (stage) => {
          const { files, unix } = stage.world;
          const { directory, users } = stage;
          const accepted: Connection[] = [];
          stage.keep.set('accepted', accepted);
          const open = { mode: 0o660, gid: users.alice.gid };
          const accept = (connection: Connection): number => accepted.push(connection);
          must(unix.listen(`${directory}/s`, open, accept));
          must(unix.listen(`${directory}/closed`, { mode: 0o600 }, accept));
          must(files.makeDirectory(`${directory}/private`, 0o700));
          const { mode, gid } = must(files.info(`${directory}/s`));
          stage.say(`group: ${gid === users.alice.gid ? 'alice' : gid}, mode: ${octal(mode)}`);
          stage.notes.set('pid', stage.world.identity.pid);
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const { unix, identity } = stage.world;
          await sayConnect(stage, 'alice, closed', `${stage.directory}/closed`);
          unix.connect(`${stage.directory}/s`, {}, (result) => {
            stage.keep.set('connection', must(result));
          });
          await stage.until('alice is connected', () => stage.keep.has('connection'));
          const connection = kept<Connection>(stage, 'connection');
          const { pid, uid } = must(connection.peer());
          const listener = pid === stage.notes.get('pid') && uid === stage.users.root.uid;
          stage.say(`alice sees: ${listener ? 'the listener' : `${pid} ${uid}`}`);
          stage.notes.set('alice', identity.pid);
          const { bob } = stage.users;
          const listen = (at: string, gid: number): string =>
            outcome(unix.listen(`${stage.directory}/${at}`, { mode: 0o600, gid }, () => {}));
          stage.say(`alice, for bob's group: ${listen('given', bob.gid)}`);
          stage.say(`left behind: ${outcome(stage.world.files.info(`${stage.directory}/given`))}`);
          stage.say(`in a closed directory: ${listen('private/s', identity.gid)}`);
          connection.send(bytesOf('last words'));
          await stage.pass(10);
        },
      },
      {
        user: 'bob',
        run: (stage) => sayConnect(stage, 'bob', `${stage.directory}/s`),
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          const accepted = kept<Connection[]>(stage, 'accepted');
          await stage.until('one connection', () => accepted.length > 0);
          const [connection] = accepted;
          if (connection === undefined) throw new Error('No connection');
          const { pid, uid, gid } = must(connection.peer());
          const { alice } = stage.users;
          const isAlice =
            pid === stage.notes.get('alice') && uid === alice.uid && gid === alice.gid;
          stage.say(
            `accepted: ${accepted.length}, from ${isAlice ? 'alice' : `${pid} ${uid} ${gid}`}`,
          );
          const recorder = new Recorder(connection);
          await stage.until('alice is gone', () => recorder.closed);
          stage.say(`got: ${recorder.text}, then ${recorder.reasons}`);
        },
      },
    ],
    expected: [
      'group: alice, mode: 0660',
      'alice, closed: EACCES',
      'alice sees: the listener',
      "alice, for bob's group: EPERM",
      'left behind: ENOENT',
      'in a closed directory: EACCES',
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
        run: async (stage) => {
          must(
            stage.world.unix.listen(`${stage.directory}/s`, { mode: 0o666 }, (connection) => {
              stage.keep.set('recorder', new Recorder(connection));
              connection.send(bytesOf('unread'));
            }),
          );
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          stage.world.unix.connect(`${stage.directory}/s`, {}, (result) => {
            stage.keep.set('connection', must(result));
          });
          await stage.until('alice is connected', () => stage.keep.has('connection'));
        },
      },
      {
        user: 'root',
        run: async (stage) => {
          await stage.until('accepted', () => stage.keep.has('recorder'));
          await stage.pass(10);
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          const recorder = kept<Recorder>(stage, 'recorder');
          await stage.until('the end', () => recorder.closed);
          stage.say(`ended: ${recorder.reasons}`);
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
        run: async (stage) => {
          must(stage.world.unix.listen(`${stage.directory}/s`, { mode: 0o666 }, () => {}));
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          const { files, unix } = stage.world;
          const path = `${stage.directory}/s`;
          await sayConnect(stage, 'stale', path);
          stage.say(`listen: ${outcome(unix.listen(path, { mode: 0o600 }, () => {}))}`);
          must(files.remove(path));
          const listening = unix.listen(path, { mode: 0o600 }, () => {});
          stage.say(`listen when removed: ${outcome(listening)}`);
          must(listening).close();
        },
      },
    ],
    expected: ['stale: ECONNREFUSED', 'listen: EADDRINUSE', 'listen when removed: ok'],
  },
];
