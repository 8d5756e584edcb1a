/** Conformance scripts: socket pairs and giving one end away (R1.15). */
import {
  type Connection,
  type Credentials,
  GIFT_WAIT_MS,
  GIFTS_MAX,
  type UnixListener,
} from '../../../src/port/world.ts';
import {
  type Bench,
  bytesOf,
  type ConformanceScript,
  kept,
  must,
  noteNumber,
  noteText,
  outcome,
  single,
} from '../bench.ts';
import { Recorder } from './peers.ts';

function ourselves(bench: Bench): Credentials {
  const { pid, uid, gid } = bench.world.identity;
  return { pid, uid, gid };
}

function listenForGifts(bench: Bench): UnixListener {
  const path = `${bench.directory}/s`;
  return must(
    bench.world.unix.listen(path, { mode: 0o666 }, () => bench.say('wrong: a connection')),
  );
}

export const giftScripts: readonly ConformanceScript[] = [
  single(
    'unix.pair(), give() and take() make a connection between two parties (R1.15)',
    [
      'given: ok',
      'wrong token: ENOENT',
      'another pid: EPERM',
      'another uid: EPERM',
      'taken: ok',
      'peers: us us',
      'taken twice: ENOENT',
      'own got: from the taker',
      'taker got: from the maker',
      'reasons: local ended',
    ],
    async (bench) => {
      const { unix } = bench.world;
      const listener = listenForGifts(bench);
      const us = ourselves(bench);
      const { own, gift } = must(unix.pair({}));
      own.send(bytesOf('from the maker'));
      const given = unix.give(`${bench.directory}/s`, gift);
      bench.say(`given: ${outcome(given)}`);
      const token = must(given);
      bench.say(`wrong token: ${outcome(listener.take('0'.repeat(32), us))}`);
      bench.say(`another pid: ${outcome(listener.take(token, { ...us, pid: us.pid + 1 }))}`);
      bench.say(`another uid: ${outcome(listener.take(token, { ...us, uid: us.uid + 1 }))}`);
      const taken = listener.take(token, us);
      bench.say(`taken: ${outcome(taken)}`);
      const taker = must(taken);
      const isUs = ({ pid, uid }: Credentials): string =>
        pid === us.pid && uid === us.uid ? 'us' : `${pid} ${uid}`;
      bench.say(`peers: ${isUs(own.peer)} ${isUs(taker.peer)}`);
      bench.say(`taken twice: ${outcome(listener.take(token, us))}`);
      taker.send(bytesOf('from the taker'));
      const atOwn = new Recorder(own);
      const atTaker = new Recorder(taker);
      await bench.until('both got it', () => atOwn.text.length * atTaker.text.length === 14 * 14);
      bench.say(`own got: ${atOwn.text}`);
      bench.say(`taker got: ${atTaker.text}`);
      own.close();
      await bench.until('both ended', () => atOwn.closed && atTaker.closed);
      bench.say(`reasons: ${atOwn.reasons} ${atTaker.reasons}`);
      listener.close();
    },
  ),
  single(
    'unix.give() closes the gift whatever the outcome',
    [
      'nobody listens: ENOENT',
      'own end: ended',
      'given again: EBADF',
      'closed gift: EBADF',
      'its own end: ended',
    ],
    async (bench) => {
      const { unix } = bench.world;
      const path = `${bench.directory}/none`;
      const first = must(unix.pair({}));
      const atFirst = new Recorder(first.own);
      bench.say(`nobody listens: ${outcome(unix.give(path, first.gift))}`);
      await bench.until('the end', () => atFirst.closed);
      bench.say(`own end: ${atFirst.reasons}`);
      bench.say(`given again: ${outcome(unix.give(path, first.gift))}`);
      const second = must(unix.pair({}));
      const atSecond = new Recorder(second.own);
      second.gift.close();
      second.gift.close();
      bench.say(`closed gift: ${outcome(unix.give(path, second.gift))}`);
      await bench.until('the end', () => atSecond.closed);
      bench.say(`its own end: ${atSecond.reasons}`);
    },
  ),
  single(
    'UnixListener keeps a gift until it is taken or GIFT_WAIT_MS have passed',
    ['just before: ok', 'just after: ENOENT', 'own end: ended'],
    async (bench) => {
      const { unix } = bench.world;
      const listener = listenForGifts(bench);
      const us = ourselves(bench);
      const path = `${bench.directory}/s`;
      const taken = must(unix.pair({}));
      const expired = must(unix.pair({}));
      const atExpired = new Recorder(expired.own);
      const takenToken = must(unix.give(path, taken.gift));
      const expiredToken = must(unix.give(path, expired.gift));
      await bench.pass(GIFT_WAIT_MS - 500);
      const outcomeBefore = listener.take(takenToken, us);
      bench.say(`just before: ${outcome(outcomeBefore)}`);
      await bench.pass(1000);
      bench.say(`just after: ${outcome(listener.take(expiredToken, us))}`);
      await bench.until('the end', () => atExpired.closed);
      bench.say(`own end: ${atExpired.reasons}`);
      must(outcomeBefore).close();
      taken.own.close();
      listener.close();
    },
  ),
  single(
    'UnixListener keeps GIFTS_MAX gifts and refuses the next',
    ['first: ok', 'last: ok', 'one too many: ENOENT', 'after one was taken: ok'],
    async (bench) => {
      const { unix } = bench.world;
      const listener = listenForGifts(bench);
      const us = ourselves(bench);
      const owns: Connection[] = [];
      const give = (): string => {
        const { own, gift } = must(unix.pair({ background: true }));
        owns.push(own);
        return must(unix.give(`${bench.directory}/s`, gift));
      };
      const tokens = Array.from({ length: GIFTS_MAX }, give);
      const tooMany = give();
      await bench.pass(20);
      const [first = ''] = tokens;
      const taken = listener.take(first, us);
      bench.say(`first: ${outcome(taken)}`);
      const last = listener.take(tokens.at(-1) ?? '', us);
      bench.say(`last: ${outcome(last)}`);
      bench.say(`one too many: ${outcome(listener.take(tooMany, us))}`);
      const another = listener.take(give(), us);
      bench.say(`after one was taken: ${outcome(another)}`);
      for (const result of [taken, last, another]) must(result).close();
      for (const own of owns) own.close();
      listener.close();
      await bench.pass(20);
    },
  ),
  {
    name: 'UnixListener.take() hands a gift only to who speaks for its giver (R1.15)',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (bench) => {
          bench.keep.set('listener', listenForGifts(bench));
        },
      },
      {
        user: 'alice',
        run: async (bench) => {
          const { own, gift } = must(bench.world.unix.pair({}));
          bench.keep.set('recorder', new Recorder(own));
          own.send(bytesOf('I am alice'));
          bench.notes.set('token', must(bench.world.unix.give(`${bench.directory}/s`, gift)));
          bench.notes.set('pid', bench.world.identity.pid);
        },
      },
      {
        user: 'root',
        run: async (bench) => {
          const listener = kept<UnixListener>(bench, 'listener');
          const { alice, bob } = bench.users;
          const token = noteText(bench, 'token');
          const pid = noteNumber(bench, 'pid');
          bench.say(`for bob: ${outcome(listener.take(token, { pid, ...bob }))}`);
          bench.say(`for ourselves: ${outcome(listener.take(token, ourselves(bench)))}`);
          const taken = must(listener.take(token, { pid, ...alice }));
          const { peer } = taken;
          bench.say(`peer: ${peer.uid === alice.uid && peer.pid === pid ? 'alice' : peer.uid}`);
          const recorder = new Recorder(taken);
          bench.keep.set('recorder', recorder);
          await bench.until('it arrived', () => recorder.text.length === 10);
          bench.say(`got: ${recorder.text}`);
          taken.send(bytesOf('I am root'));
        },
      },
      {
        user: 'alice',
        run: async (bench) => {
          const recorder = kept<Recorder>(bench, 'recorder');
          await bench.until('the answer', () => recorder.text.length === 9);
          bench.say(`alice got: ${recorder.text}`);
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (bench) => {
          const recorder = kept<Recorder>(bench, 'recorder');
          await bench.until('alice is gone', () => recorder.closed);
          bench.say(`then: ${recorder.reasons}`);
          kept<UnixListener>(bench, 'listener').close();
        },
      },
    ],
    expected: [
      'for bob: EPERM',
      'for ourselves: EPERM',
      'peer: alice',
      'got: I am alice',
      'alice got: I am root',
      'then: ended',
    ],
  },
];
