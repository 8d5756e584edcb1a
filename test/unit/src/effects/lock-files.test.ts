/** What a lock's file tells the next holder, whatever became of those before it. */
import { expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { LockFiles } from '../../../../src/effects/lock-files.ts';

const PATH = '/home/alice/lock';

/** One holder after the other: each takes the lock, may add to the file, and dies. */
class Holders {
  readonly #simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
    groups: { alice: 1001 },
    programs: {},
  });

  /** The owner line of the last one. */
  next(line?: string, isAll = false, raw = ''): string | undefined {
    const { world, pid } = this.#simulation.login('alice');
    const locks = new LockFiles(world);
    const last = locks.lock(PATH, 0o600);
    if (line !== undefined) locks.writeOwnerLine(PATH, line, isAll);
    const file = world.files.open(PATH, 'append');
    if (file.ok) file.value.append([new TextEncoder().encode(raw)]);
    this.#simulation.kill(pid);
    return last.ok ? last.value : undefined;
  }

  /** The holder's line meets a disk with room for a part of it; there is more room again after `fullMs`. */
  nextWithFullDisk(line: string, fullMs: number, diesAfterMs: number): void {
    const { world, pid } = this.#simulation.login('alice');
    const locks = new LockFiles(world);
    locks.lock(PATH, 0o600);
    this.#simulation.faultControls.leaveOnDisk(2);
    locks.writeOwnerLine(PATH, line, false);
    this.#simulation.run({ forMs: fullMs });
    this.#simulation.faultControls.leaveOnDisk(undefined);
    this.#simulation.run({ forMs: diesAfterMs });
    this.#simulation.kill(pid);
  }

  get byteLength(): number {
    const [file] = this.#simulation.listFiles().filter(({ path }) => path === PATH);
    return file?.byteLength ?? -1;
  }
}

it('tells the last owner line, and an empty one when there is none', () => {
  const holders = new Holders();
  expect(holders.next()).toBe('');
  expect(holders.next('1')).toBe('');
  expect(holders.next('1 2')).toBe('1');
  expect(holders.next()).toBe('1 2');
  expect(holders.next('3', true)).toBe('1 2');
  expect(holders.next()).toBe('3');
});

it('goes by the line before one that was not finished', () => {
  const holders = new Holders();
  holders.next('1', false, '\n1 23');
  expect(holders.next()).toBe('1');
  holders.next('4');
  expect(holders.next()).toBe('4');
});

it('begins again when the file is long', () => {
  const holders = new Holders();
  const line = 'x'.repeat(1000);
  let longest = 0;
  for (let index = 0; index < 200; index++) {
    holders.next(`${index} ${line}`.slice(0, 1000));
    longest = Math.max(longest, holders.byteLength);
  }
  expect(longest).toBeLessThan(67 * 1024);
  expect(longest).toBeGreaterThan(63 * 1024);
  expect(holders.next()).toMatch(/^199 x/);
});

it('writes when there is room what did not fit at first', () => {
  const holders = new Holders();
  holders.next('1');
  holders.nextWithFullDisk('2 3', 2500, 1000);
  expect(holders.next()).toBe('2 3');
  // A holder that dies before that leaves the line before it.
  holders.nextWithFullDisk('4 5', 2500, 0);
  expect(holders.next()).toBe('2 3');
});
