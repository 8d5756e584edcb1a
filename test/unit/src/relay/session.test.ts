/** A session of a peer on the relay's disk (R3.5, R3.6): directories, trace chunks, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import {
  OPEN_CHUNKS_MAX,
  STREAMS_PER_SESSION_MAX,
  TRACEFILES_MAX,
} from '../../../../src/relay/limits.ts';
import {
  aliceMachine,
  aliceWorld,
  createSession,
  OUTPUT,
  openStore,
  RelayPeer,
  storedFiles,
} from '../../../support/relay/relay-client.ts';
import { must } from '../../../support/ring/memory.ts';

const HOME = 'box/web-20260101-000000';
const PATH = 'ust/uid/1000/64-bit';
const OK = { code: 10 };
const REFUSED = { code: 11 };

function begun() {
  const world = aliceWorld();
  const store = openStore(world);
  const peer = new RelayPeer(store);
  peer.ask(createSession);
  peer.chunk(0n);
  return { world, store, peer };
}

describe('PeerSession', () => {
  it('create() stores a session under its host, with its time, and says where', () => {
    const world = aliceWorld();
    const peer = new RelayPeer(openStore(world));
    const { code, path } = peer.ask(createSession);
    expect({ code, path }).toEqual({ code: 10, path: HOME });
    expect(peer.answer(createSession).refusal).toBe('the connection has a session');
  });

  it('create() never writes into a directory that exists', () => {
    const { store, world } = begun();
    const { origin } = createSession;
    const another = { ...createSession, origin: { ...origin, sessionId: 4n } };
    expect(new RelayPeer(store).ask(another).path).toBe(`${HOME}-2`);
    must(world.files.makeDirectory(`${OUTPUT}/box/mine`, 0o700));
    const named = { ...createSession, origin: { ...origin, basePath: '/mine' } };
    expect(new RelayPeer(store).ask(named).path).toBe('box/mine-2');
  });

  it('create() gives the peers of one session one directory', () => {
    const { store, world, peer } = begun();
    const kernel = new RelayPeer(store);
    expect(kernel.ask(createSession).path).toBe(HOME);
    expect(kernel.chunk(0n)).toEqual(OK);
    kernel.stream({ path: 'kernel' });
    peer.stream();
    const closing = { type: 'close-chunk', chunk: 0n, closedAtSeconds: 1_767_225_700n } as const;
    peer.ask({ ...closing, command: 'move-to-archives' });
    peer.endControl();
    peer.abandon();
    expect(Object.keys(storedFiles(world))).toEqual([
      `${HOME}/kernel/ch_0`,
      `${HOME}/${PATH}/ch_0`,
    ]);
    kernel.ask({ ...closing, command: 'move-to-archives' });
    kernel.endControl();
    kernel.abandon();
    const archive = `${HOME}/archives/20260101T000000+0000-20260101T000140+0000-0`;
    expect(Object.keys(storedFiles(world))).toEqual([
      `${archive}/kernel/ch_0`,
      `${archive}/${PATH}/ch_0`,
    ]);
  });

  it('create() leaves no directory of a session that stored nothing', () => {
    const world = aliceWorld();
    const peer = new RelayPeer(openStore(world));
    peer.ask(createSession);
    peer.endControl();
    expect(peer.settled).toBe(1);
    expect(must(world.files.list(`${OUTPUT}/box`))).toEqual([]);
  });

  it.each([
    ['..', 'the host name is ".."'],
    ['a/b', 'the host name contains a slash'],
    ['', 'the host name is empty'],
    ['a\u001b', 'the host name contains a control character'],
  ])('create() refuses the host name %j', (host, refusal) => {
    const peer = new RelayPeer(openStore(aliceWorld()));
    expect(peer.answer({ ...createSession, host }).refusal).toBe(refusal);
    expect(peer.ask({ ...createSession, host }).code).toBe(11);
  });

  it.each(['../..', 'a/../../b', 'a/./b'])('create() refuses the base path %j', (basePath) => {
    const peer = new RelayPeer(openStore(aliceWorld()));
    const request = { ...createSession, origin: { ...createSession.origin, basePath } };
    expect(peer.answer(request).refusal).toMatch(/^a directory of the base path is "\.\.?"$/);
  });

  it('addStream() refuses names that are no file, and what its bounds exclude', () => {
    const { peer } = begun();
    const add = {
      type: 'add-stream',
      channel: 'ch_0',
      path: PATH,
      tracefileSize: 0n,
      tracefileCount: 0n,
      chunk: 0n,
    } as const;
    const refusal = (fields: object): string | undefined =>
      peer.answer({ ...add, ...fields }).refusal;
    expect(refusal({ channel: '../../x' })).toBe('the channel name contains a slash');
    expect(refusal({ channel: '..' })).toBe('the channel name is ".."');
    expect(refusal({ path: 'ust/../../..' })).toBe('a directory of the path is ".."');
    expect(refusal({ path: 'a/b/c/d/e/f/g' })).toBe('the path has more than 6 directories');
    expect(refusal({ path: 'archives/x' })).toBe('the path is that of the archives');
    expect(refusal({ chunk: 9n })).toBe('no such trace chunk');
    expect(refusal({ tracefileCount: BigInt(TRACEFILES_MAX) + 1n })).toBe(
      `the trace file count is more than ${TRACEFILES_MAX}`,
    );
    expect(refusal({})).toBeUndefined();
    expect(refusal({})).toContain('EEXIST');
  });

  it('addStream() follows no link out of the output directory', () => {
    const machine = aliceMachine();
    const { world } = machine.login('alice');
    must(world.files.makeDirectory('/home/alice/private', 0o700));
    const peer = new RelayPeer(openStore(world));
    peer.ask(createSession);
    peer.chunk(0n);
    machine.makeLink('alice', `${OUTPUT}/${HOME}/ust`, '/home/alice/private');
    const refused = peer.answer({
      type: 'add-stream',
      channel: 'ch_0',
      path: PATH,
      tracefileSize: 0n,
      tracefileCount: 0n,
      chunk: 0n,
    });
    expect(refused.refusal).toMatch(/ENOTDIR|EEXIST/);
    expect(must(world.files.list('/home/alice/private'))).toEqual([]);
  });

  it('addStream() takes as many streams as the bound, and one more after one was closed', () => {
    const { peer } = begun();
    const last = BigInt(0xffff_ffff_ffff_ffffn);
    let stream = 0n;
    for (let count = 0; count < STREAMS_PER_SESSION_MAX; count++) {
      stream = peer.stream({ channel: `ch_${count}` });
      // A stream without a chunk has no open file.
      peer.ask({ type: 'rotate-streams', positions: [{ stream, sequence: 0n }] });
    }
    expect(() => peer.stream({ channel: 'more' })).toThrow('refused');
    expect(peer.ask({ type: 'close-stream', stream, lastSequence: last })).toEqual(OK);
    peer.stream({ channel: 'more' });
  }, 60_000);

  it('createChunk() takes as many open chunks as the bound', () => {
    const { peer } = begun();
    for (let id = 1; id < OPEN_CHUNKS_MAX; id++) expect(peer.chunk(BigInt(id))).toEqual(OK);
    expect(peer.chunk(BigInt(OPEN_CHUNKS_MAX))).toEqual(REFUSED);
    peer.ask({ type: 'close-chunk', chunk: 1n, closedAtSeconds: 0n });
    expect(peer.chunk(BigInt(OPEN_CHUNKS_MAX))).toEqual(OK);
    expect(peer.chunk(5n)).toEqual(REFUSED);
    expect(peer.chunk(500n, 253_402_300_800n)).toEqual(REFUSED);
  });

  it('createChunk() refuses an override name that leads elsewhere', () => {
    const { peer } = begun();
    const request = { type: 'create-chunk', chunk: 1n, createdAtSeconds: 0n } as const;
    expect(peer.answer({ ...request, overrideName: '..' }).refusal).toBe(
      'the override name is ".."',
    );
    expect(peer.ask({ ...request, overrideName: 'snapshot-1' })).toEqual(OK);
    peer.stream({ chunk: 1n });
  });

  it('closeChunk() moves the first chunk to the archives, and the next has its own directory', () => {
    const { peer, world } = begun();
    const stream = peer.stream();
    peer.packet(stream, 0, 1);
    peer.index(stream, 0);
    peer.chunk(1n);
    const rotate = { type: 'rotate-streams', newChunk: 1n } as const;
    expect(peer.ask({ ...rotate, positions: [{ stream, sequence: 1n }] })).toEqual(OK);
    const closing = { type: 'close-chunk', chunk: 0n, closedAtSeconds: 1_767_225_601n } as const;
    const archive = `${HOME}/archives/20260101T000000+0000-20260101T000001+0000-0`;
    expect(peer.ask({ type: 'chunk-exists', chunk: 0n })).toEqual({ code: 10, exists: true });
    expect(peer.ask({ ...closing, command: 'move-to-archives' })).toEqual({
      code: 10,
      path: archive,
    });
    expect(peer.ask({ type: 'chunk-exists', chunk: 0n })).toEqual({ code: 10, exists: false });
    expect(storedFiles(world)).toEqual({
      [`${archive}/${PATH}/ch_0`]: '0101010101010101',
      [`${archive}/${PATH}/index/ch_0.idx`]: '0:0',
      [`${HOME}/20260101T000001+0000-1/${PATH}/ch_0`]: '',
    });
  });

  it('closeChunk() waits for a stream whose rotation is not complete, and for its index', () => {
    const { peer } = begun();
    const stream = peer.stream();
    peer.chunk(1n);
    const positions = [{ stream, sequence: 1n }];
    expect(peer.ask({ type: 'rotate-streams', newChunk: 1n, positions })).toEqual(OK);
    const closing = { type: 'close-chunk', chunk: 0n, closedAtSeconds: 1_767_225_601n } as const;
    peer.ask({ ...closing, command: 'move-to-archives' });
    const exists = { type: 'chunk-exists', chunk: 0n } as const;
    expect(peer.ask(exists).exists).toBe(true);
    peer.packet(stream, 0, 1);
    expect(peer.ask(exists).exists).toBe(true);
    peer.index(stream, 0);
    expect(peer.ask(exists).exists).toBe(false);
  });

  it('closeChunk() waits for no stream that leaves its last chunk at a packet that never comes', () => {
    const { peer, world } = begun();
    const stream = peer.stream();
    peer.packet(stream, 0, 1);
    peer.index(stream, 0);
    expect(peer.ask({ type: 'rotate-streams', positions: [{ stream, sequence: 2n }] })).toEqual(OK);
    const closing = { type: 'close-chunk', chunk: 0n, closedAtSeconds: 1_767_225_601n } as const;
    peer.ask({ ...closing, command: 'move-to-archives' });
    expect(peer.ask({ type: 'chunk-exists', chunk: 0n }).exists).toBe(false);
    expect(peer.ask({ type: 'close-stream', stream, lastSequence: 0n })).toEqual(OK);
    expect(Object.keys(storedFiles(world))).toEqual([
      `${HOME}/archives/20260101T000000+0000-20260101T000001+0000-0/${PATH}/ch_0`,
      `${HOME}/archives/20260101T000000+0000-20260101T000001+0000-0/${PATH}/index/ch_0.idx`,
    ]);
  });

  it('closeChunk() removes a cleared chunk, and the next one takes the place of the first', () => {
    const { peer, world } = begun();
    const stream = peer.stream();
    peer.packet(stream, 0, 1);
    peer.index(stream, 0);
    peer.chunk(1n);
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: [{ stream, sequence: 1n }] });
    peer.ask({ type: 'close-chunk', chunk: 0n, closedAtSeconds: 0n, command: 'delete' });
    peer.packet(stream, 1, 2);
    peer.index(stream, 1);
    expect(storedFiles(world)).toEqual({
      [`${HOME}/${PATH}/ch_0`]: '0202020202020202',
      [`${HOME}/${PATH}/index/ch_0.idx`]: '0:1',
    });
  });

  it('closeChunk() deletes nothing when clearing is not allowed', () => {
    const world = aliceWorld();
    const peer = new RelayPeer(openStore(world, { isClearAllowed: false }));
    expect(peer.ask({ type: 'get-configuration' })).toEqual({
      code: 10,
      isClearAllowed: false,
      extensions: ['forward'],
    });
    peer.ask(createSession);
    peer.chunk(0n);
    const closing = { type: 'close-chunk', chunk: 0n, closedAtSeconds: 0n } as const;
    expect(peer.ask({ ...closing, command: 'delete' })).toEqual({ code: 11, path: '' });
    expect(peer.ask({ ...closing, command: 'keep' })).toEqual({ code: 10, path: HOME });
  });

  it('rotate() names a wrong stream before it rotates any', () => {
    const { peer } = begun();
    const stream = peer.stream();
    peer.chunk(1n);
    const at = (...streams: bigint[]) => ({
      type: 'rotate-streams' as const,
      newChunk: 1n,
      positions: streams.map((one) => ({ stream: one, sequence: 0n })),
    });
    expect(peer.answer(at(stream, 7n)).refusal).toBe('no such stream');
    expect(peer.answer(at(stream, stream)).refusal).toBe('a stream is named twice');
    expect(peer.answer({ ...at(stream), newChunk: 4n }).refusal).toBe('no such trace chunk');
    expect(peer.ask(at(stream))).toEqual(OK);
  });

  it('isPending() and endDataPending() tell what has not arrived or was not asked', () => {
    const { peer, store } = begun();
    const session = new RelayPeer(store);
    const stream = peer.stream();
    const metadata = peer.stream({ channel: 'metadata' });
    const own = peer.answer({ type: 'begin-data-pending', session: 1n });
    expect(own.refusal).toBe('no such session');
    expect(session.answer({ type: 'end-data-pending', session: 1n }).refusal).toBe(
      'no such session',
    );
    const pending = { type: 'data-pending', stream, lastSequence: 0n } as const;
    expect(peer.ask(pending)).toEqual({ code: 1 });
    expect(peer.ask({ ...pending, lastSequence: 0xffff_ffff_ffff_ffffn })).toEqual({ code: 0 });
    peer.packet(stream, 0, 1);
    expect(peer.ask(pending)).toEqual({ code: 0 });
    expect(peer.ask({ type: 'quiescent-control', stream: metadata })).toEqual(OK);
    expect(peer.ask({ type: 'quiescent-control', stream: 9n })).toEqual(REFUSED);
  });

  it('endDataPending() names streams that were not asked about', () => {
    const peer = new RelayPeer(openStore(aliceWorld()));
    const { session } = peer.ask(createSession);
    peer.chunk(0n);
    const stream = peer.stream();
    expect(peer.ask({ type: 'begin-data-pending', session })).toEqual(OK);
    expect(peer.ask({ type: 'end-data-pending', session })).toEqual({ code: 1 });
    peer.ask({ type: 'data-pending', stream, lastSequence: 0n });
    expect(peer.ask({ type: 'end-data-pending', session })).toEqual({ code: 0 });
  });

  it('end() waits for packets that a closed stream was promised', () => {
    const { peer } = begun();
    const stream = peer.stream();
    expect(peer.ask({ type: 'close-stream', stream, lastSequence: 1n })).toEqual(OK);
    peer.packet(stream, 0, 1);
    peer.endControl();
    expect(peer.settled).toBe(0);
    peer.packet(stream, 1, 1);
    expect(peer.settled).toBe(1);
    expect(peer.packet(stream, 2, 1)).toBe('sends a packet of a stream that does not exist');
  });

  it('gives peers of old revisions the directory that their streams name', () => {
    const world = aliceWorld();
    const peer = new RelayPeer(openStore(world), 8);
    const { origin: _, ...old } = createSession;
    expect(peer.ask(old).path).toBe('');
    const stream = peer.stream({ path: '/box/web-20260101-000000/ust/uid/1000/64-bit' });
    peer.packet(stream, 0, 1);
    peer.index(stream, 0);
    expect(storedFiles(world)).toEqual({
      [`${HOME}/${PATH}/ch_0`]: '0101010101010101',
      [`${HOME}/${PATH}/index/ch_0.idx`]: '0:0',
    });
    expect(() => peer.stream({ path: '/../web/ust' })).toThrow('refused');
    expect(() => peer.stream({ path: '/box/other/ust' })).toThrow('refused');
    expect(() => peer.stream({ path: 'box' })).toThrow('refused');
  });
});
