/** Every way in which a command of `lttng` ends ends what it holds, or says where that is. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tickProgram } from '../../support/real/programs.ts';
import {
  childOf,
  DIST,
  daemonOf,
  makePlace,
  type Place,
  processesOf,
  type Running,
  until,
} from '../../support/real/sandbox.ts';
import { readTrace, ticksOf } from '../../support/real/traces.ts';

const node = process.execPath;
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

let place: Place;
let program: string;
beforeEach(() => {
  place = makePlace();
  program = tickProgram(place, { batch: 10, pauseMs: 5, total: 0 });
});
afterEach(() => place.end());

async function sessions(): Promise<SessionInfo[]> {
  const stdout = await place.ok(['list', '--sessions', '--output-format', 'json']);
  return (JSON.parse(stdout) as { sessions: SessionInfo[] }).sessions;
}

const output = (): string => join(place.homeOf(), 'lttng-traces/ticks');
const RECORD = ['record', '-s', 'ticks', '-e', 'test:*'];

/** Records the program, which has emitted events already. */
async function startRecord(...options: readonly string[]): Promise<Running> {
  const record = place.startLttng([...RECORD, ...options, '--', node, program]);
  await record.line(/^50$/);
  return record;
}

describe('record that receives a signal', () => {
  it.each(SIGNALS)('by %s passes the signal on, and ends its session', async (signal) => {
    const record = await startRecord();
    record.kill(signal);
    const { status, stderr } = await record.finished;
    expect(status).toBe(128 + constants.signals[signal]);
    expect(stderr).toMatch(/^Recorded [\d,]+ events of 1 process with 1 thread\n/);
    expect(await sessions()).toEqual([]);
    expect(ticksOf(readTrace(output())).length).toBeGreaterThanOrEqual(50);
  });

  it('by a second signal while it ends the session says where that is', async () => {
    const record = await startRecord();
    process.kill(daemonOf(place, 'ust-consumerd'), 'SIGSTOP');
    process.kill(childOf(record.pid), 'SIGKILL');
    await until(() => stateOf(record.pid) === 'waits');
    // The first two are those of a terminal that ends.
    for (const signal of ['SIGHUP', 'SIGHUP', 'SIGTERM'] as const) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      record.kill(signal);
    }
    const { status, stderr } = await record.finished;
    process.kill(daemonOf(place, 'ust-consumerd'), 'SIGCONT');
    expect(status).toBe(137);
    expect(stderr).toContain(
      `lttng: Interrupted; session ticks may still record to ${output()}: ` +
        '"lttng destroy ticks" ends it (INTERRUPTED)\n',
    );
    await until(() => !processesOf(place.directory).includes(record.pid));
    // The registry ends it, as it was asked to.
    while ((await sessions()).length > 0) continue;
  });

  it('by SIGKILL leaves a session that every command shows', async () => {
    const record = await startRecord();
    const child = childOf(record.pid);
    record.kill('SIGKILL');
    await until(() => !processesOf(place.directory).includes(record.pid));
    expect(await sessions()).toMatchObject([{ name: 'ticks', state: 'active', output: output() }]);
    expect(await place.ok(['status'])).toContain(output());
    const which = `with consumer ${daemonOf(place, 'ust-consumerd')} and 1 traced thread`;
    expect(await place.ok(['recover'])).toBe(
      `Nothing to recover\nNot recovered: session ticks is active, ${which}; its trace is in ` +
        `${output()}; "lttng destroy ticks" ends it\n`,
    );
    const json = await place.ok(['recover', 'ticks', '--output-format', 'json']);
    expect(JSON.parse(json)).toMatchObject({ recovered: [], alive: [{ name: 'ticks' }] });
    expect(processesOf(place.directory)).toContain(child);
    process.kill(child, 'SIGTERM');
    await place.ok(['destroy', 'ticks']);
    expect(await sessions()).toEqual([]);
    expect(ticksOf(readTrace(output())).length).toBeGreaterThanOrEqual(50);
  });

  it('by SIGKILL leaves a flight recorder that recover shows', async () => {
    const record = await startRecord('--on-crash');
    const child = childOf(record.pid);
    record.kill('SIGKILL');
    await until(() => !processesOf(place.directory).includes(record.pid));
    const stdout = await place.ok(['recover']);
    expect(stdout).toContain('session ticks is active, a flight recorder with 1 traced thread');
    expect(stdout).toContain('"lttng snapshot ticks" copies its buffers');
    process.kill(child, 'SIGTERM');
    await place.ok(['destroy', 'ticks']);
  });

  it('by the end of its terminal ends its session', async () => {
    const words = [node, join(DIST, 'bin/lttng.js'), ...RECORD, '--', node, program];
    const terminal = spawn('script', ['-qfec', `exec ${words.join(' ')}`, '/dev/null'], {
      env: { ...place.environment, HOME: place.homeOf() },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await new Promise<void>((resolve) =>
      terminal.stdout.on('data', (bytes: Buffer) => {
        if (/^50\r?$/m.test(bytes.toString())) resolve();
      }),
    );
    // The terminal is gone with the process that holds its other end: SIGHUP, then EIO at each write.
    terminal.kill('SIGKILL');
    while ((await sessions()).length > 0) continue;
    expect(ticksOf(readTrace(output())).length).toBeGreaterThanOrEqual(50);
    await until(() => processesOf(place.directory).length === 1);
  });

  it('by a key of its terminal leaves the signal to the command, which gets it once', async () => {
    const source = join(place.directory, 'keys.sh');
    const script = [
      "trap 'echo interrupted; exit 7' INT",
      'echo ready',
      // Shells run a trap when the command in the foreground has ended.
      'while :; do sleep 0.1; done',
    ].join('\n');
    writeFileSync(source, script);
    const words = [node, join(DIST, 'bin/lttng.js'), 'record', '-q', '--', 'sh', source];
    const terminal = spawn('script', ['-qfec', `exec ${words.join(' ')}`, '/dev/null'], {
      env: { ...place.environment, HOME: place.homeOf() },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let shown = '';
    const ended = new Promise<number | null>((resolve) => terminal.on('close', resolve));
    await new Promise<void>((resolve) =>
      terminal.stdout.on('data', (bytes: Buffer) => {
        shown += bytes.toString();
        if (shown.includes('ready')) resolve();
      }),
    );
    terminal.stdin.write('\u0003');
    expect(await ended).toBe(7);
    expect(shown.match(/interrupted/g)).toHaveLength(1);
    expect(await sessions()).toEqual([]);
  });

  it('by nothing: readers that close its output do not keep it from ending its session', async () => {
    const few = tickProgram(place, { batch: 10, pauseMs: 5, total: 200 });
    const words = [join(DIST, 'bin/lttng.js'), ...RECORD, '--', node, few];
    const record = spawn(node, words, {
      env: { ...place.environment, HOME: place.homeOf() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    record.stdout.destroy();
    record.stderr.destroy();
    await new Promise((resolve) => record.on('exit', resolve));
    expect(await sessions()).toEqual([]);
  });
});

describe('other commands that hold something', () => {
  it.each(SIGNALS)('consume --supervise ends by %s, and the consumer stays', async (signal) => {
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-event', 'test:*']);
    await place.ok(['start']);
    const supervisor = place.startLttng(['consume', '--continue', '--supervise']);
    await supervisor.line(/^Process \d+ writes the trace/);
    // The command prints this before it begins to supervise.
    await pass(SUPERVISES_MS);
    await until(() => stateOf(supervisor.pid) === 'waits');
    supervisor.kill(signal);
    expect(await supervisor.finished).toMatchObject({ status: 0 });
    expect(daemonOf(place, 'ust-consumerd')).toBeGreaterThan(0);
    await place.ok(['destroy', '-q']);
  });

  it.each(SIGNALS)('run passes %s on, and the session stays', async (signal) => {
    await place.ok(['create', 'web', '-q']);
    const run = place.startLttng(['run', '--', node, program]);
    await run.line(/^10$/);
    run.kill(signal);
    expect(await run.finished).toMatchObject({ status: 128 + constants.signals[signal] });
    expect(await sessions()).toMatchObject([{ name: 'web' }]);
    await place.ok(['destroy', '-q']);
  });
});

/** Longer than a command takes to begin to supervise. */
const SUPERVISES_MS = 2_000;

/** Whether the process waits for something, and runs nothing at present. */
function stateOf(pid: number): 'waits' | 'runs' {
  const [state] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1] ?? '';
  return state === 'S' ? 'waits' : 'runs';
}
