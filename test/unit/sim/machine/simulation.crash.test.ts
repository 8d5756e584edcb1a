/** A power failure keeps the synced bytes of files, and a random part of the others. */
import { describe, expect, it } from 'vitest';
import { isProcessEnded, Simulation } from '../../../../sim/machine/simulation.ts';
import type { OsResult } from '../../../../src/port/os-error.ts';
import type { World } from '../../../../src/port/world.ts';
import { GROUPS, textOf, USERS, utf8 } from '../../../support/simulated/users.ts';

function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.call}: ${result.error.code}`);
}

function machine(seed = 1): { simulation: Simulation; world: World } {
  const simulation = new Simulation({ seed, users: USERS, groups: GROUPS, programs: {} });
  return { simulation, world: simulation.login('alice').world };
}

function append(world: World, path: string, text: string, durably: boolean): void {
  const file = must(world.files.open(path, 'append'));
  must(file.append([utf8(text)]));
  if (durably) must(file.sync());
  file.close();
}

function content(simulation: Simulation, path: string): string | undefined {
  const bytes = simulation.readFile(path);
  return bytes === undefined ? undefined : textOf(bytes);
}

describe('Simulation.crashMachine()', () => {
  it('keeps what was synced, file and directory', () => {
    const { simulation, world } = machine();
    append(world, '/tmp/both', 'kept', true);
    must(world.files.syncDirectory('/tmp'));
    append(world, '/tmp/both', ' and lost', false);
    append(world, '/tmp/no-entry', 'synced, but its directory was not', true);
    simulation.crashMachine();
    expect(content(simulation, '/tmp/both')).toBe('kept');
    expect(content(simulation, '/tmp/no-entry')).toBeUndefined();
  });

  it('renames as of the last directory sync: the old file or the new one, never neither', () => {
    const { simulation, world } = machine();
    append(world, '/tmp/config', 'old', true);
    must(world.files.syncDirectory('/tmp'));
    append(world, '/tmp/config.new', 'new', true);
    must(world.files.rename('/tmp/config.new', '/tmp/config'));
    const unsynced = content(simulation, '/tmp/config');
    simulation.crashMachine();
    expect([unsynced, content(simulation, '/tmp/config')]).toEqual(['new', 'old']);

    const after = simulation.login('alice').world;
    append(after, '/tmp/config.new', 'new', true);
    must(after.files.rename('/tmp/config.new', '/tmp/config'));
    must(after.files.syncDirectory('/tmp'));
    simulation.crashMachine();
    expect(content(simulation, '/tmp/config')).toBe('new');
    expect(content(simulation, '/tmp/config.new')).toBeUndefined();
  });

  it('undoes truncations and removals that were not synced', () => {
    const { simulation, world } = machine();
    append(world, '/tmp/cut', 'whole', true);
    append(world, '/tmp/removed', 'still', true);
    must(world.files.syncDirectory('/tmp'));
    const file = must(world.files.open('/tmp/cut', 'append'));
    must(file.truncate(1));
    must(file.append([utf8('x')]));
    must(world.files.remove('/tmp/removed'));
    simulation.crashMachine();
    expect(content(simulation, '/tmp/cut')).toBe('whole');
    expect(content(simulation, '/tmp/removed')).toBe('still');
  });

  it('keeps any prefix of what was not synced when asked to, and never anything else', () => {
    const lengths = new Set<number>();
    const whole = 'durable0123456789';
    for (let seed = 0; seed < 60; seed++) {
      const { simulation, world } = machine(seed);
      append(world, '/tmp/log', 'durable', true);
      must(world.files.syncDirectory('/tmp'));
      append(world, '/tmp/log', '0123456789', false);
      simulation.crashMachine({ keepSomeBytes: true });
      const left = content(simulation, '/tmp/log') ?? '';
      expect(whole.startsWith(left) && left.startsWith('durable')).toBe(true);
      lengths.add(left.length);
    }
    expect(lengths).toContain(7);
    expect(lengths).toContain(17);
    expect(lengths.size).toBeGreaterThan(5);
  });

  it('ends every process, and empties memory, /run and locks', () => {
    const { simulation, world } = machine();
    const { memory, unix, files } = world;
    const file = must(files.open('/tmp/locked', 'create'));
    must(file.lock());
    must(file.sync());
    must(files.syncDirectory('/tmp'));
    must(memory.create(4096, { uid: 1001, gid: 1001, mode: 0o600 }));
    must(simulation.login('root').world.files.makeDirectory('/run/lttng', 0o755));
    simulation.syncDisk();
    must(unix.listen('/tmp/s', { mode: 0o600 }, () => {}));
    must(files.syncDirectory('/tmp'));
    simulation.crashMachine();
    expect(simulation.processes().filter(({ isAlive }) => isAlive)).toEqual([]);
    expect(simulation.segments()).toEqual([]);
    expect(simulation.connectionEnds()).toBe(0);
    expect(simulation.listFiles().filter(({ path }) => path.startsWith('/run/'))).toEqual([]);
    // A socket file outside /run stays behind, stale.
    expect(simulation.sockets()).toMatchObject([{ path: '/tmp/s', listenerPid: undefined }]);
    must(must(simulation.login('alice').world.files.open('/tmp/locked', 'append')).lock());
  });

  it('stops handlers and calls of the processes that were there', () => {
    const { simulation, world } = machine();
    let fired = 0;
    world.clock.setTimer(1, () => {
      fired += 1;
    });
    simulation.crashMachine();
    simulation.run({ forMs: 10 });
    expect(fired).toBe(0);
    let thrown: unknown;
    try {
      world.clock.monotonicNs();
    } catch (error) {
      thrown = error;
    }
    expect(isProcessEnded(thrown)).toBe(true);
  });
});
