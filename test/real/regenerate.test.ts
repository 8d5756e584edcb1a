/**
 * `lttng regenerate metadata` with real processes: recorded traces have the present offset of the clock, and no event
 * changes. Nothing steps the clock of the machine: a trace's offset is falsified instead, as if the clock had been set.
 */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram } from '../support/real/programs.ts';
import {
  daemonOf,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

/** Two samples of both clocks differ by less, unless the clock is set meanwhile. */
const SAMPLES_NS_MAX = 1_000_000_000n;

let place: Place;
let output: string;
beforeEach(() => {
  place = makePlace();
  output = join(place.directory, 'trace');
});
afterEach(() => place.end());

async function recording(...options: readonly string[]): Promise<Running> {
  await place.ok(['create', 'web', '-o', output]);
  const channel = [
    'small',
    '--subbuf-size',
    '64k',
    '--num-subbuf',
    '64',
    '--switch-timer',
    '10000',
  ];
  await place.ok(['add-channel', ...channel, ...options]);
  await place.ok(['add-event', 'test:*', '-c', 'small', '-s', 'web']);
  const application = await ticking();
  await place.ok(['start', 'web']);
  await application.line(/^\d+$/);
  await pass(100);
  return application;
}

async function ticking(): Promise<Running> {
  const program = tickProgram(place, { batch: 10, pauseMs: 2, total: 0 });
  return place.start(process.execPath, ['--import', REGISTER, program]);
}

const metadataFiles = (): string[] =>
  readdirSync(output, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/metadata'))
    .map((path) => join(output, path));
const offsetIn = (path: string): bigint =>
  BigInt(/\toffset = (\d+);/.exec(readFileSync(path, 'utf8'))?.[1] ?? '-1');
/** What the machine has now. */
function offsetNow(): bigint {
  return BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
}
const isNear = (one: bigint, other: bigint): boolean =>
  one - other < SAMPLES_NS_MAX && other - one < SAMPLES_NS_MAX;

async function end(application: Running): Promise<void> {
  await place.ok(['stop', 'web']);
  application.kill('SIGKILL');
  await application.finished;
  await place.ok(['destroy', 'web']);
}

/** From the first number on, none is missing, none is there twice; babeltrace2 reads the same. */
function expectWhole(): void {
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  const ticks = ticksOf(trace);
  expect(ticks).toEqual(ticks.map((_, index) => (ticks[0] ?? 0) + index));
  expect(babeltrace(output).events).toBe(ticks.length);
}

/** The trace says that its clock was another one: in the same file, which a consumer may have open. */
function falsify(path: string): void {
  const text = readFileSync(path, 'utf8');
  const [found = ''] = /offset = \d+/.exec(text) ?? [];
  const other = found.replaceAll(/\d/g, '1');
  const file = openSync(path, 'r+');
  writeSync(file, other, Buffer.byteLength(text.slice(0, text.indexOf(found))));
  closeSync(file);
}

describe.each([
  ['processes', []],
  ['a user', ['--buffers-uid']],
])('regenerate metadata of buffers of %s', (_, options) => {
  it('reads the clocks again, for the running and the stopped session', async () => {
    const application = await recording(...options);
    const [path = ''] = metadataFiles();
    const text = readFileSync(path, 'utf8');
    falsify(path);
    expect(await place.ok(['regenerate', 'metadata', '-s', 'web'])).toBe(
      'Regenerated the metadata of session web: its traces have the present time of day\n',
    );
    expect(isNear(offsetIn(path), offsetNow())).toBe(true);
    expect(readFileSync(path, 'utf8').replace(/offset = \d+/, '')).toBe(
      text.replace(/offset = \d+/, ''),
    );
    await pass(50);
    await place.ok(['stop', 'web']);
    falsify(path);
    await place.ok(['regenerate', 'metadata', '-s', 'web']);
    expect(isNear(offsetIn(path), offsetNow())).toBe(true);
    await place.ok(['start', 'web']);
    await pass(50);
    await end(application);
    expect(readTrace(output)).toMatchObject({ problems: [] });
  });

  it('goes on after kills of consumer and registry, and needs no consumer before', async () => {
    const application = await recording(...options);
    process.kill(daemonOf(place, 'ust-consumerd'), 'SIGKILL');
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    await pass(100);
    const [path = ''] = metadataFiles();
    falsify(path);
    await place.ok(['regenerate', 'metadata', '-s', 'web']);
    expect(isNear(offsetIn(path), offsetNow())).toBe(true);
    await pass(100);
    await end(application);
    expectWhole();
  });
});

it('is in the traces of programs that have ended and of later ones, and not in archives', async () => {
  const first = await recording();
  await place.ok(['rotate', 'web']);
  const archived = metadataFiles().find((path) => path.includes('/archives/')) ?? '';
  falsify(archived);
  const before = offsetIn(archived);
  await pass(50);
  first.kill('SIGKILL');
  await first.finished;
  await pass(100);
  for (const path of metadataFiles()) falsify(path);
  await place.ok(['regenerate', 'metadata', '-s', 'web']);
  expect(offsetIn(archived)).toBe(before);
  const second = await ticking();
  await second.line(/^\d+$/);
  await pass(100);
  await place.ok(['stop', 'web']);
  const offsets = metadataFiles()
    .filter((path) => path !== archived)
    .map(offsetIn);
  expect(offsets).toHaveLength(2);
  for (const offset of offsets) expect(isNear(offset, offsetNow())).toBe(true);
  second.kill('SIGKILL');
  await second.finished;
  await place.ok(['destroy', 'web']);
});
