/** The kernel of a simulated machine: CPUs that stop, instances of others, refusals, and what the ledger is told. */
import { describe, expect, test } from 'vitest';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import { PageReader } from '../../../../../src/kernel/page-reader.ts';
import type { InstanceOptions, KernelPages } from '../../../../../src/port/kernel-tracer.ts';
import type { World } from '../../../../../src/port/world.ts';
import { must } from '../../../../support/ring/memory.ts';

const SMALL: InstanceOptions = { bufferKb: 8, pageKb: 4, overwrite: false, wakePercent: 50 };
const WAKEUP = 'sched:sched_wakeup';
const NAME = 'ours';

class Stage {
  readonly simulation: Simulation;
  readonly world: World;

  constructor(options: InstanceOptions = SMALL) {
    this.simulation = new Simulation({
      seed: 1,
      users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
      groups: {},
      programs: {},
    });
    this.world = this.simulation.login('root').world;
    this.make(NAME, options);
  }

  get kernelEvents(): Simulation['kernelEvents'] {
    return this.simulation.kernelEvents;
  }

  make(name: string, options = SMALL): void {
    must(this.world.kernel.makeInstance(name, options));
    must(this.world.kernel.setEvent(name, WAKEUP, true));
    must(this.world.kernel.setRecording(name, true));
  }

  pages(cpu: number, name = NAME): KernelPages {
    return must(this.world.kernel.openPages(name, cpu));
  }

  fates(name = NAME): string[] {
    const life = this.kernelEvents.history.findLast((each) => each.name === name);
    return life?.offered.map(({ fate }) => fate) ?? [];
  }
}

/** Times of the records that are there. */
function timesIn(pages: KernelPages): number[] {
  const reader = new PageReader({ commitBytes: 8, dataOffset: 16 });
  const page = new Uint8Array(4096);
  const times: number[] = [];
  while (must(pages.read(page)) > 0) {
    must(reader.open(page));
    while (reader.next()) times.push(Number(reader.begin) + reader.sinceBegin);
  }
  return times;
}

test('each instance records what it wants, on each CPU, with the time that the ledger has', () => {
  const stage = new Stage();
  stage.make('other');
  must(stage.world.kernel.setEvent('other', WAKEUP, true, 'pid == 2'));
  const happened = [1, 2, 3].map((pid) => stage.kernelEvents.emit(0, WAKEUP, { pid }));
  happened.push(stage.kernelEvents.emit(1, WAKEUP, { pid: 2 }));
  stage.kernelEvents.emit(1, 'irq:softirq_entry', { vec: 1 });
  const [first, second, third, fourth] = happened.map(({ time }) => time);
  expect(timesIn(stage.pages(0))).toEqual([first, second, third]);
  expect(timesIn(stage.pages(1))).toEqual([fourth]);
  expect(timesIn(stage.pages(0, 'other'))).toEqual([second]);
  expect(stage.fates()).toEqual(['read', 'read', 'read', 'read']);
  expect(stage.fates('other')).toEqual(['read', 'buffered']);
  expect(stage.kernelEvents.happened.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4]);
});

test('nothing is recorded before and after, and nothing is lost by that', () => {
  const stage = new Stage();
  must(stage.world.kernel.setRecording(NAME, false));
  stage.kernelEvents.emit(0, WAKEUP);
  must(stage.world.kernel.setRecording(NAME, true));
  stage.kernelEvents.emit(0, WAKEUP);
  must(stage.world.kernel.setEvent(NAME, WAKEUP, false));
  stage.kernelEvents.emit(0, WAKEUP);
  expect(stage.fates()).toEqual(['buffered']);
  expect(must(stage.world.kernel.counts(NAME, 0))).toEqual({
    entries: 1,
    overrun: 0,
    dropped: 0,
    read: 0,
  });
});

describe('a CPU that stops', () => {
  test('keeps what its buffers hold, and goes on when it starts again', () => {
    const stage = new Stage();
    const [before] = [stage.kernelEvents.emit(1, WAKEUP)];
    stage.kernelEvents.stopCpu(1);
    expect(must(stage.world.kernel.describe()).cpus).toEqual([0]);
    expect(() => stage.kernelEvents.emit(1, WAKEUP)).toThrow('CPUs that run');
    const pages = stage.pages(1);
    expect(timesIn(pages)).toEqual([before?.time]);
    stage.kernelEvents.startCpu(1);
    expect(must(stage.world.kernel.describe()).cpus).toEqual([0, 1]);
    const after = stage.kernelEvents.emit(1, WAKEUP);
    expect(timesIn(pages)).toEqual([after.time]);
  });

  test('has no buffer in an instance that is made meanwhile, until it starts', () => {
    const stage = new Stage();
    stage.kernelEvents.stopCpu(1);
    stage.make('later', { ...SMALL, wakePercent: 0 });
    const pages = stage.pages(1, 'later');
    let woken = 0;
    pages.await(() => void woken++);
    stage.simulation.run({ forMs: 10 });
    expect([must(pages.read(new Uint8Array(4096))), must(pages.counts()).entries]).toEqual([0, 0]);
    stage.kernelEvents.startCpu(1);
    stage.kernelEvents.emit(1, WAKEUP);
    stage.simulation.run({ forMs: 10 });
    expect(woken).toBe(1);
    expect(must(pages.counts()).entries).toBe(1);
  });
});

test('an instance that another process removes is gone, with what nobody has read', () => {
  const stage = new Stage();
  stage.kernelEvents.emit(0, WAKEUP);
  const pages = stage.pages(0);
  const other = stage.simulation.login('root').world.kernel;
  expect(other.removeInstance(NAME)).toMatchObject({ ok: false, error: { code: 'EAGAIN' } });
  pages.close();
  must(other.removeInstance(NAME));
  expect(stage.fates()).toEqual(['removed']);
  expect(stage.kernelEvents.history[0]?.removedAt).toBe(stage.simulation.now);
  expect(stage.world.kernel.setRecording(NAME, true)).toMatchObject({ error: { code: 'ENOENT' } });
  stage.make(NAME);
  expect(stage.fates()).toEqual([]);
  expect(stage.kernelEvents.history).toHaveLength(2);
});

test('the end of a process closes its pages; a power failure ends all instances', () => {
  const stage = new Stage();
  const other = stage.simulation.login('root');
  must(other.world.kernel.openPages(NAME, 0)).await(() => undefined);
  stage.simulation.kill(other.pid);
  must(stage.world.kernel.removeInstance(NAME));
  stage.make(NAME);
  stage.kernelEvents.emit(0, WAKEUP);
  stage.simulation.crashMachine();
  expect(stage.kernelEvents.instances).toEqual([]);
  expect(stage.fates()).toEqual(['removed']);
});

test('a kernel that is locked down refuses root, too', () => {
  const { world, kernelEvents } = new Stage();
  kernelEvents.refusal = 'EPERM';
  expect(world.kernel.describe()).toMatchObject({ error: { code: 'EPERM' } });
  expect(world.kernel.makeInstance('more', SMALL)).toMatchObject({ error: { code: 'EPERM' } });
  kernelEvents.refusal = undefined;
  expect(world.kernel.describe().ok).toBe(true);
});

test('a wait of a paused process that was closed meanwhile calls nothing', () => {
  const stage = new Stage({ ...SMALL, wakePercent: 0 });
  const process = stage.simulation.login('root');
  const pages = must(process.world.kernel.openPages(NAME, 0));
  let woken = 0;
  const wait = pages.await(() => void woken++);
  stage.simulation.faultControls.pause(process, 5);
  stage.kernelEvents.emit(0, WAKEUP);
  stage.simulation.run({ forMs: 2 });
  wait.close();
  stage.simulation.run({ forMs: 10 });
  expect(woken).toBe(0);
  pages.await(() => void woken++);
  stage.simulation.run({ forMs: 10 });
  expect(woken).toBe(1);
});
