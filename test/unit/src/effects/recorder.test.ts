/**
 * The handler of a consumer's effects as its outputs change: it reaches a passage, takes the connections to a relay
 * that another process passes, and streams over them; what goes wrong on the way has a reason.
 */
import { expect, it } from 'vitest';
import { readTraces } from '../../../../sim/ledger/trace-content.ts';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { findTraces } from '../../../../src/ctf/read/reader.ts';
import type { EffectEvent } from '../../../../src/effects/contract/effects.ts';
import type { RecorderEffect } from '../../../../src/effects/contract/recorder.ts';
import { createRecorderHandler } from '../../../../src/effects/recorder.ts';
import type { TcpConnection } from '../../../../src/port/network.ts';
import { CLOSE_LINGER_MS } from '../../../../src/port/unix-sockets.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import type { RelayAddress } from '../../../../src/wire/relay/forward.ts';
import { encodeReply } from '../../../../src/wire/relay/requests.ts';
import { connectTo, eventsOf, SITE } from '../../../support/relay/relay-link.ts';
import { type Script, ScriptedRelay } from '../../../support/relay/scripted-relay.ts';
import { must } from '../../../support/ring/memory.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const PASSAGE = '/tmp/passage';
const OUTPUT = '/home/alice/trace';

/** Root's process is the registry; alice's has the application and the consumer. */
function makeStage() {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: { root: 0 },
    programs: {},
  });
  const root = simulation.login('root');
  const alice = simulation.login('alice');
  const { world } = alice;
  const memory = createStreamMemory(world, 3, SHAPE, '/home/alice/wake');
  const tick = traceInto(world, memory).tracepoint('test:tick', { n: u32 });
  const events: EffectEvent[] = [];
  const handle = createRecorderHandler(world, (_, event) => void events.push(event), {
    major: 0,
    minor: 1,
  });
  const tell = (effect: RecorderEffect): void => handle(effect, 'consumer');
  const wait = (forMs: number): void => simulation.run({ forMs });
  let next = 0;
  let token = 0;
  tell({ type: 'recorder.open', session: SITE.session });
  tell({ type: 'recorder.addStream', stream: consumed(memory) });
  return {
    events,
    files: world.files,
    tell,
    wait,
    simulation,
    emit: (count: number) => {
      for (let n = 0; n < count; n++) tick({ n: next++ });
    },
    /** Files and sockets that alice's process has open. */
    descriptors: () => alice.descriptors,
    /** The events since the last call. */
    heard: () => events.splice(0).map(withoutTime),
    /** What a flush says. */
    flush: () => {
      tell({ type: 'recorder.flush', token: ++token });
      wait(100);
      return events.splice(0).filter(({ type }) => type === 'recorder.flushed');
    },
    /** Connects root's process to a relay. */
    connect: (script?: Script) => {
      const relay = new ScriptedRelay(13, script);
      return { relay, ...connectTo(simulation, root.world, relay) };
    },
    /** The registry opens a passage, the consumer reaches it, and the registry passes these. */
    pass: (changeToken: number, connections: readonly TcpConnection[]) => {
      const { uid } = world.identity;
      const passage = must(root.world.network.openPassage(PASSAGE, uid));
      tell({ type: 'recorder.reachPassage', token: changeToken, passage: PASSAGE });
      if (connections.length > 0) must(passage.pass(world.identity, connections));
      passage.close();
    },
  };
}

/** The time at which it happened: the tests do not say when that is. */
function withoutTime<E extends object>(event: E): E {
  const { atMs: _, ...rest } = event as E & { readonly atMs?: number };
  return rest as E;
}

const toRelay = (token: number, hops: readonly RelayAddress[] = []) => ({
  type: 'recorder.toRelay' as const,
  token,
  basePath: 'there',
  way: { control: hops, data: hops },
});
const changed = (token: number, failed?: { code: string; reason: string }) => ({
  type: 'recorder.outputChanged',
  token,
  ...(failed === undefined ? {} : { failed }),
});

it('streams over passed connections, then into files, then nowhere', () => {
  const stage = makeStage();
  stage.emit(10);
  const { relay, ours } = stage.connect();
  expect(stage.heard()).toEqual([{ type: 'recorder.opened' }]);
  stage.pass(7, [ours.control, ours.data]);
  expect(stage.heard()).toEqual([{ type: 'recorder.passageReached', token: 7 }]);
  stage.tell(toRelay(7));
  stage.wait(100);
  expect(stage.heard()).toContainEqual(changed(7));
  expect(stage.flush()).toMatchObject([
    { outcome: { link: { state: 'connected', packetsInFlight: 0, packetsStored: 1 } } },
  ]);
  expect(eventsOf(relay.streams[1]?.packets ?? [])).toHaveLength(10);
  stage.emit(10);
  stage.tell({ type: 'recorder.toFiles', token: 8, output: OUTPUT });
  stage.wait(100);
  expect(stage.heard()).toContainEqual(changed(8));
  expect(stage.flush()).toEqual([{ type: 'recorder.flushed', token: 2, outcome: {} }]);
  expect(relay.streams.every(({ isClosed }) => isClosed)).toBe(true);
  stage.tell({ type: 'recorder.toNowhere', token: 9 });
  expect(stage.heard()).toContainEqual(changed(9));
  stage.emit(1);
  expect(stage.flush()).toMatchObject([{ outcome: { unwritten: { streams: 1, code: 'ENXIO' } } }]);
});

it('says that it cannot reach the passage, or that nothing came over it', () => {
  const stage = makeStage();
  stage.heard();
  stage.tell({ type: 'recorder.reachPassage', token: 1, passage: PASSAGE });
  const reason = 'cannot reach /tmp/passage';
  expect(stage.heard()).toEqual([changed(1, { code: 'ENOENT', reason })]);
  const cannotTake = (code: string): { code: string; reason: string } => ({
    code,
    reason: 'cannot take the connections to the relay',
  });
  stage.tell(toRelay(2));
  expect(stage.heard()).toEqual([changed(2, cannotTake('EAGAIN'))]);
  stage.pass(3, []);
  stage.heard();
  stage.tell(toRelay(3));
  expect(stage.heard()).toEqual([changed(3, cannotTake('ECONNRESET'))]);
  const { ours, relay } = stage.connect();
  stage.pass(4, [ours.control]);
  stage.heard();
  stage.tell(toRelay(4));
  expect(stage.heard()).toEqual([changed(4, cannotTake('EIO'))]);
  const further = stage.connect();
  stage.pass(5, [further.ours.control, further.ours.data]);
  stage.heard();
  stage.tell({ ...toRelay(5), datagramsTo: { host: '127.0.0.1', port: 5343 } });
  expect(stage.heard()).toEqual([changed(5, cannotTake('EIO'))]);
  expect(relay.requests).toEqual([]);
  const failures = stage.simulation.log.filter(({ event }) => event === 'trace.outputFailed');
  expect(failures).toHaveLength(5);
});

it('says why the relay or the directory cannot be used, writes nowhere, and goes on with the next output', () => {
  const stage = makeStage();
  const { ours } = stage.connect((request) =>
    request.type === 'version' ? encodeReply('version', { major: 3, minor: 0 }, 13) : 'honest',
  );
  const { host, port } = ours.control.remote;
  stage.pass(1, [ours.control, ours.data]);
  stage.tell(toRelay(1));
  stage.wait(100);
  const reason = `at ${host} ${port}, the relay speaks version 3.0`;
  expect(stage.heard()).toContainEqual(changed(1, { code: 'EIO', reason }));
  stage.emit(5);
  expect(stage.flush()).toMatchObject([{ outcome: { unwritten: { streams: 1, code: 'ENXIO' } } }]);
  stage.tell({ type: 'recorder.toFiles', token: 2, output: '/root/trace' });
  expect(stage.heard()).toContainEqual(
    changed(2, { code: 'EACCES', reason: 'cannot create /root/trace' }),
  );
  stage.tell({ type: 'recorder.toFiles', token: 3, output: OUTPUT });
  expect(stage.heard()).toContainEqual(changed(3));
  expect(stage.flush()).toMatchObject([{ outcome: {} }]);
});

it('goes on from relay to relay, and names the one that cannot be passed (R3.8)', () => {
  const stage = makeStage();
  const { ours, relay } = stage.connect();
  const { host, port } = ours.control.remote;
  stage.pass(1, [ours.control, ours.data]);
  stage.tell(toRelay(1, [{ host: 'store', port: 5342, isIpv6Only: false }]));
  stage.wait(100);
  const reason = `at ${host} ${port}, the relay cannot forward`;
  expect(stage.heard()).toContainEqual(changed(1, { code: 'EIO', reason }));
  expect(relay.requests).not.toContain('create-session');
});

it('refuses a relay that takes no datagrams (R3.10), and goes on with the next output', () => {
  const stage = makeStage();
  const { ours, relay } = stage.connect();
  const { host, port } = ours.control.remote;
  stage.pass(1, [ours.control]);
  stage.heard();
  stage.tell({ ...toRelay(1), datagramsTo: { host, port: 5343 } });
  stage.wait(100);
  const why = 'the relay takes packets over TCP alone: it does not know UDP data';
  expect(stage.heard()).toContainEqual(
    changed(1, { code: 'EIO', reason: `at ${host} ${port}, ${why}` }),
  );
  expect(relay.requests).not.toContain('create-session');
  stage.emit(5);
  stage.tell({ type: 'recorder.toFiles', token: 2, output: OUTPUT });
  expect(stage.heard()).toContainEqual(changed(2));
  expect(stage.flush()).toMatchObject([{ outcome: {} }]);
});

it('reports at once that the link of its relay is lost, and keeps the events for the next output', () => {
  const stage = makeStage();
  const { ours, theirs } = stage.connect();
  stage.pass(1, [ours.control, ours.data]);
  stage.tell(toRelay(1));
  stage.wait(100);
  stage.heard();
  theirs.control.drop();
  stage.wait(10);
  expect(stage.heard()).toMatchObject([
    { type: 'recorder.changed', outcome: { link: { state: 'lost' } } },
  ]);
  stage.emit(5);
  expect(stage.flush()).toMatchObject([
    { outcome: { link: { state: 'lost' }, unwritten: { streams: 1, code: 'ECONNRESET' } } },
  ]);
  const next = stage.connect();
  stage.pass(2, [next.ours.control, next.ours.data]);
  stage.tell(toRelay(2));
  stage.wait(100);
  expect(stage.flush()).toMatchObject([{ outcome: { link: { state: 'connected' } } }]);
  expect(eventsOf(next.relay.streams[1]?.packets ?? [])).toEqual([0, 1, 2, 3, 4]);
});

it('answers neither a change that a newer one replaces, nor one that a lost registry asked for', () => {
  const stage = makeStage();
  const silent: Script = () => undefined;
  const before = stage.descriptors();
  const { ours } = stage.connect(silent);
  stage.pass(1, [ours.control, ours.data]);
  stage.heard();
  stage.tell(toRelay(1));
  stage.wait(10);
  stage.tell({ type: 'recorder.reachPassage', token: 2, passage: PASSAGE });
  expect(stage.heard()).toMatchObject([{ token: 2, failed: { code: 'ENOENT' } }]);
  const next = stage.connect();
  stage.pass(3, [next.ours.control, next.ours.data]);
  stage.heard();
  stage.tell(toRelay(3));
  stage.tell({ type: 'recorder.keepOnly', segments: [] });
  stage.wait(100);
  expect(stage.heard().filter(({ type }) => type === 'recorder.outputChanged')).toEqual([]);
  expect(next.relay.requests).toContain('create-session');
  // The connections of the first change are closed, and those of the last one are in use.
  stage.wait(CLOSE_LINGER_MS);
  expect(stage.descriptors()).toBe(before + 2);
});

it('says that a chunk is full, again when it is asked again, and not of what a rotation has moved', () => {
  const stage = makeStage();
  const full = (): number => stage.heard().filter(({ type }) => type === 'recorder.full').length;
  const rotate = (token: number, isClear: boolean): void =>
    stage.tell({ type: 'recorder.rotate', token, output: OUTPUT, chunk: { number: 0 }, isClear });
  stage.tell({ type: 'recorder.toFiles', token: 1, output: OUTPUT });
  stage.tell({ type: 'recorder.limit', bytes: 200 });
  stage.emit(10);
  stage.flush();
  stage.tell({ type: 'recorder.limit', bytes: 200 });
  expect(full()).toBe(1);
  stage.emit(100);
  rotate(2, false);
  expect(full()).toBe(0);
  stage.emit(100);
  rotate(3, true);
  expect(full()).toBe(0);
  stage.emit(100);
  stage.tell({ type: 'recorder.flush', token: 4 });
  expect(full()).toBe(1);
});

it('gives its traces the present offset of the clock, and writes on in them', () => {
  const stage = makeStage();
  const streams = () => readTraces(stage.files, OUTPUT).streams;
  const offset = (): bigint => streams()[0]?.clockOffsetNs ?? 0n;
  stage.tell({ type: 'recorder.toFiles', token: 1, output: OUTPUT });
  stage.emit(10);
  stage.flush();
  const before = offset();
  stage.simulation.faultControls.stepRealtime(3_600_000);
  stage.tell({ type: 'recorder.regenerate', token: 2, output: OUTPUT });
  expect(stage.heard()).toEqual([changed(2)]);
  const step = offset() - before;
  expect(step > 3_599_999_000_000n && step < 3_600_001_000_000n).toBe(true);
  stage.emit(10);
  stage.flush();
  expect(streams().map(({ events }) => events.length)).toEqual([20]);
});

it('says which metadata it cannot write, and records on', () => {
  const stage = makeStage();
  stage.tell({ type: 'recorder.toFiles', token: 1, output: OUTPUT });
  stage.emit(10);
  stage.flush();
  stage.simulation.setDiskCapacity(0);
  stage.tell({ type: 'recorder.regenerate', token: 2, output: OUTPUT });
  const [path = ''] = must(findTraces(stage.files, OUTPUT));
  expect(stage.heard()).toEqual([changed(2, { code: 'ENOSPC', reason: `${path}/.metadata.new` })]);
  stage.simulation.setDiskCapacity(undefined);
  stage.emit(10);
  expect(stage.flush()).toMatchObject([{ outcome: {} }]);
});
