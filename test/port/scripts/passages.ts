/** Conformance scripts: connections that a process passes to another one (R3.4). */
import type { Credentials } from '../../../src/port/identity.ts';
import type {
  Passage,
  ReachedPassage,
  TcpConnection,
  TcpListener,
} from '../../../src/port/network.ts';
import {
  bytesOf,
  type ConformanceScript,
  kept,
  must,
  noteNumber,
  octal,
  outcome,
  type Stage,
  single,
} from '../stage.ts';
import { Recorder } from './peers.ts';
import { connected, connectTo, endBoth, HOST, listenAt, yes } from './tcp-peers.ts';

function ourselves({ world }: Stage): Credentials {
  const { pid, uid, gid } = world.identity;
  return { pid, uid, gid };
}

/** A passage of this process to itself. */
function opened(stage: Stage): { readonly passage: Passage; readonly reached: ReachedPassage } {
  const path = `${stage.directory}/p`;
  const { network, identity } = stage.world;
  const passage = must(network.openPassage(path, identity.uid));
  return { passage, reached: must(network.reachPassage(path)) };
}

const alone: readonly ConformanceScript[] = [
  single(
    'Passage.pass(): the connections go on in the taker, and no byte is lost (R3.4)',
    [
      'before: EAGAIN',
      'passed: ok',
      'taken: 2, addresses match yes',
      'taken twice: EBADF',
      'first: at once, and more, then ended',
      'second: for you, then nothing',
      'peers: to the first to the second',
    ],
    async (stage) => {
      const [one, two] = [await connected(stage), await connected(stage, '::1')];
      // Bytes that arrive before anybody reads: neither process may lose them.
      one.server.send(bytesOf('at once'));
      two.client.send(bytesOf('for you'));
      await stage.pass(20);
      const { passage, reached } = opened(stage);
      stage.say(`before: ${outcome(reached.take())}`);
      const passed = [one.client, two.server];
      stage.say(`passed: ${outcome(passage.pass(ourselves(stage), passed))}`);
      passage.close();
      one.server.send(bytesOf(', and'));
      await stage.pass(20);
      const [first, second, ...more] = must(reached.take());
      if (first === undefined || second === undefined) throw new Error('Not taken');
      const matches = [first, second].map(
        ({ local, remote }, index) =>
          local.port === passed[index]?.local.port && remote.port === passed[index].remote.port,
      );
      stage.say(`taken: ${2 + more.length}, addresses match ${yes(!matches.includes(false))}`);
      stage.say(`taken twice: ${outcome(reached.take())}`);
      // The passing process has nothing to do with them any more.
      two.server.send(bytesOf('wrong'));
      one.client.close();
      two.server.drop();
      const [atFirst, atSecond] = [new Recorder(first), new Recorder(second)];
      const [atServer, atClient] = [new Recorder(one.server), new Recorder(two.client)];
      first.send(bytesOf('to the first'));
      second.send(bytesOf('to the second'));
      const isThere = (): boolean => atServer.text.length + atClient.text.length === 25;
      await stage.until('both peers heard', isThere);
      one.server.send(bytesOf(' more'));
      one.server.close();
      await stage.until('the first ended', () => atFirst.closed);
      stage.say(`first: ${atFirst.text}, then ${atFirst.reasons}`);
      stage.say(`second: ${atSecond.text}, then ${atSecond.reasons || 'nothing'}`);
      stage.say(`peers: ${atServer.text} ${atClient.text}`);
      first.drop();
      second.drop();
      await endBoth(stage, one);
      await endBoth(stage, two);
    },
  ),
  single(
    'network.openPassage() and reachPassage() say why they cannot',
    [
      'mode: 0600',
      'twice: EADDRINUSE',
      'path of 108 bytes: ENAMETOOLONG ENAMETOOLONG',
      'no path: EINVAL ENOENT',
      'zero byte: EINVAL EINVAL',
      'nothing there: ENOENT',
      'a plain file: ECONNREFUSED',
      'reached: ok',
      'another one waits: EAGAIN',
      'after close: ENOENT',
      'opened again: ok',
    ],
    async (stage) => {
      const { files, network, identity } = stage.world;
      const path = `${stage.directory}/p`;
      const open = (at: string): string => outcome(network.openPassage(at, identity.uid));
      const reach = (at: string): string => outcome(network.reachPassage(at));
      const passage = must(network.openPassage(path, identity.uid));
      stage.say(`mode: ${octal(must(files.info(path)).mode)}`);
      stage.say(`twice: ${open(path)}`);
      const long = `${stage.directory}/`.padEnd(108, 'x');
      stage.say(`path of 108 bytes: ${open(long)} ${reach(long)}`);
      stage.say(`no path: ${open('')} ${reach('')}`);
      stage.say(`zero byte: ${open(`${path}\0`)} ${reach(`${path}\0`)}`);
      must(files.open(`${stage.directory}/f`, 'create')).close();
      stage.say(`nothing there: ${reach(`${stage.directory}/none`)}`);
      stage.say(`a plain file: ${reach(`${stage.directory}/f`)}`);
      const reached = network.reachPassage(path);
      stage.say(`reached: ${outcome(reached)}`);
      stage.say(`another one waits: ${reach(path)}`);
      passage.close();
      passage.close();
      stage.say(`after close: ${reach(path)}`);
      must(reached).close();
      const again = network.openPassage(path, identity.uid);
      stage.say(`opened again: ${outcome(again)}`);
      must(again).close();
    },
  ),
  single(
    'Passage.pass() and ReachedPassage.take() say why nothing was passed',
    [
      'not reached: EAGAIN',
      'reached and left: EPIPE',
      'another pid: EPERM',
      'another uid: EPERM',
      'after each: ECONNRESET ECONNRESET',
      'one is closed: ECONNRESET',
      'the passage closed: EBADF ECONNRESET',
      'it goes on: still here',
      'one was reset on the way: ok ECONNRESET, then the other ended',
    ],
    async (stage) => {
      const pair = await connected(stage);
      const us = ourselves(stage);
      const { network } = stage.world;
      const path = `${stage.directory}/p`;
      const passage = must(network.openPassage(path, us.uid));
      const pass = (to: Credentials): string => outcome(passage.pass(to, [pair.client]));
      stage.say(`not reached: ${pass(us)}`);
      must(network.reachPassage(path)).close();
      stage.say(`reached and left: ${pass(us)}`);
      const first = must(network.reachPassage(path));
      stage.say(`another pid: ${pass({ ...us, pid: us.pid + 1 })}`);
      const second = must(network.reachPassage(path));
      stage.say(`another uid: ${pass({ ...us, uid: us.uid + 1 })}`);
      stage.say(`after each: ${outcome(first.take())} ${outcome(second.take())}`);
      const other = await connected(stage);
      other.server.close();
      const third = must(network.reachPassage(path));
      const closed = outcome(passage.pass(us, [pair.client, other.server]));
      stage.say(`one is closed: ${closed}`);
      passage.close();
      stage.say(`the passage closed: ${pass(us)} ${outcome(third.take())}`);
      const atServer = new Recorder(pair.server);
      pair.client.send(bytesOf('still here'));
      await stage.until('it arrived', () => atServer.text.length === 10);
      stage.say(`it goes on: ${atServer.text}`);
      const [good, bad] = [await connected(stage), await connected(stage)];
      const last = opened(stage);
      const passed = last.passage.pass(us, [good.client, bad.client]);
      last.passage.close();
      bad.server.drop();
      await stage.pass(20);
      const taken = last.reached.take();
      const atGood = new Recorder(good.server);
      await stage.until('the other end', () => atGood.closed);
      const how = /^(?:ended|reset)$/.test(atGood.reasons) ? 'ended' : atGood.reasons;
      stage.say(
        `one was reset on the way: ${outcome(passed)} ${outcome(taken)}, then the other ${how}`,
      );
      for (const each of [pair, other, good, bad]) await endBoth(stage, each);
    },
  ),
];

/** The accepted end of {@link LISTENER_STEP}. */
async function accepted(stage: Stage): Promise<Recorder> {
  await stage.until('accepted', () => stage.keep.has('peer'));
  return kept<Recorder>(stage, 'peer');
}

/** Listens, and greets each connection as soon as it is there. */
async function listenAndGreet(stage: Stage): Promise<void> {
  const onConnection = (connection: TcpConnection): void => {
    connection.send(bytesOf('welcome'));
    stage.keep.set('connection', connection);
    stage.keep.set('peer', new Recorder(connection));
  };
  const listener: TcpListener = must(await listenAt(stage, { host: HOST, port: 0 }, onConnection));
  stage.keep.set('listener', listener);
  stage.notes.set('port', listener.address.port);
}

/** Connects to it and opens a passage for `uid`. */
async function connectAndOpen(stage: Stage, uid: number): Promise<void> {
  const { network } = stage.world;
  const address = { host: HOST, port: noteNumber(stage, 'port') };
  stage.keep.set('client', must(await connectTo(stage, address)));
  stage.keep.set('passage', must(network.openPassage(`${stage.directory}/p`, uid)));
  // The greeting arrives before the connection is passed.
  await stage.pass(20);
}

function reach(stage: Stage): void {
  const { network, identity } = stage.world;
  stage.keep.set('reached', must(network.reachPassage(`${stage.directory}/p`)));
  stage.notes.set('pid', identity.pid);
  stage.notes.set('uid', identity.uid);
  stage.notes.set('gid', identity.gid);
}

function pass(stage: Stage): void {
  const [pid, uid, gid] = ['pid', 'uid', 'gid'].map((key) => noteNumber(stage, key));
  if (pid === undefined || uid === undefined || gid === undefined) throw new Error('Nobody');
  const client = kept<TcpConnection>(stage, 'client');
  const passage = kept<Passage>(stage, 'passage');
  stage.say(`passed: ${outcome(passage.pass({ pid, uid, gid }, [client]))}`);
}

async function takeAndSpeak(stage: Stage): Promise<void> {
  const taken = kept<ReachedPassage>(stage, 'reached').take();
  stage.say(`taken: ${outcome(taken)}`);
  const [connection] = must(taken);
  if (connection === undefined) throw new Error('Nothing taken');
  const recorder = new Recorder(connection);
  connection.send(bytesOf('hello'));
  await stage.until('it reads', () => recorder.text.length === 7);
  stage.say(`the taker reads: ${recorder.text}`);
}

const several: readonly ConformanceScript[] = [
  {
    name: 'Passage: root passes a connection to a user, whom alone it serves',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (stage) => {
          await listenAndGreet(stage);
          await connectAndOpen(stage, stage.users.alice.uid);
          const { uid, mode } = must(stage.world.files.info(`${stage.directory}/p`));
          stage.say(`owner: ${uid === stage.users.alice.uid ? 'alice' : uid}, ${octal(mode)}`);
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          const { network, identity } = stage.world;
          stage.say(`bob: ${outcome(network.reachPassage(`${stage.directory}/p`))}`);
          const given = network.openPassage(`${stage.directory}/q`, identity.uid + 1);
          stage.say(`bob, for another user: ${outcome(given)}`);
        },
      },
      { user: 'alice', run: async (stage) => reach(stage) },
      { user: 'root', run: async (stage) => pass(stage) },
      { user: 'alice', run: takeAndSpeak },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          const peer = await accepted(stage);
          await stage.until('the end', () => peer.closed);
          stage.say(`the peer reads: ${peer.text}, then ${peer.reasons}`);
          kept<Passage>(stage, 'passage').close();
          kept<TcpListener>(stage, 'listener').close();
          kept<TcpConnection>(stage, 'connection').drop();
        },
      },
    ],
    expected: [
      'owner: alice, 0600',
      'bob: EACCES',
      'bob, for another user: EPERM',
      'passed: ok',
      'taken: ok',
      'the taker reads: welcome',
      'the peer reads: hello, then ended',
    ],
  },
  {
    name: 'Passage: the death of the process that passed a connection does not end it',
    severalUsers: true,
    steps: [
      { user: 'bob', run: listenAndGreet },
      { user: 'alice', run: (stage) => connectAndOpen(stage, stage.users.alice.uid) },
      { user: 'root', run: async (stage) => reach(stage) },
      { user: 'alice', run: async (stage) => pass(stage) },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          await stage.pass(20);
          await takeAndSpeak(stage);
          const { network } = stage.world;
          const path = `${stage.directory}/p`;
          stage.say(`the passage: ${outcome(network.reachPassage(path))}`);
        },
      },
      {
        user: 'bob',
        run: async (stage) => {
          const peer = await accepted(stage);
          await stage.until('heard', () => peer.text.length === 5);
          stage.say(`the peer reads: ${peer.text}, then ${peer.reasons || 'nothing'}`);
        },
      },
    ],
    expected: [
      'passed: ok',
      'taken: ok',
      'the taker reads: welcome',
      'the passage: ECONNREFUSED',
      'the peer reads: hello, then nothing',
    ],
  },
];

export const passageScripts: readonly ConformanceScript[] = [...alone, ...several];
