/** The scheduler that hosts share: one order of events, one hash, and noise that is independent for each host. */

import { describe, expect, it } from 'vitest';
import { EndlessError } from '../../../../../sim/machine/core/endless.ts';
import { HostScheduler } from '../../../../../sim/machine/core/host-scheduler.ts';
import { EPOCH_NS, Scheduler } from '../../../../../sim/machine/core/scheduler.ts';
import { NS_PER_MS } from '../../../../../src/base/time.ts';

const PROCESS = { pid: 1000, label: 'alice/program.0', calls: 0 };

function hosts(seed = 1): { scheduler: Scheduler; one: HostScheduler; other: HostScheduler } {
  const scheduler = new Scheduler(seed);
  const one = new HostScheduler(scheduler, 'one', []);
  return { scheduler, one, other: new HostScheduler(scheduler, 'other', []) };
}

/** A host with events at random times until 10 ms, and their times on its own clock. */
function busy(host: HostScheduler): number[] {
  const times: number[] = [];
  const lane = host.lane('work');
  const again = (): void => {
    times.push(host.now);
    host.tick();
    if (host.now < 10 * NS_PER_MS) host.post(lane, again);
  };
  host.post(lane, again);
  return times;
}

describe('the events of several hosts', () => {
  it('are taken in the order of their times, on whichever host they are', () => {
    const { scheduler, one, other } = hosts();
    const order: string[] = [];
    for (const [host, ms] of [
      [one, 3],
      [other, 1],
      [one, 2],
      [other, 4],
    ] as const) {
      host.at(ms * NS_PER_MS, () => order.push(`${host.name} ${host.now / NS_PER_MS}`));
    }
    scheduler.run({ forMs: 3 });
    expect(order).toEqual(['other 1', 'one 2', 'one 3']);
    expect([scheduler.now, one.now, other.now]).toEqual([3, 3, 3].map((ms) => ms * NS_PER_MS));
    scheduler.run({ forMs: 3 });
    expect(order.at(-1)).toBe('other 4');
  });

  it('of one lane do not overtake each other, and a cancelled event does not run', () => {
    const { scheduler, one } = hosts();
    const lane = one.lane('lane');
    const order: number[] = [];
    const events = Array.from({ length: 50 }, (_, n) => one.post(lane, () => order.push(n)));
    for (const event of events.filter((_, n) => n % 2 === 1)) one.cancel(event);
    scheduler.run();
    expect(order).toEqual(Array.from({ length: 25 }, (_, n) => 2 * n));
  });

  it('keep a run going until only background work is left on every host', () => {
    const { scheduler, one, other } = hosts();
    const done: string[] = [];
    const stream = one.noise.stream('timers');
    one.postAt(stream, 5 * NS_PER_MS, true, () => done.push('background'));
    other.postAt(stream, NS_PER_MS, false, () => done.push('foreground'));
    scheduler.run();
    expect(done).toEqual(['foreground']);
    scheduler.run({ forMs: 10 });
    expect(done).toEqual(['foreground', 'background']);
  });

  it('can be looked at between two events without an end of the run, and counted', () => {
    const { scheduler, one, other } = hosts();
    busy(one);
    const times = busy(other);
    const seen: number[] = [];
    other.at(5 * NS_PER_MS, () => {
      scheduler.lookAfterEvent(() => seen.push(times.length));
      seen.push(-1);
    });
    scheduler.run({ forMs: 8 });
    expect(seen).toEqual([-1, times.filter((at) => at < 5 * NS_PER_MS).length]);
    expect(other.now).toBe(8 * NS_PER_MS);
    const before = times.length;
    scheduler.run({ stepsMax: 1 });
    expect(times.length - before).toBeLessThanOrEqual(1);
    scheduler.run();
    expect(seen).toHaveLength(2);
    expect(times.at(-1)).toBeGreaterThan(9 * NS_PER_MS);
  });
});

describe('a host', () => {
  it('does the same alone and beside another', () => {
    const alone = new Scheduler(7);
    const expected = busy(new HostScheduler(alone, 'one', []));
    alone.run({ forMs: 20 });
    const { scheduler, one, other } = hosts(7);
    const [times, others] = [busy(one), busy(other)];
    scheduler.run({ forMs: 20 });
    expect(times).toEqual(expected);
    expect(times.length).toBeGreaterThan(100);
    expect(others).not.toEqual(times);
  });

  it('without a name has its labels as they are, whatever others there are', () => {
    const alone = new HostScheduler(new Scheduler(7), undefined, []);
    const { scheduler, one } = hosts(7);
    const unnamed = new HostScheduler(scheduler, undefined, []);
    const draws = [alone, unnamed, one].map((host) => host.noise.stream('x').next());
    expect(draws[1]).toBe(draws[0]);
    expect(draws[2]).not.toBe(draws[0]);
  });

  it('runs ahead while it is in the middle of an event, and the others do not', () => {
    const { scheduler, one, other } = hosts();
    const order: string[] = [];
    one.at(2 * NS_PER_MS, () => order.push('one'));
    other.at(2 * NS_PER_MS, () => order.push('other'));
    one.at(NS_PER_MS, () => {
      one.runUntil(3 * NS_PER_MS);
      order.push('back');
    });
    scheduler.run({ forMs: 1 });
    expect(order).toEqual(['one', 'back']);
    expect([scheduler.now, one.now, other.now]).toEqual([1, 3, 1].map((ms) => ms * NS_PER_MS));
    scheduler.run({ forMs: 5 });
    expect(order).toEqual(['one', 'back', 'other']);
  });

  it('has a real-time clock of its own, which the host environment serves while it runs', () => {
    const { scheduler, one, other } = hosts();
    other.stepRealtime(3_600_000_000_000n);
    const served: number[] = [];
    for (const host of [one, other]) host.at(NS_PER_MS, () => served.push(Date.now()));
    scheduler.run({ forMs: 2 });
    const epochMs = Number(EPOCH_NS / 1_000_000n);
    expect(served.toSorted((a, b) => a - b)).toEqual([epochMs + 1, epochMs + 3_600_001]);
  });

  it('has a name that no other has', () => {
    const { scheduler } = hosts();
    const make = (name: string) => () => new HostScheduler(scheduler, name, []);
    expect(make('one')).toThrow('different names');
    expect(make('One: two')).toThrow('a host name is a word');
  });
});

describe('the hash', () => {
  it('is of all deliveries in their order, and of the hosts that they are made on', () => {
    const hashes = (['one', 'other', undefined] as const).map((name) => {
      const scheduler = new Scheduler(1);
      scheduler.record(new HostScheduler(scheduler, name, []), PROCESS, 'timer', 1);
      return scheduler.hash();
    });
    expect(new Set(hashes).size).toBe(3);
  });

  it('has a checkpoint every 256 deliveries', () => {
    const { scheduler, one, other } = hosts();
    for (let n = 0; n < 300; n++) scheduler.record(n % 2 === 0 ? one : other, PROCESS, 'timer', n);
    expect(scheduler.steps).toBe(300);
    expect(scheduler.checkpoints.map(({ step }) => step)).toEqual([256]);
  });
});

it('a host that never comes to rest is named', () => {
  const scheduler = new Scheduler(1, 2000);
  const host = new HostScheduler(scheduler, 'one', []);
  const lane = host.lane('work');
  const again = (): void => {
    scheduler.record(host, PROCESS, 'timer', 0);
    host.post(lane, again);
  };
  again();
  const run = (): void => scheduler.run();
  expect(run).toThrow(EndlessError);
  expect(run).toThrow('1000 were "timer" to alice/program.0 on one');
});
