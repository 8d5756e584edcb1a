/** A registry at its bounds and one past them, in the simulator: it refuses or cuts off, and serves all others. */
import { describe, expect, it } from 'vitest';
import { startSessiond } from '../../../actors/programs/sessiond.ts';
import {
  ALL_LISTED_BYTES_MAX,
  APP_HANDSHAKE_MS_MAX,
  APP_LINKS_MAX,
  APP_LINKS_PER_USER_MAX,
  AWAITING_MAX,
  CHANNELS_MAX,
  CLIENT_LINKS_MAX,
  CLIENT_LINKS_PER_USER_MAX,
  CONSUMER_MS_MAX,
  DESCRIPTION_BYTES_MAX,
  HELLO_MS_MAX,
  LISTED_BYTES_MAX,
  REVISIONS_PENDING_MAX,
  RULES_MAX,
  SESSIONS_MAX,
  STREAMS_PER_USER_MAX,
} from '../../../actors/sessiond/limits.ts';
import {
  countLink,
  fullness,
  initialContext,
  withAnnounced,
} from '../../../actors/sessiond/registry/context.ts';
import { Simulation } from '../../../sim/machine/simulation.ts';
import { GATHER_MS } from '../../../src/effects/journal.ts';
import type { Connection, ConnectionListener } from '../../../src/port/unix-sockets.ts';
import type { World } from '../../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type Operation,
  type ToClient,
} from '../../../src/wire/control/messages.ts';
import { decodeBody, encodedBytes, encodeFrame, FrameParser } from '../../../src/wire/frames.ts';
import { FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX } from '../../../src/wire/limits.ts';
import { PROTOCOLS, type ProtocolName } from '../../../src/wire/protocols.ts';
import { PLACE } from '../../fuzz/arena.ts';

interface Peer {
  readonly heard: readonly { readonly type: string; readonly [member: string]: unknown }[];
  readonly isOver: boolean;
  say(message: unknown): void;
}

interface Setting {
  readonly simulation: Simulation;
  readonly alice: World;
  connect(path: string, protocol?: ProtocolName): Peer;
  /** A process that registers as an application, and sends nothing more. */
  application(user?: 'alice' | 'bob'): Peer;
  /** A client that was welcomed; it gets answers in the order of its requests. */
  client(): (operation: Operation) => ToClient;
  links(): string[];
}

/** The received messages of a connection, and a function that sends. */
function hear(
  protocol: ProtocolName,
  send: (bytes: Uint8Array) => void,
): Peer & { readonly listener: ConnectionListener } {
  let over = false;
  const heard: { type: string }[] = [];
  const parser = new FrameParser();
  return {
    heard,
    get isOver() {
      return over;
    },
    say: (message) => {
      const frame = encodeFrame(message);
      if (frame.ok) send(frame.value);
    },
    listener: {
      onData: (bytes) => {
        for (const body of parser.push(bytes).bodies) {
          const message = decodeBody<{ type: string }>(body, PROTOCOLS[protocol].schema);
          if (!message.ok) throw new Error(message.error);
          heard.push(message.value);
        }
      },
      onClose: () => {
        over = true;
      },
    },
  };
}

function setting(): Setting {
  const simulation = new Simulation({
    seed: 1,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, tracing: 2000 },
    programs: {
      sessiond: (world) => {
        system = startSessiond(world);
      },
    },
  });
  let system: ReturnType<typeof startSessiond> | undefined;
  simulation.spawn('root', 'sessiond');
  simulation.run({ forMs: 50 });
  const alice = simulation.login('alice').world;

  function connect(
    path: string,
    protocol: ProtocolName = path === PLACE.client ? 'control.client' : 'app.library',
    of: World = alice,
  ): Peer {
    let connection: Connection | undefined;
    const peer = hear(protocol, (bytes) => connection?.send(bytes));
    of.unix.connect(path, {}, (outcome) => {
      if (!outcome.ok) throw new Error(outcome.error.code);
      connection = outcome.value;
      connection.start(peer.listener);
    });
    simulation.run({ forMs: 5 });
    return peer;
  }

  function application(user: 'alice' | 'bob' = 'alice'): Peer {
    const { world } = simulation.login(user);
    const main = connect(PLACE.app, 'app.library', world);
    main.say({ type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 });
    const given = world.unix.passSocket(PLACE.app, {});
    if (!given.ok) throw new Error(given.error.code);
    const { own, token } = given.value;
    const peer = hear('channel.library', (bytes) => own.send(bytes));
    own.start(peer.listener);
    main.say({ type: 'register', token, processName: 'silent', tid: world.identity.tid });
    simulation.run({ forMs: 5 });
    return peer;
  }

  return {
    simulation,
    alice,
    connect,
    application,
    client: () => {
      const peer = connect(PLACE.client);
      peer.say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
      let id = 0;
      return (operation) => {
        id += 1;
        peer.say({ type: 'request', id, operation });
        simulation.run({ forMs: 5 });
        const found = peer.heard.find((message) => message['id'] === id);
        if (found === undefined) throw new Error(`no answer to ${operation.op}`);
        return found as ToClient;
      };
    },
    links: () => Object.keys(system?.states() ?? {}).filter((key) => /^(?:app|client)-/.test(key)),
  };
}

const create = (name: string): Operation => ({ op: 'session.create', name, output: '/tmp/out' });
const channel = (name: string): Operation => ({
  op: 'channel.add',
  session: 's',
  channel: {
    name,
    shape: { subbufferBytes: 4096, subbufferCount: 2, overwrite: false },
    switchTimerUs: 0,
    readTimerUs: 0,
  },
});
const enable = (patterns: string[], name?: string): Operation => ({
  op: 'event.enable',
  session: 's',
  ...(name === undefined ? {} : { channel: name }),
  patterns,
  logLevelMax: 14,
  target: { kind: 'all' },
});
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `p${n}`);

describe('waits', () => {
  it('HELLO_MS_MAX and APP_HANDSHAKE_MS_MAX end silent peers, and the log names them', () => {
    const { simulation, alice, connect, links } = setting();
    const peers = [connect(PLACE.client), connect(PLACE.app)];
    expect(links()).toHaveLength(2);
    simulation.run({ forMs: Math.min(HELLO_MS_MAX, APP_HANDSHAKE_MS_MAX) - 20 });
    expect(peers.map(({ isOver }) => isOver)).toEqual([false, false]);
    simulation.run({ forMs: 30 });
    expect(peers.map(({ isOver }) => isOver)).toEqual([true, true]);
    expect(links()).toEqual([]);
    const { pid, uid, gid } = alice.identity;
    const lines = simulation.log.filter(({ event }) => event === 'peer.cutOff');
    expect(lines.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ reason: 'did not send hello in time', pid, uid, gid }),
      expect.objectContaining({ reason: 'did not register in time', pid, uid, gid }),
    ]);
  });
});

describe('sessions', () => {
  it('SESSIONS_MAX of them can be made, and all are listed in pages', () => {
    const ask = setting().client();
    for (const name of numbered(SESSIONS_MAX)) expect(ask(create(name)).type).toBe('reply');
    expect(ask(create('more'))).toMatchObject({ type: 'failure', code: 'LIMIT' });
    const names: string[] = [];
    for (let from: number | undefined = 0; from !== undefined; ) {
      const page = ask({ op: 'session.list', from });
      if (page.type !== 'reply') throw new Error(page.type);
      names.push(...(page.value.sessions ?? []).map(({ name }) => name));
      from = page.value.next;
    }
    expect(names).toEqual(numbered(SESSIONS_MAX));
    expect(ask({ op: 'session.destroy', session: 'p0' }).type).toBe('reply');
    expect(ask(create('more')).type).toBe('reply');
  });

  it('CHANNELS_MAX and RULES_MAX bound one session', () => {
    const ask = setting().client();
    ask(create('s'));
    for (const name of numbered(CHANNELS_MAX)) expect(ask(channel(name)).type).toBe('reply');
    expect(ask(channel('more'))).toMatchObject({ type: 'failure', code: 'LIMIT' });
    expect(ask(enable(numbered(RULES_MAX), 'p0')).type).toBe('reply');
    expect(ask(enable(['more'], 'p1'))).toMatchObject({ type: 'failure', code: 'LIMIT' });
    expect(ask(enable(['p0'], 'p0')).type).toBe('reply');
  });

  it('DESCRIPTION_BYTES_MAX bounds long rules; a session at it is answered, listed and fits a frame', () => {
    const ask = setting().client();
    ask(create('s'));
    let added = 0;
    let answer = ask(enable([`${'漢'.repeat(250)}${added}`]));
    while (answer.type === 'reply') {
      added += 1;
      answer = ask(enable([`${'漢'.repeat(250)}${added}`]));
    }
    expect(answer).toMatchObject({ type: 'failure', code: 'LIMIT' });
    expect(added).toBeGreaterThan(40);
    const listed = ask({ op: 'session.list', from: 0 });
    if (listed.type !== 'reply') throw new Error(listed.type);
    const bytes = encodedBytes(listed.value.sessions?.[0]?.channels);
    expect(bytes).toBeLessThanOrEqual(DESCRIPTION_BYTES_MAX);
    expect(bytes).toBeGreaterThan(DESCRIPTION_BYTES_MAX - 1000);
    expect(encodedBytes(listed)).toBeLessThan(FRAME_BYTES_MAX);
    expect(SESSIONS_MAX * (DESCRIPTION_BYTES_MAX + CHANNELS_MAX * 340)).toBeLessThan(
      SEND_QUEUE_BYTES_MAX,
    );
  });

  it('AWAITING_MAX requests wait for a consumer, the next is refused, all are answered in the end', () => {
    const { simulation, connect } = setting();
    const peer = connect(PLACE.client);
    peer.say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
    peer.say({ type: 'request', id: 0, operation: create('s') });
    for (let id = 1; id <= AWAITING_MAX + 1; id++) {
      peer.say({ type: 'request', id, operation: { op: 'consumer.await', session: 's' } });
    }
    simulation.run({ forMs: 20 });
    const failures = (): unknown[] => peer.heard.filter(({ type }) => type === 'failure');
    expect(failures()).toEqual([expect.objectContaining({ id: AWAITING_MAX + 1, code: 'LIMIT' })]);
    // The first request starts the timer; later ones wait for the next timer.
    simulation.run({ forMs: CONSUMER_MS_MAX });
    expect(failures()).toHaveLength(2);
    simulation.run({ forMs: CONSUMER_MS_MAX });
    expect(failures()).toHaveLength(AWAITING_MAX + 1);
  });
});

describe('applications that are traced', () => {
  /** A session with a consumer that writes nothing, active. */
  function active(channels: readonly string[]): Setting & { ask(operation: Operation): ToClient } {
    const all = setting();
    const ask = all.client();
    const created = ask(create('s'));
    if (created.type !== 'reply') throw new Error(created.type);
    const consumer = all.connect(PLACE.client, 'control.consumer');
    consumer.say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
    consumer.say({ type: 'attach', session: created.value.session?.uuid });
    all.simulation.run({ forMs: 5 });
    consumer.say({ type: 'opened' });
    all.simulation.run({ forMs: 5 });
    for (const name of channels) {
      ask(channel(name));
      ask(enable(['*'], name));
    }
    expect(ask({ op: 'session.start', session: 's' })).toMatchObject({ type: 'reply' });
    return { ...all, ask };
  }

  it('REVISIONS_PENDING_MAX states may be unapplied, with one more the application is cut off', () => {
    const { simulation, application, ask, links } = active(['c']);
    const app = application();
    const states = (): number => app.heard.filter(({ type }) => type === 'state').length;
    while (states() < REVISIONS_PENDING_MAX) ask(enable([`p${states()}`], 'c'));
    expect(app.isOver).toBe(false);
    ask(enable(['more'], 'c'));
    simulation.run({ forMs: 10 });
    expect(app.isOver).toBe(true);
    expect(links().filter((link) => link.startsWith('app-'))).toEqual([]);
    const line = simulation.log.find(({ event }) => event === 'peer.cutOff');
    expect(line?.fields['reason']).toBe('did not apply the pending states');
  });

  it('STREAMS_PER_USER_MAX streams are made for a user in all sessions, and others still get theirs (R1.7)', () => {
    const { simulation, application, ask } = active(numbered(CHANNELS_MAX));
    const session = () => {
      // The last changes are gathered.
      simulation.run({ forMs: 2 * GATHER_MS });
      const listed = ask({ op: 'session.list', from: 0 });
      return listed.type === 'reply' ? listed.value.sessions?.[0] : undefined;
    };
    const streams = (): number | undefined => session()?.streams;
    const said = () => simulation.log.filter(({ event }) => event === 'stream.shareExhausted');
    for (let app = 0; app < STREAMS_PER_USER_MAX / CHANNELS_MAX; app++) application();
    expect([streams(), said().length]).toEqual([STREAMS_PER_USER_MAX, 0]);
    const past = application();
    expect(streams()).toBe(STREAMS_PER_USER_MAX);
    expect(said()[0]?.fields).toMatchObject({ uid: 1001, 'streams-max': STREAMS_PER_USER_MAX });
    expect(session()?.unbuffered?.threads).toMatchObject([{ code: 'LIMIT', state: 'waiting' }]);
    expect(past.isOver).toBe(false);
    application('bob');
    expect(streams()).toBe(STREAMS_PER_USER_MAX + CHANNELS_MAX);
  });
});

describe('links and lists', () => {
  const context = initialContext({
    registry: 'registry',
    areSocketsGiven: false,
    pid: 1,
    location: {
      scope: 'global',
      directory: '/run/x',
      directoryMode: 0o755,
      clientPath: '',
      appPath: '',
      pipePath: '',
      uid: 0,
    },
  });

  it.each([
    ['client', CLIENT_LINKS_PER_USER_MAX, CLIENT_LINKS_MAX],
    ['app', APP_LINKS_PER_USER_MAX, APP_LINKS_MAX],
  ] as const)(
    'one user has at most its share of %s links, all users together the rest',
    (kind, own, all) => {
      const held = (counts: Record<number, number>): typeof context => ({
        ...context,
        links: {
          ...context.links,
          [kind]: new Map(Object.entries(counts).map(([uid, n]) => [Number(uid), n])),
        },
      });
      expect(fullness(held({ 7: own - 1 }), kind, 7)).toBeUndefined();
      expect(fullness(held({ 7: own }), kind, 7)?.limit).toBe(`${kind}-links-per-user-max`);
      expect(fullness(held({ 7: own }), kind, 8)).toBeUndefined();
      expect(fullness(held({ 7: own, 8: all - own - 1 }), kind, 9)).toBeUndefined();
      expect(fullness(held({ 7: own, 8: all - own }), kind, 9)?.limit).toBe(`${kind}-links-max`);
      const one = { ...context, ...countLink(context, kind, 7, 1) };
      expect(one.links[kind]).toEqual(new Map([[7, 1]]));
      expect(countLink(one, kind, 7, -1).links[kind]).toEqual(new Map());
    },
  );

  it('LISTED_BYTES_MAX and ALL_LISTED_BYTES_MAX bound what is kept of announcements', () => {
    const app = (link: string, listedBytes: number) => ({
      app: { link, pid: 1, uid: 1, gid: 1, tid: 1, startedAt: 1, processName: 'x' },
      tracepoints: [],
      listedBytes,
    });
    const info = { name: 'n'.repeat(200), logLevel: 1, fields: '' };
    const many = new Array(1000).fill(info);
    const [first] = withAnnounced([app('a', 0)], 'a', many);
    expect(first?.listedBytes).toBeLessThanOrEqual(LISTED_BYTES_MAX);
    expect(first?.listedBytes).toBeGreaterThan(LISTED_BYTES_MAX - 300);
    expect(withAnnounced(first === undefined ? [] : [first], 'a', many)).toEqual([first]);
    const crowded = [app('a', 0), app('b', ALL_LISTED_BYTES_MAX - 250)];
    expect(withAnnounced(crowded, 'a', many)[0]?.tracepoints).toHaveLength(1);
  });
});
