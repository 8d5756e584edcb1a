/** Conformance scripts: sockets whose other end the creator passes to a listener (R1.15). */

import { type Credentials } from '../../../src/port/identity.ts';
import {
  type Connection,
  PASSED_SOCKET_WAIT_MS,
  PASSED_SOCKETS_PER_USER_MAX,
  type UnixListener,
} from '../../../src/port/unix-sockets.ts';
import {
  bytesOf,
  type ConformanceScript,
  kept,
  must,
  noteNumber,
  noteText,
  outcome,
  type Stage,
  single,
} from '../stage.ts';
import { Recorder } from './peers.ts';

const MARGIN_MS = 2_000;

function ourselves(stage: Stage): Credentials {
  const { pid, uid, gid } = stage.world.identity;
  return { pid, uid, gid };
}

function listenForPassedSockets(stage: Stage): UnixListener {
  const path = `${stage.directory}/s`;
  return must(
    stage.world.unix.listen(path, { mode: 0o666 }, () => stage.say('wrong: a connection')),
  );
}

export const passedSocketScripts: readonly ConformanceScript[] = [
  single(
    'unix.passSocket() and claimSocket() make a connection between two parties (R1.15)',
    [
      'given: ok',
      'wrong token: ENOENT',
      'another pid: EPERM',
      'another uid: EPERM',
      'taken: ok',
      'peers: us us',
      'taken twice: ENOENT',
      'own got: from the taker',
      'taker got: from the sender',
      'reasons: local ended',
    ],
    async (stage) => {
      const { unix } = stage.world;
      const listener = listenForPassedSockets(stage);
      const us = ourselves(stage);
      const given = unix.passSocket(`${stage.directory}/s`, {});
      stage.say(`given: ${outcome(given)}`);
      const { own, token } = must(given);
      own.send(bytesOf('from the sender'));
      stage.say(`wrong token: ${outcome(listener.claimSocket('0'.repeat(32), us))}`);
      stage.say(`another pid: ${outcome(listener.claimSocket(token, { ...us, pid: us.pid + 1 }))}`);
      stage.say(`another uid: ${outcome(listener.claimSocket(token, { ...us, uid: us.uid + 1 }))}`);
      const taken = listener.claimSocket(token, us);
      stage.say(`taken: ${outcome(taken)}`);
      const taker = must(taken);
      const isUs = ({ pid, uid }: Credentials): string =>
        pid === us.pid && uid === us.uid ? 'us' : `${pid} ${uid}`;
      stage.say(`peers: ${isUs(must(own.peer()))} ${isUs(must(taker.peer()))}`);
      stage.say(`taken twice: ${outcome(listener.claimSocket(token, us))}`);
      taker.send(bytesOf('from the taker'));
      const atOwn = new Recorder(own);
      const atTaker = new Recorder(taker);
      await stage.until(
        'both got it',
        () => atOwn.text.length === 14 && atTaker.text.length === 15,
      );
      stage.say(`own got: ${atOwn.text}`);
      stage.say(`taker got: ${atTaker.text}`);
      own.close();
      await stage.until('both ended', () => atOwn.closed && atTaker.closed);
      stage.say(`reasons: ${atOwn.reasons} ${atTaker.reasons}`);
      listener.close();
    },
  ),
  single(
    'unix.passSocket() says why no process can receive the socket',
    [
      'no listener: ENOENT',
      'a plain file: ECONNREFUSED',
      'path of 108 bytes: ENAMETOOLONG',
      'no path: ENOENT',
      'zero byte: EINVAL',
    ],
    async (stage) => {
      const { files, unix } = stage.world;
      must(files.open(`${stage.directory}/f`, 'create')).close();
      const give = (at: string): string => outcome(unix.passSocket(at, {}));
      stage.say(`no listener: ${give(`${stage.directory}/none`)}`);
      stage.say(`a plain file: ${give(`${stage.directory}/f`)}`);
      stage.say(`path of 108 bytes: ${give(`${stage.directory}/`.padEnd(108, 'x'))}`);
      stage.say(`no path: ${give('')}`);
      stage.say(`zero byte: ${give(`${stage.directory}/a\0b`)}`);
    },
  ),
  {
    ...single(
      'UnixListener keeps a passed socket until it is taken or PASSED_SOCKET_WAIT_MS have passed',
      ['before: ok', 'after: ENOENT', 'own end: ended'],
      async (stage) => {
        const { unix } = stage.world;
        const listener = listenForPassedSockets(stage);
        const us = ourselves(stage);
        const path = `${stage.directory}/s`;
        const taken = must(unix.passSocket(path, {}));
        const expired = must(unix.passSocket(path, {}));
        const atExpired = new Recorder(expired.own);
        // Wide margins: a busy machine may be late. The simulated machine is tested to the millisecond.
        await stage.pass(PASSED_SOCKET_WAIT_MS - MARGIN_MS);
        const outcomeBefore = listener.claimSocket(taken.token, us);
        stage.say(`before: ${outcome(outcomeBefore)}`);
        await stage.pass(MARGIN_MS + 500);
        stage.say(`after: ${outcome(listener.claimSocket(expired.token, us))}`);
        await stage.until('the end', () => atExpired.closed);
        stage.say(`own end: ${atExpired.reasons}`);
        must(outcomeBefore).close();
        taken.own.close();
        listener.close();
      },
    ),
    mostlyWaits: true,
  },
  single(
    'UnixListener keeps PASSED_SOCKETS_PER_USER_MAX passed sockets and refuses the next',
    ['first: ok', 'last: ok', 'one too many: ENOENT', 'after one was taken: ok'],
    async (stage) => {
      const { unix } = stage.world;
      const listener = listenForPassedSockets(stage);
      const us = ourselves(stage);
      const owns: Connection[] = [];
      const give = (): string => {
        const { own, token } = must(unix.passSocket(`${stage.directory}/s`, { background: true }));
        owns.push(own);
        return token;
      };
      const tokens = Array.from({ length: PASSED_SOCKETS_PER_USER_MAX }, give);
      const tooMany = give();
      await stage.pass(20);
      const [first = ''] = tokens;
      const taken = listener.claimSocket(first, us);
      stage.say(`first: ${outcome(taken)}`);
      const last = listener.claimSocket(tokens.at(-1) ?? '', us);
      stage.say(`last: ${outcome(last)}`);
      stage.say(`one too many: ${outcome(listener.claimSocket(tooMany, us))}`);
      const another = listener.claimSocket(give(), us);
      stage.say(`after one was taken: ${outcome(another)}`);
      for (const result of [taken, last, another]) must(result).close();
      for (const own of owns) own.close();
      listener.close();
      await stage.pass(20);
    },
  ),
  {
    name: 'unix.passSocket() lets the sender ask who listens (R1.12)',
    severalUsers: true,
    steps: [
      {
        user: 'bob',
        run: async (stage) => {
          const path = `${stage.directory}/s`;
          const listener = stage.world.unix.listen(path, { mode: 0o666 }, () => undefined);
          stage.keep.set('listener', must(listener));
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const { unix } = stage.world;
          const path = `${stage.directory}/s`;
          const { own } = must(unix.passSocket(path, {}));
          stage.say(`it belongs to bob: ${must(own.peer()).uid === stage.users.bob.uid}`);
          own.close();
        },
      },
    ],
    expected: ['it belongs to bob: true'],
  },
  {
    name: 'UnixListener.claimSocket() hands a passed socket only to who speaks for its sender (R1.15)',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (stage) => {
          stage.keep.set('listener', listenForPassedSockets(stage));
          const closed = `${stage.directory}/closed`;
          must(stage.world.unix.listen(closed, { mode: 0o600 }, () => {}));
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const { unix } = stage.world;
          stage.say(`closed: ${outcome(unix.passSocket(`${stage.directory}/closed`, {}))}`);
          const { own, token } = must(unix.passSocket(`${stage.directory}/s`, {}));
          stage.keep.set('recorder', new Recorder(own));
          own.send(bytesOf('I am alice'));
          stage.notes.set('token', token);
          stage.notes.set('pid', stage.world.identity.pid);
        },
      },
      {
        user: 'root',
        run: async (stage) => {
          const listener = kept<UnixListener>(stage, 'listener');
          const { alice, bob } = stage.users;
          const token = noteText(stage, 'token');
          const pid = noteNumber(stage, 'pid');
          stage.say(`for bob: ${outcome(listener.claimSocket(token, { pid, ...bob }))}`);
          stage.say(`for ourselves: ${outcome(listener.claimSocket(token, ourselves(stage)))}`);
          const taken = must(listener.claimSocket(token, { pid, ...alice }));
          const peer = must(taken.peer());
          stage.say(`peer: ${peer.uid === alice.uid && peer.pid === pid ? 'alice' : peer.uid}`);
          const recorder = new Recorder(taken);
          stage.keep.set('recorder', recorder);
          await stage.until('it arrived', () => recorder.text.length === 10);
          stage.say(`got: ${recorder.text}`);
          taken.send(bytesOf('I am root'));
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const recorder = kept<Recorder>(stage, 'recorder');
          await stage.until('the answer', () => recorder.text.length === 9);
          stage.say(`alice got: ${recorder.text}`);
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          const recorder = kept<Recorder>(stage, 'recorder');
          await stage.until('alice is gone', () => recorder.closed);
          stage.say(`then: ${recorder.reasons}`);
          kept<UnixListener>(stage, 'listener').close();
        },
      },
    ],
    expected: [
      'closed: EACCES',
      'for bob: EPERM',
      'for ourselves: EPERM',
      'peer: alice',
      'got: I am alice',
      'alice got: I am root',
      'then: ended',
    ],
  },
];
