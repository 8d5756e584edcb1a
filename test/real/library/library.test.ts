/** The library in real programs: how a program loads it, and its behaviour while registries start and end. */
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeProgram } from '../../support/real/programs.ts';
import {
  DIST,
  LIBRARY,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../../support/real/sandbox.ts';
import { readTrace, ticksOf } from '../../support/real/traces.ts';
import type { ReadTrace } from '../../support/trace/read-trace.ts';

const { execPath } = process;
const POLL_MS = 50;
const UNTIL_MS_MAX = 30_000;
const SEGMENTS_PER_STREAM = 2;
const WORKERS = 10;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Records a command to its end. */
async function record(words: readonly string[]): Promise<{ trace: ReadTrace; stdout: string }> {
  const output = join(place.directory, 'trace');
  const recorded = await place.lttng(['-q', 'record', '-o', output, '--', ...words]);
  expect(recorded).toMatchObject({ status: 0, stderr: '' });
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  return { trace, stdout: recorded.stdout };
}

async function ok(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args);
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

async function startRegistry(): Promise<Running> {
  const registry = place.startProgram('lttng-sessiond', []);
  await registry.said(/registry\.ready/);
  return registry;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + UNTIL_MS_MAX;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited too long');
    await pass(POLL_MS);
  }
}

/** The complete written metadata of a trace. */
function metadataIn(output: string): string {
  if (!existsSync(output)) return '';
  const files = readdirSync(output, { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('/metadata'));
  return found.map((file) => readFileSync(join(output, file), 'latin1')).join('');
}

const isListed = async (pid: number): Promise<boolean> =>
  (await ok(['list', '--apps', '--output-format', 'json'])).includes(`"pid":${pid},`);

/** Records a number every 5 ms. */
const TICKING = `import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
let n = 0;
setInterval(() => tick({ n: n++ }), 5);
console.log('running');`;

describe('the library', () => {
  it('is required by CommonJS programs', async () => {
    const program = writeProgram(
      place,
      'program.cjs',
      `const { tracepoint, u32 } = require('${fileURLToPath(LIBRARY)}');
tracepoint('test:tick', { n: u32 })({ n: 0 });
console.log('done');`,
    );
    const { trace, stdout } = await record([execPath, program]);
    expect(stdout).toBe('done\n');
    expect(ticksOf(trace)).toEqual([0]);
  });

  it('is preloaded by --require, and then the program does not wait for a registry', async () => {
    const gate = join(place.directory, 'gate');
    const program = writeProgram(
      place,
      'program.cjs',
      `const { existsSync } = require('node:fs');
const timer = setInterval(() => {
  console.log('printed');
  if (existsSync('${gate}')) clearInterval(timer);
}, 50);`,
    );
    const register = join(DIST, 'bin/register.cjs');
    const output = join(place.directory, 'trace');
    const words = ['env', 'NODE_OPTIONS=', execPath, '--require', register, program];
    const recording = place.startLttng(['-q', 'record', '-o', output, '--', ...words]);
    // The trace declares every enabled event.
    await until(async () => metadataIn(output).includes('node:console_log'));
    writeFileSync(gate, '');
    const recorded = await recording.finished;
    expect(recorded).toMatchObject({ status: 0, stderr: '' });
    expect(recorded.stdout).toMatch(/^(printed\n)+$/);
    const names = readTrace(output).events.map(({ name }) => name);
    expect(names).toContain('node:console_log');
  });

  it('registers once for any number of copies in a program', async () => {
    const copy = join(place.directory, 'copy');
    cpSync(DIST, join(copy, 'dist'), { recursive: true });
    cpSync(join(DIST, '../package.json'), join(copy, 'package.json'));
    symlinkSync(join(DIST, '../node_modules'), join(copy, 'node_modules'));
    const program = writeProgram(
      place,
      'program.mjs',
      `import * as one from 'file://${join(copy, 'dist/bin/library.js')}';
import * as other from '${LIBRARY}';
const fields = (library) => ({ n: library.u32 });
one.tracepoint('test:tick', fields(one))({ n: 0 });
other.tracepoint('test:tick', fields(other))({ n: 1 });
console.log(one.tracepoint !== other.tracepoint);
console.log(one.tracepoint('test:tick', fields(one)) === other.tracepoint('test:tick', fields(other)));`,
    );
    const { trace, stdout } = await record([execPath, program]);
    expect(stdout).toBe('true\ntrue\n');
    expect(ticksOf(trace)).toEqual([0, 1]);
    // One registration: the trace has one process start.
    const starts = trace.events.filter(({ name }) => name === 'node:process_start');
    expect(starts).toHaveLength(1);
  });

  it('registers a program that imports it without a preload', async () => {
    await startRegistry();
    const program = writeProgram(place, 'program.mjs', TICKING);
    const running = place.start(execPath, [program]);
    await until(() => isListed(running.pid));
    const listed = await ok(['list', '--apps', '--output-format', 'json']);
    expect(listed).toContain('test:tick');
    running.kill('SIGKILL');
    await until(async () => !(await isListed(running.pid)));
  });

  it('gives each worker thread its own stream, which the next worker thread replaces', async () => {
    const program = writeProgram(
      place,
      'threads.mjs',
      `import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
const mapped = () => readFileSync('/proc/self/maps', 'utf8').split('SYSV').length - 1;
if (isMainThread) {
  const before = mapped();
  for (const n of [0, 1, 2]) {
    const worker = new Worker(new URL(import.meta.url), { env: { ...process.env, N: String(n) } });
    await new Promise((resolve) => worker.on('exit', resolve));
  }
  console.log(before > 0, mapped() - before);
} else {
  tick({ n: Number(process.env.N) });
  process.on('exit', () => tick({ n: Number(process.env.N) + 10 }));
}`,
    );
    const { trace, stdout } = await record([execPath, program]);
    expect(stdout).toBe(`true ${SEGMENTS_PER_STREAM}\n`);
    expect(ticksOf(trace)).toEqual([0, 10, 1, 11, 2, 12]);
    const starts = trace.events.filter(({ name }) => name === 'node:process_start');
    expect(starts).toHaveLength(4);
    const exits = trace.events.filter(({ name }) => name === 'node:process_exit');
    expect(exits).toHaveLength(4);
  });
});

describe('a worker thread', () => {
  it('detaches its stream when it is terminated and its process continues', async () => {
    const program = writeProgram(
      place,
      'terminates.mjs',
      `import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on('message', () => worker.terminate().then(() => console.log('terminated')));
  setInterval(() => {}, 1000);
} else {
  setInterval(() => {}, 1000);
  const timer = setInterval(() => {
    if (!tick.enabled) return;
    clearInterval(timer);
    tick({ n: 7 });
    parentPort.postMessage('recorded');
  }, 10);
}`,
    );
    const output = join(place.directory, 'trace');
    await startRegistry();
    await ok(['create', 'web', '-o', output]);
    await ok(['add-event', 'test:*']);
    await ok(['start']);
    const running = place.start(execPath, ['--import', REGISTER, program]);
    await running.line(/terminated/);
    const streams = async (): Promise<string | undefined> =>
      /streams\s+(\d+)/.exec(await ok(['list', 'web']))?.[1];
    await until(async () => (await streams()) === '1');
    await ok(['destroy']);
    expect(ticksOf(readTrace(output))).toEqual([7]);
    running.kill('SIGKILL');
  });
});

describe('worker threads that are terminated', () => {
  it("leave only the last one's stream attached, until its session ends", async () => {
    const program = writeProgram(
      place,
      'workers.mjs',
      `import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
const mapped = () => readFileSync('/proc/self/maps', 'utf8').split('SYSV').length - 1;
if (isMainThread) {
  const before = mapped();
  const left = [];
  for (let n = 0; n < ${WORKERS}; n++) {
    const worker = new Worker(new URL(import.meta.url));
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    left.push(mapped() - before);
  }
  console.log('left ' + left);
  setInterval(() => mapped() === 0 && console.log('nothing'), 50);
} else {
  setInterval(() => {
    tick({ n: 1 });
    // It has a stream.
    if (tick.enabled) parentPort.postMessage('recorded');
  }, 1);
}`,
    );
    await startRegistry();
    await ok(['create', 'web', '-o', join(place.directory, 'trace')]);
    await ok(['add-event', 'test:*']);
    await ok(['start']);
    const running = place.start(execPath, ['--import', REGISTER, program]);
    const left = new Array<number>(WORKERS).fill(SEGMENTS_PER_STREAM).join();
    expect(await running.line(/left/)).toBe(`left ${left}`);
    await ok(['destroy']);
    await running.line(/nothing/);
    running.kill('SIGKILL');
  });
});

describe('a program that runs longer than its registry', () => {
  it('is found by a registry that starts later (R1.16)', async () => {
    const program = writeProgram(place, 'program.mjs', TICKING);
    const running = place.start(execPath, ['--import', REGISTER, program]);
    await running.line(/running/);
    await pass(200);
    const output = join(place.directory, 'trace');
    await startRegistry();
    await until(() => isListed(running.pid));
    await ok(['create', 'late', '-o', output]);
    await ok(['add-event', 'test:*']);
    await ok(['start']);
    await until(async () => metadataIn(output).includes('test:tick'));
    await pass(200);
    await ok(['destroy']);
    running.kill('SIGKILL');
    const ticks = ticksOf(readTrace(output));
    expect(ticks.length).toBeGreaterThan(5);
    expect(ticks).toEqual(ticks.map((_, index) => (ticks[0] ?? 0) + index));
  });

  it('registers with the next one, again and again', async () => {
    const program = writeProgram(place, 'program.mjs', TICKING);
    const running = place.start(execPath, ['--import', REGISTER, program]);
    await running.line(/running/);
    for (let round = 0; round < 3; round++) {
      const registry = await startRegistry();
      await until(() => isListed(running.pid));
      registry.kill(round === 1 ? 'SIGKILL' : 'SIGTERM');
      await registry.finished;
    }
    running.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });
});
