/** A full disk, with real processes: the trace's directory is a small file system. Mounting it needs root. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPinoLog, LOG_WAITING_BYTES_MAX } from '../../src/os/log.ts';
import { tickProgram } from '../support/real/programs.ts';
import { daemonOf, makePlace, type Place, REGISTER, until } from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const DISK_BYTES = 2 * 1024 * 1024;
const UNTIL_MS_MAX = 15_000;
const ONCE = 'trace.notWritable';
const AGAIN = 'trace.writable';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  spawnSync('umount', ['--lazy', diskOf(place)]);
  await place.end();
});

function diskOf({ directory }: Place): string {
  return join(directory, 'disk');
}

/** A small file system, or undefined where the test cannot mount one. */
function mountDisk(): string | undefined {
  const disk = diskOf(place);
  mkdirSync(disk);
  const options = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk];
  return spawnSync('mount', options).status === 0 ? disk : undefined;
}

/** Fills the file system up to `blocks` free blocks; returns a function that frees them. */
function fill(disk: string, blocks = 0): () => void {
  const filler = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail - blocks) * bsize));
  return () => rmSync(filler);
}

const ok = (...words: string[]): Promise<string> => place.ok(words);

function linesOf(message: string): number {
  const log = readFileSync(join(place.environment['LTTNG_TS_RUNDIR'] ?? '', 'ust-consumerd.log'));
  return log.toString().split(message).length - 1;
}

/** The number of segments that a process has attached. */
function attachedBy(pid: number): number {
  return readFileSync(`/proc/${pid}/maps`, 'utf8').split('/SYSV').length - 1;
}

/** Records continuously into the session with small buffers. */
async function record(): Promise<() => Promise<number>> {
  // Whole sub-buffers only: half of one may fit on a disk that has no room for the next.
  const small = ['--subbuf-size', '16k', '--num-subbuf', '4', '--switch-timer', '0'];
  await ok('add-channel', 'small', '-s', 'web', ...small);
  await ok('add-event', 'test:*', '-c', 'small', '-s', 'web');
  await ok('start', 'web');
  const program = tickProgram(place, { batch: 100, pauseMs: 10, total: 0 });
  const application = place.start(process.execPath, ['--import', REGISTER, program]);
  await application.line(/^\d+$/);
  return async () => {
    await ok('stop', 'web');
    application.kill('SIGKILL');
    const { stdout } = await application.finished;
    return Number(stdout.trim().split('\n').at(-1));
  };
}

/** Every event is in the trace or counted: numbers are contiguous except for the discarded events. */
function check(output: string): { readonly events: number; readonly discarded: number } {
  const trace = readTrace(output);
  expect(trace.problems).toEqual([]);
  const ticks = ticksOf(trace);
  expect(new Set(ticks).size).toBe(ticks.length);
  const span = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) + 1;
  const missing = span - ticks.length;
  // Events discarded after the last recorded event have no number in the trace.
  expect(trace.discarded).toBeGreaterThanOrEqual(missing);
  expect(babeltrace(output)).toMatchObject({ events: ticks.length, discarded: trace.discarded });
  return { events: ticks.length, discarded: trace.discarded };
}

describe('a disk that is full', () => {
  it('is logged once; the trace stays readable, continues when there is room, and counts discarded events', async ({
    skip,
  }) => {
    const disk = mountDisk();
    if (disk === undefined) return skip('needs root and mount(2)');
    const output = join(disk, 'trace');
    await ok('create', 'web', '-o', output);
    const end = await record();
    await until(() => existsSync(join(output, 'ust')));
    await pass(300);
    const before = babeltrace(output).events;
    const free = fill(disk, 4);
    await until(() => linesOf(ONCE) === 1);
    for (let look = 0; look < 5; look++) {
      await pass(200);
      expect(check(output).events).toBeGreaterThanOrEqual(before);
    }
    // The disk has no room for a sub-buffer, and the file holds no part of one.
    expect(linesOf(ONCE)).toBe(1);
    expect(linesOf(AGAIN)).toBe(0);
    const full = check(output);
    free();
    await until(() => linesOf(AGAIN) === 1);
    await pass(200);
    const emitted = await end();
    await ok('destroy', 'web');
    const { events, discarded } = check(output);
    expect(events).toBeGreaterThan(full.events);
    expect(discarded).toBeGreaterThan(0);
    // The application may report more events than were recorded: between stop and its end, and before the start.
    expect(events + discarded).toBeLessThanOrEqual(emitted + 100);
    expect(linesOf(ONCE)).toBe(1);
  });

  it('from the beginning leaves no incomplete file, and recording starts when there is room', async ({
    skip,
  }) => {
    const disk = mountDisk();
    if (disk === undefined) return skip('needs root and mount(2)');
    const output = join(disk, 'trace');
    await ok('create', 'web', '-o', output);
    const free = fill(disk);
    const end = await record();
    await until(() => linesOf(ONCE) === 1);
    await pass(500);
    expect(() => readTrace(output)).toThrow(/trace/);
    free();
    await until(() => linesOf(AGAIN) === 1);
    await end();
    await ok('destroy', 'web');
    expect(check(output).discarded).toBeGreaterThan(0);
    expect(linesOf(ONCE)).toBe(1);
  });

  it('under the registry makes every command warn of an unwritten record, until it can be written', async ({
    skip,
  }) => {
    const disk = mountDisk();
    if (disk === undefined) return skip('needs root and mount(2)');
    const options = { environment: { LTTNG_TS_RUNDIR: join(disk, 'run') } };
    const lttng = (...words: string[]) => place.lttng(words, options);
    const output = join(place.directory, 'trace');
    expect(await lttng('create', 'first', '-o', output)).toMatchObject({ status: 0, stderr: '' });
    const free = fill(disk);
    const created = await lttng('create', 'second', '-o', output);
    expect(created.status).toBe(0);
    expect(created.stderr).toContain('annot write the record of the session');
    expect(created.stderr).toContain('ENOSPC');
    free();
    // The registry retries by itself.
    const deadline = Date.now() + UNTIL_MS_MAX;
    for (let told = created; told.stderr !== ''; told = await lttng('list', 'second')) {
      expect(Date.now()).toBeLessThan(deadline);
    }
  });

  it('keeps the lines of a log that have no room, up to a bound, and the daemon goes on', ({
    skip,
  }) => {
    const disk = mountDisk();
    if (disk === undefined) return skip('needs root and mount(2)');
    const path = join(disk, 'daemon.log');
    const { log } = createPinoLog({ name: 'daemon', level: 'info', path });
    const write = (line: string): void => log('registry.ready', { line, text: 'x'.repeat(900) });
    write('before');
    const free = fill(disk);
    const lines = Array.from({ length: 200 }, (_, index) => `${index}`);
    for (const line of lines) write(line);
    free();
    // This one is dropped; it writes what waits.
    write('late');
    write('after');
    const written = readFileSync(path, 'utf8').trimEnd().split('\n');
    const found = written.map((line) => (JSON.parse(line) as { line: string }).line);
    const kept = found.length - 2;
    expect(found).toEqual(['before', ...lines.slice(0, kept), 'after']);
    const bytes = Buffer.byteLength(`${written[1]}\n`);
    expect(kept * bytes).toBeGreaterThan(LOG_WAITING_BYTES_MAX - 2 * 4096 - bytes);
    expect(kept * bytes).toBeLessThan(LOG_WAITING_BYTES_MAX + 2 * 4096);
  });

  it('under a killed registry loses no event of streams that no record names, and frees their memory', async ({
    skip,
  }) => {
    const disk = mountDisk();
    if (disk === undefined) return skip('needs root and mount(2)');
    const options = { environment: { LTTNG_TS_RUNDIR: join(disk, 'run') } };
    const lttng = (...words: string[]) => place.ok(words, options);
    const output = join(place.directory, 'trace');
    await lttng('create', 'web', '-o', output);
    await lttng('add-event', 'test:*', '-s', 'web');
    const free = fill(disk);
    const program = tickProgram(place, { batch: 1, pauseMs: 1, total: 0 });
    const application = place.start(process.execPath, ['--import', REGISTER, program], options);
    const started = await place.lttng(['start', 'web'], options);
    expect(started.stderr).toContain('annot write the record of the session');
    await application.line(/^\d+$/);
    const consumer = daemonOf(place, 'ust-consumerd');
    await until(() => attachedBy(consumer) === 2);
    await pass(300);
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    // The consumer writes that into its log, for which there is no room.
    await pass(300);
    free();
    // Starts the next registry, which reads the session's record from its creation.
    expect(await lttng('list', 'web', '--output-format', 'json')).toContain('"inactive"');
    await until(() => attachedBy(consumer) === 0);
    const trace = readTrace(output);
    expect(trace).toMatchObject({ discarded: 0, problems: [] });
    const ticks = ticksOf(trace);
    expect(ticks.length).toBeGreaterThan(100);
    expect(ticks).toEqual(ticks.map((_, index) => (ticks[0] ?? 0) + index));
    expect(daemonOf(place, 'ust-consumerd')).toBe(consumer);
    application.kill('SIGKILL');
    await application.finished;
    await lttng('destroy', 'web');
  });
});
