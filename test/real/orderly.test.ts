/** SIGTERM and SIGINT with real processes: every program writes what its buffers hold and leaves nothing behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram } from '../support/real/programs.ts';
import {
  childOf,
  daemonOf,
  listSegments,
  makePlace,
  type Place,
  processesOf,
  REGISTER,
  type Running,
  until,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** The remaining files of a registry's directory: lock, its log, the consumers' log, and the folder of records. */
const STAYS = ['lttng-sessiond.log', 'registry.lock', 'sessions', 'ust-consumerd.log'];

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

const ok = (...words: string[]): Promise<string> => place.ok(words);

function homeOfRegistry(): string {
  return process.getuid?.() === 0
    ? (place.environment['LTTNG_TS_RUNDIR'] ?? '')
    : join(place.homeOf(), '.lttng-ts');
}

interface Left {
  readonly segments: readonly unknown[];
  readonly files: readonly string[];
  readonly records: readonly string[];
  readonly processes: readonly number[];
}

/** Everything that a registry may leave: its segments, its files, and processes other than these. */
function leftovers(registry: number, ...others: number[]): Left {
  const home = homeOfRegistry();
  return {
    segments: listSegments().filter(({ creatorPid }) => creatorPid === registry),
    files: readdirSync(home).filter((name) => !STAYS.includes(name)),
    records: readdirSync(join(home, 'sessions')),
    processes: processesOf(place.directory).filter((pid) => !others.includes(pid)),
  };
}

const NOTHING = { segments: [], files: [], records: [], processes: [] };

/** A session that records one application. */
async function recordTicks(output: string): Promise<Running> {
  await ok('create', 'web', '-o', output);
  await ok('add-event', 'test:*', '-s', 'web');
  await ok('start', 'web');
  const program = tickProgram(place, { batch: 50, pauseMs: 5, total: 0 });
  const application = place.start(process.execPath, ['--import', REGISTER, program]);
  await application.line(/^[2-9]\d{3}$/);
  return application;
}

function checkWhole(output: string): number {
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  const ticks = ticksOf(trace);
  const first = ticks[0] ?? 0;
  expect(ticks).toEqual(ticks.map((_, index) => first + index));
  expect(babeltrace(output).events).toBe(ticks.length);
  return ticks.length;
}

describe.each(SIGNALS)('%s', (signal) => {
  it('ends a registry with its sessions, their consumers and their buffers', async () => {
    const output = join(place.directory, 'trace');
    const application = await recordTicks(output);
    const registry = daemonOf(place, 'lttng-sessiond');
    process.kill(registry, signal);
    await until(() => processesOf(place.directory).every((pid) => pid === application.pid));
    // A segment exists until the application has detached it too.
    await until(() => listSegments().every(({ creatorPid }) => creatorPid !== registry));
    expect(leftovers(registry, application.pid)).toEqual(NOTHING);
    expect(checkWhole(output)).toBeGreaterThan(1000);
    // The application continues and registers with the next registry.
    await ok('list');
    application.kill('SIGKILL');
    await application.finished;
  });

  it('ends a registry but keeps unwritten buffers without a consumer: the next registry restores them', async () => {
    const output = join(place.directory, 'trace');
    const application = await recordTicks(output);
    const consumer = daemonOf(place, 'ust-consumerd');
    process.kill(consumer, 'SIGKILL');
    await until(() => !processesOf(place.directory).includes(consumer));
    // The registry lists it too.
    while ((await ok('list', 'web', '--output-format', 'json')).includes('"consumerPid"'));
    const registry = daemonOf(place, 'lttng-sessiond');
    process.kill(registry, signal);
    await until(() => processesOf(place.directory).every((pid) => pid === application.pid));
    const { segments, files, records } = leftovers(registry, application.pid);
    expect(segments).toHaveLength(2);
    expect(files).toEqual([expect.stringMatching(/^wake-/)]);
    expect(records).toHaveLength(1);
    const [log] = readFileSync(join(homeOfRegistry(), 'lttng-sessiond.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"event":"session.kept"'));
    expect(log).toContain('"session":"web"');
    // The application recorded all the time: the trace holds what it recorded meanwhile.
    expect(await ok('list', 'web', '--output-format', 'json')).toContain('"state":"active"');
    await ok('destroy', 'web');
    expect(checkWhole(output)).toBeGreaterThan(1000);
    expect(leftovers(registry, application.pid)).toMatchObject({ segments: [], records: [] });
    application.kill('SIGKILL');
    await application.finished;
  });

  it('ends a consumer after it has written the buffers; the session stays', async () => {
    const output = join(place.directory, 'trace');
    const application = await recordTicks(output);
    const consumer = daemonOf(place, 'ust-consumerd');
    process.kill(consumer, signal);
    await until(() => !processesOf(place.directory).includes(consumer));
    expect(checkWhole(output)).toBeGreaterThan(1000);
    expect(await ok('list', 'web', '--output-format', 'json')).toContain('"state":"active"');
    application.kill('SIGKILL');
    await application.finished;
  });

  it('ends `lttng record` with its command and destroys the session; the trace stays', async () => {
    const output = join(place.directory, 'trace');
    const program = tickProgram(place, { batch: 50, pauseMs: 5, total: 0 });
    const command = ['record', '-e', 'test:*', '-o', output, '--', process.execPath, program];
    const recording = place.startLttng(command);
    await recording.line(/^[5-9]\d{2}$/);
    // A terminal sends SIGINT to every process in the foreground.
    if (signal === 'SIGINT') process.kill(childOf(recording.pid), signal);
    recording.kill(signal);
    expect((await recording.finished).status).toBe(128 + (signal === 'SIGINT' ? 2 : 15));
    expect(checkWhole(output)).toBeGreaterThan(100);
    const registry = daemonOf(place, 'lttng-sessiond');
    await until(() => processesOf(place.directory).every((pid) => pid === registry));
    process.kill(registry, signal);
    await until(() => processesOf(place.directory).length === 0);
    expect(leftovers(registry)).toEqual(NOTHING);
  });

  it('ends an application as without tracing; the registry removes its written buffers', async () => {
    const output = join(place.directory, 'trace');
    const application = await recordTicks(output);
    const registry = daemonOf(place, 'lttng-sessiond');
    application.kill(signal);
    expect((await application.finished).signal).toBe(signal);
    const made = (): number =>
      listSegments().filter(({ creatorPid }) => creatorPid === registry).length;
    await until(() => made() === 0);
    const said = checkWhole(output);
    expect(said).toBeGreaterThan(1000);
    await ok('destroy', 'web');
    process.kill(registry, signal);
    await until(() => processesOf(place.directory).length === 0);
    expect(leftovers(registry)).toEqual(NOTHING);
  });
});
