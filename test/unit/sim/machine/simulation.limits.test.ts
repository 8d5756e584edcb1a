/** Limits of the port and of the disk, at and past each limit, to the virtual millisecond. */

import { describe, expect, it } from 'vitest';
import { ROUTES_MAX } from '../../../../sim/machine/fs/tree.ts';
import { ALL_SEGMENTS_BYTES_MAX, SEGMENTS_MAX } from '../../../../sim/machine/ipc/memory.ts';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { type OsResult } from '../../../../src/port/os-error.ts';
import type { SegmentRef } from '../../../../src/port/shared-memory.ts';
import {
  CLOSE_LINGER_MS,
  type Connection,
  PASSED_SOCKET_WAIT_MS,
  PASSED_SOCKETS_PER_USER_MAX,
  type UnixListener,
} from '../../../../src/port/unix-sockets.ts';
import { type World } from '../../../../src/port/world.ts';
import { GROUPS, USERS, utf8 } from '../../../support/simulated/users.ts';

const SEEDS = [0, 1, 2, 3, 4];

function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.call}: ${result.error.code}`);
}

function outcome(result: OsResult<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

interface Setting {
  readonly simulation: Simulation;
  readonly world: World;
  readonly listener: UnixListener;
  give(): string;
  take(token: string): OsResult<Connection>;
}

function setting(seed: number): Setting {
  const simulation = new Simulation({ seed, users: USERS, groups: GROUPS, programs: {} });
  const { world } = simulation.login('alice');
  const { unix, identity } = world;
  const listener = must(unix.listen('/tmp/s', { mode: 0o600 }, () => {}));
  return {
    simulation,
    world,
    listener,
    give: () => must(unix.passSocket('/tmp/s', {})).token,
    take: (token) => listener.claimSocket(token, identity),
  };
}

describe('PASSED_SOCKET_WAIT_MS', () => {
  it.each(SEEDS)('is kept to the millisecond, seed %i', (seed) => {
    const { simulation, give, take } = setting(seed);
    const [first, second] = [give(), give()];
    simulation.run({ forMs: PASSED_SOCKET_WAIT_MS });
    expect(outcome(take(first))).toBe('ok');
    simulation.run({ forMs: 1 });
    expect(outcome(take(second))).toBe('ENOENT');
  });

  it('closes the connection of the sender when no process claims the passed socket', () => {
    const { simulation, world } = setting(1);
    const { own } = must(world.unix.passSocket('/tmp/s', {}));
    const reasons: string[] = [];
    own.start({ onData: () => {}, onClose: (reason) => reasons.push(reason) });
    simulation.run({ forMs: PASSED_SOCKET_WAIT_MS });
    expect(reasons).toEqual([]);
    simulation.run({ forMs: 3 });
    expect(reasons).toEqual(['ended']);
  });
});

describe('PASSED_SOCKETS_PER_USER_MAX', () => {
  it.each(SEEDS)(
    'passedSockets are kept, the next is closed, and a place that is free is used, seed %i',
    (seed) => {
      const { give, take } = setting(seed);
      const tokens = Array.from({ length: PASSED_SOCKETS_PER_USER_MAX }, give);
      expect(outcome(take(give()))).toBe('ENOENT');
      expect(outcome(take(tokens[0] ?? ''))).toBe('ok');
      const again = give();
      expect(outcome(take(give()))).toBe('ENOENT');
      expect(outcome(take(again))).toBe('ok');
      expect(tokens.slice(1).map((token) => outcome(take(token)))).toEqual(
        Array.from({ length: PASSED_SOCKETS_PER_USER_MAX - 1 }, () => 'ok'),
      );
    },
  );

  it('one user leaves room for the passed sockets of others', () => {
    const { simulation, listener, give } = setting(1);
    for (let count = 0; count <= PASSED_SOCKETS_PER_USER_MAX; count++) give();
    const root = simulation.login('root').world;
    const { token } = must(root.unix.passSocket('/tmp/s', {}));
    expect(outcome(listener.claimSocket(token, root.identity))).toBe('ok');
  });

  it('passedSockets that ran out make room', () => {
    const { simulation, give, take } = setting(1);
    for (let count = 0; count < PASSED_SOCKETS_PER_USER_MAX; count++) give();
    simulation.run({ forMs: PASSED_SOCKET_WAIT_MS + 1 });
    expect(outcome(take(give()))).toBe('ok');
  });
});

describe('CLOSE_LINGER_MS', () => {
  it.each(SEEDS)('is how long a closed connection waits for its peer, seed %i', (seed) => {
    const { simulation, world } = setting(seed);
    const { own } = must(world.unix.passSocket('/tmp/s', {}));
    const reasons: string[] = [];
    own.start({ onData: () => {}, onClose: (reason) => reasons.push(reason) });
    own.send(new Uint8Array(1_000_000));
    own.close();
    simulation.run({ forMs: CLOSE_LINGER_MS });
    expect(reasons).toEqual([]);
    simulation.run({ forMs: 3 });
    expect(reasons).toEqual(['local']);
    expect(own.pendingBytes).toBe(0);
  });
});

describe('shared memory', () => {
  it('ends with ENOSPC at SEGMENTS_MAX segments, and at ALL_SEGMENTS_BYTES_MAX bytes', () => {
    const { world } = setting(1);
    const { memory } = world;
    const create = (byteLength: number): OsResult<SegmentRef> =>
      memory.create(byteLength, { uid: 1001, gid: 1001, mode: 0o600 });
    expect(outcome(create(ALL_SEGMENTS_BYTES_MAX + 1))).toBe('ENOSPC');
    const first = must(create(1));
    for (let made = 1; made < SEGMENTS_MAX; made++) must(create(1));
    expect(outcome(create(1))).toBe('ENOSPC');
    must(memory.remove(first));
    expect(outcome(create(ALL_SEGMENTS_BYTES_MAX))).toBe('ENOSPC');
    expect(outcome(create(1))).toBe('ok');
  });
});

describe('the disk', () => {
  it('takes what fits, then answers ENOSPC, and has room again after a truncation', () => {
    const { simulation, world } = setting(1);
    simulation.setDiskCapacity(10);
    const file = must(world.files.open('/tmp/f', 'create'));
    expect(must(file.append([utf8('123456')]))).toBe(6);
    expect(must(file.append([utf8('789'), utf8('abc')]))).toBe(4);
    expect(outcome(file.append([utf8('d')]))).toBe('ENOSPC');
    expect(simulation.readFile('/tmp/f')).toEqual(utf8('123456789a'));
    must(file.truncate(9));
    expect(must(file.append([utf8('zz')]))).toBe(1);
  });

  it('fails where a fault was planted, and nowhere else', () => {
    const { simulation, world } = setting(1);
    simulation.setFileFault((call, path) =>
      call === 'files.sync' && path === '/tmp/bad' ? 'EIO' : undefined,
    );
    const bad = must(world.files.open('/tmp/bad', 'create'));
    const good = must(world.files.open('/tmp/good', 'create'));
    expect([bad.append([utf8('x')]), bad.sync(), good.sync()].map(outcome)).toEqual([
      'ok',
      'EIO',
      'ok',
    ]);
  });
});

describe('descriptors', () => {
  it('run out with EMFILE, call by call, and are free again after a close', () => {
    const { simulation, world } = setting(1);
    const hands = simulation.login('bob');
    const { files, pipes, unix } = hands.world;
    must(world.pipes.create('/tmp/p', { mode: 0o666 }));
    const last = must(files.open('/tmp/last', 'create'));
    hands.descriptorsMax = 21;
    const attempts = (): string[] => [
      outcome(files.open('/tmp/one-more', 'append')),
      outcome(pipes.awaitSignal('/tmp/p', () => {})),
      outcome(unix.listen('/tmp/t', { mode: 0o600 }, () => {})),
      outcome(unix.passSocket('/tmp/s', {})),
    ];
    expect(attempts()).toEqual(['EMFILE', 'EMFILE', 'EMFILE', 'EMFILE']);
    last.close();
    expect(outcome(files.open('/tmp/one-more', 'append'))).toBe('ok');
  });
});

describe('paths', () => {
  it('lead where they say, also those beyond the ones whose routes are kept', () => {
    const { world } = setting(0);
    for (const n of [...Array(ROUTES_MAX + 2).keys(), 0, ROUTES_MAX + 1]) {
      expect(outcome(world.files.info(`/tmp/none-${n}`))).toBe('ENOENT');
      expect(outcome(world.files.info('/tmp'))).toBe('ok');
    }
    must(world.files.makeDirectory('/tmp/none-0', 0o700));
    must(world.files.makeDirectory(`/tmp/none-${ROUTES_MAX + 1}`, 0o700));
    expect(outcome(world.files.info('/tmp/none-0'))).toBe('ok');
    expect(outcome(world.files.info(`/tmp/none-${ROUTES_MAX + 1}`))).toBe('ok');
    expect(outcome(world.files.info(`/tmp/none-${ROUTES_MAX}`))).toBe('ENOENT');
  });
});
