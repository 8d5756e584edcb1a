/**
 * Files of bounded size and number, of real processes: they hold the newest events whatever is killed, babeltrace2
 * reads every state of the directory, and LTTng 2.13 names its files as we do, with as many and of the same size.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingForLttng, startPrivateLttng } from '../../support/real/lttng.ts';
import { tickProgram } from '../../support/real/programs.ts';
import {
  daemonOf,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../../support/real/traces.ts';

const KILLS = 8;
const LOOKS = 8;
const SIZE = 16_384;
const COUNT = 3;
const FILES = ['--subbuf-size=4k', '--num-subbuf=64', `--tracefile-size=${SIZE}`];

let place: Place;
let output: string;
beforeEach(() => {
  place = makePlace();
  output = join(place.directory, 'trace');
});
afterEach(() => place.end());

async function recording(...options: readonly string[]): Promise<Running> {
  const program = tickProgram(place, { batch: 20, pauseMs: 2, total: 0 });
  await place.ok(['create', 'web', '-o', output]);
  const timers = ['--switch-timer', '20000', '--read-timer', '5000'];
  await place.ok(['add-channel', 'small', ...FILES, ...timers, ...options]);
  await place.ok(['add-event', 'test:*', '-c', 'small', '-s', 'web']);
  const application = place.start(process.execPath, ['--import', REGISTER, program]);
  await place.ok(['start', 'web']);
  await application.line(/^\d+$/);
  return application;
}

/** Sizes of the files under the directory that a name fits, by name. */
function filesIn(directory: string, name: RegExp): Map<string, number> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const found = paths.map((path) => [path.slice(path.lastIndexOf('/') + 1), path] as const);
  return new Map(
    found
      .filter(([file]) => name.test(file))
      .map(([file, path]) => [file, statSync(join(directory, path)).size]),
  );
}

/** The files' numbers in their streams. */
function numbersOf(files: Map<string, number>): Set<string> {
  return new Set([...files.keys()].map((name) => name.replace(/^small_\d+_/, '')));
}

/** Both readers agree, and miss nothing between the first event that is there and the last. */
function ticksThere(): number[] {
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  const ticks = ticksOf(trace);
  const [first = 0] = ticks;
  expect(ticks).toEqual(ticks.map((_, index) => first + index));
  const { events, discarded } = babeltrace(output);
  expect({ events, discarded }).toEqual({ events: ticks.length, discarded: 0 });
  return ticks;
}

async function end(application: Running): Promise<number> {
  await place.ok(['stop', 'web']);
  application.kill('SIGKILL');
  await application.finished;
  await place.ok(['destroy', 'web']);
  const files = filesIn(output, /^small_\d+_\d+$/);
  expect(Math.max(...files.values())).toBeLessThanOrEqual(SIZE);
  return files.size;
}

describe('tracefiles', () => {
  it('hold the newest events, whatever kills the consumer', { timeout: 120_000 }, async () => {
    const application = await recording(`--tracefile-count=${COUNT}`);
    for (let kill = 0; kill < KILLS; kill++) {
      await pass(Math.random() * 300);
      process.kill(daemonOf(place, 'ust-consumerd'), 'SIGKILL');
      await place.ok(['consume', '--continue', '-s', 'web']);
    }
    await pass(500);
    expect(await end(application)).toBe(COUNT);
    const ticks = ticksThere();
    const said = Number((await application.line(/^\d+$/)).trim());
    expect(ticks[0]).toBeGreaterThan(0);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(said - 1);
  });

  it('are readable at every moment', { timeout: 120_000 }, async () => {
    const application = await recording(`--tracefile-count=${COUNT}`);
    const consumer = daemonOf(place, 'ust-consumerd');
    const firsts: (number | undefined)[] = [];
    for (let look = 0; look < LOOKS; look++) {
      await pass(Math.random() * 300);
      process.kill(consumer, 'SIGSTOP');
      try {
        firsts.push(ticksThere()[0]);
      } finally {
        process.kill(consumer, 'SIGCONT');
      }
    }
    expect(firsts).toEqual(firsts.toSorted((one = 0, other = 0) => one - other));
    expect(firsts.at(-1)).toBeGreaterThan(0);
    await end(application);
  });

  it('of any number hold all events', { timeout: 60_000 }, async () => {
    const application = await recording();
    await pass(1500);
    const count = await end(application);
    expect(count).toBeGreaterThan(COUNT);
    const numbers = Array.from({ length: count }, (_, number) => `${number}`);
    expect(numbersOf(filesIn(output, /^small_\d+_\d+$/))).toEqual(new Set(numbers));
    expect(ticksThere().length).toBeGreaterThan(0);
  });

  const missing = missingForLttng();
  it('are named and bounded as those of LTTng', { timeout: 120_000 }, async ({ skip }) => {
    if (missing !== undefined) skip(`recording with LTTng needs ${missing}`);
    const application = await recording(`--tracefile-count=${COUNT}`);
    await pass(1000);
    await end(application);
    const ours = filesIn(output, /^small_/);

    const lttng = await startPrivateLttng();
    const out = join(lttng.directory, 'out');
    lttng.lttng('create', 'web', `--output=${out}`);
    lttng.lttng(
      ...['enable-channel', '-u', '--buffers-pid', ...FILES, `--tracefile-count=${COUNT}`, 'small'],
    );
    lttng.lttng('enable-event', '-u', '-c', 'small', 'bench:*');
    lttng.lttng('start');
    const program = lttng.trace();
    await expect.poll(() => program.events(), { timeout: 30_000 }).toBeGreaterThan(20_000);
    await program.end();
    lttng.lttng('destroy');
    const theirs = filesIn(out, /^small_\d+_\d+$/);

    expect(numbersOf(ours)).toEqual(new Set(['0', '1', '2']));
    expect(numbersOf(theirs)).toEqual(numbersOf(ours));
    expect(Math.max(...theirs.values())).toBeLessThanOrEqual(SIZE);
    // Of what LTTng writes our reader misses nothing that babeltrace2 finds.
    const { events, problems } = readTrace(out);
    expect(problems).toEqual([]);
    expect(events).toHaveLength(babeltrace(out, true).events);
  });
});
