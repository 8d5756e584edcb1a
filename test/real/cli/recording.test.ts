/** `record`, `run` and `view` with real programs (R2.13, R1.17). */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppInfo, SessionInfo } from '../../../src/wire/control/messages.ts';
import { tickProgram, writeProgram } from '../../support/real/programs.ts';
import { DIST, LIBRARY, makePlace, type Place } from '../../support/real/sandbox.ts';
import { readTrace, ticksOf } from '../../support/real/traces.ts';

const node = process.execPath;
let place: Place;
let program: string;
beforeEach(() => {
  place = makePlace();
  program = tickProgram(place, { batch: 10, pauseMs: 0, total: 20 });
});
afterEach(() => place.end());

interface Recorded {
  readonly session: Pick<SessionInfo, 'name' | 'uuid' | 'output'>;
  readonly exit: { readonly code?: number; readonly signal?: string };
  readonly trace: {
    readonly events: number;
    readonly eventsByName: readonly { readonly name: string; readonly events: number }[];
    readonly processes: number;
  };
  readonly hint?: string;
}

describe('record', () => {
  it('reports on standard error what it recorded; standard output belongs to the command', async () => {
    const args = [
      'record',
      '-s',
      'ticks',
      '-e',
      'test:*',
      '--num-subbuf',
      '8',
      '--',
      node,
      program,
    ];
    const { status, stdout, stderr } = await place.lttng(args);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '10\n20\n' });
    const output = join(place.homeOf(), 'lttng-traces/ticks');
    expect(stderr.split('\n')).toEqual([
      'Recorded 20 events of 1 process with 1 thread',
      '  20  test:tick',
      `Trace: ${output}`,
      `Show it: lttng view ${output}`,
      '',
    ]);
    expect(ticksOf(readTrace(output))).toHaveLength(20);
  });

  it('reports it in JSON after the output of the command', async () => {
    const source = `
      import { tracepoint, u32 } from '${LIBRARY}';
      for (let n = 0; n < 20; n++) tracepoint('many:event_' + n, { n: u32 })({ n });
      console.log('said');
      process.exitCode = 3;`;
    const many = writeProgram(place, 'many.mjs', source);
    const args = ['record', '--output-format', 'json', '-e', 'many:*', '--', node, many];
    const { status, stdout, stderr } = await place.lttng(args);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    const [said, json = '', ...rest] = stdout.split('\n');
    expect([said, ...rest]).toEqual(['said', '']);
    const { session, exit, trace } = JSON.parse(json) as Recorded;
    expect(session.name).toMatch(/^node-\d{8}-\d{6}$/);
    expect(session.output).toBe(join(place.homeOf(), 'lttng-traces', session.name));
    expect(exit).toEqual({ code: 3 });
    expect(trace).toMatchObject({ events: 20, processes: 1, discardedEvents: '0', problems: [] });
    expect(trace.eventsByName).toHaveLength(20);
    const { stderr: report } = await place.lttng(['record', '-e', 'many:*', '--', node, many]);
    expect(report.split('\n').filter((line) => line.startsWith('  '))).toHaveLength(16);
    expect(report).toContain('\n  and 5 names more\n');
  });

  it('reports why nothing was recorded, and leaves no directory', async () => {
    const untraced = await place.lttng(['record', '--', 'sh', '-c', 'exit 5']);
    expect(untraced).toMatchObject({ status: 5, stdout: '' });
    expect(untraced.stderr).toMatch(
      /^Recorded no event\. No process of the command registered: only Node/,
    );
    const args = ['record', '--output-format=json', '-e', 'nothing:*', '--', node, program];
    const { stdout } = await place.lttng(args);
    const { session, trace, hint } = JSON.parse(stdout.split('\n').at(-2) ?? '') as Recorded;
    expect(trace.events).toBe(0);
    expect(hint).toBe('The command registered, but none of its events matched nothing:*.');
    expect(existsSync(session.output ?? '')).toBe(false);
  });

  it('ends as the command ends, and leaves no session', async () => {
    writeFileSync(join(place.directory, 'text'), 'no program', { mode: 0o644 });
    const cases: readonly (readonly [string[], number, string])[] = [
      [['sh', '-c', 'kill -TERM $$'], 143, ''],
      [['no-such-program'], 127, 'lttng: There is no program no-such-program (CANNOT_RUN)\n'],
      [
        [join(place.directory, 'text')],
        126,
        `lttng: Cannot run ${join(place.directory, 'text')} (EACCES) (CANNOT_RUN)\n`,
      ],
    ];
    for (const [command, status, stderr] of cases) {
      const ended = await place.lttng(['record', '-q', '--', ...command], {
        // The shortest possible: a directory in it that may not be searched gives another error.
        environment: { PATH: '/usr/bin:/bin' },
      });
      expect(ended).toMatchObject({ status, stdout: '', stderr });
    }
    const { stdout } = await place.lttng(['list', '--sessions', '--output-format', 'json']);
    expect(JSON.parse(stdout)).toEqual({ sessions: [] });
  });

  it('destroys its session when it is interrupted before the command runs', async () => {
    const slow = place.startLttng(['-v', 'record', '--', node, program]);
    let hasEnded = false;
    void slow.finished.then(() => (hasEnded = true));
    const isThere = async (): Promise<boolean> =>
      (await sessions()).some(({ name }) => name.startsWith('node-'));
    // A late signal is fine: then the command has run to its end.
    while (!hasEnded && !(await isThere())) continue;
    slow.kill('SIGINT');
    const { status } = await slow.finished;
    // Null: the signal came after the end of the session, and ended the report.
    expect([0, 130, null]).toContain(status);
    expect(await sessions()).toEqual([]);
  });
});

describe('record into a directory that is in use', () => {
  const recordInto = async (
    directory: string,
    ...command: readonly string[]
  ): Promise<{ readonly report: Recorded; readonly stderr: string }> => {
    const args = ['-o', directory, '-e', 'test:*', '--', ...command];
    const json = await place.lttng(['record', '--output-format', 'json', ...args]);
    const { stderr } = await place.lttng(['record', ...args]);
    return { report: JSON.parse(json.stdout.split('\n').at(-2) ?? '') as Recorded, stderr };
  };

  it('counts only its own events', async () => {
    const directory = join(place.directory, 'shared');
    const first = await recordInto(directory, node, program);
    expect(first.report.trace).toMatchObject({ events: 20, processes: 1, otherTraces: 0 });
    expect(first.stderr).toContain('Recorded 20 events of 1 process with 1 thread\n');
    expect(first.stderr).toContain('\nWith 1 trace of other sessions, which view shows as well\n');
    const second = await recordInto(directory, 'true');
    expect(second.report.trace).toMatchObject({ events: 0, eventsByName: [], otherTraces: 2 });
    expect(second.stderr).toMatch(/^Recorded no event\. No process of the command registered/);
    expect(ticksOf(readTrace(directory))).toHaveLength(40);
  });

  it('does not take other files for traces', async () => {
    const directory = join(place.directory, 'project');
    for (const path of ['data', 'ust/own']) {
      mkdirSync(join(directory, path), { recursive: true });
      writeFileSync(join(directory, path, 'file'), 'text');
    }
    writeFileSync(join(directory, 'data/metadata'), 'title: no trace');
    const { report } = await recordInto(directory, node, program);
    expect(report.trace).toMatchObject({ events: 20, otherTraces: 0, problems: [] });
  });

  it('does not count what another session writes there at the same time', async () => {
    const directory = join(place.directory, 'shared');
    await place.ok(['create', 'other', '-o', directory, '-q']);
    await place.ok(['add-event', 'test:*', '-s', 'other']);
    await place.ok(['start', 'other']);
    // The rules of the other session apply to the recorded program as well.
    const { report } = await recordInto(directory, node, program);
    expect(report.trace).toMatchObject({ events: 20, processes: 1 });
    await place.ok(['destroy', 'other']);
    expect(ticksOf(readTrace(directory))).toHaveLength(80);
  });

  it('a snapshot and a crash count only their own events', async () => {
    const directory = join(place.directory, 'shared');
    await recordInto(directory, node, program);
    const args = ['record', '--output-format=json', '--on-crash', '-o', directory, '-e', 'test:*'];
    const failing = ['--', 'sh', '-c', '"$0" "$1"; exit 1', node, program];
    const crashed = await place.lttng([...args, ...failing]);
    const crash = JSON.parse(crashed.stdout.split('\n').at(-2) ?? '') as Recorded;
    expect(crash.trace).toMatchObject({ events: 20, otherTraces: 0 });
    await place.ok(['create', 'flight', '--snapshot', '-o', directory, '-q']);
    await place.ok(['add-event', 'test:*', '-s', 'flight']);
    await place.ok(['start', 'flight']);
    await place.ok(['run', '-s', 'flight', '--', node, program]);
    const snapshot = await place.ok(['snapshot', 'flight', '--output-format', 'json']);
    expect((JSON.parse(snapshot) as Recorded).trace).toMatchObject({ events: 20, otherTraces: 0 });
    await place.ok(['destroy', 'flight']);
  });
});

async function sessions(): Promise<SessionInfo[]> {
  const { stdout } = await place.lttng(['list', '--sessions', '--output-format', 'json']);
  return (JSON.parse(stdout) as { sessions: SessionInfo[] }).sessions;
}

describe('run', () => {
  it('traces a command in a session, which shows it while it runs', async () => {
    await place.lttng(['create', 'web', '-q']);
    const directory = join(place.homeOf(), 'lttng-traces/web');
    await place.lttng(['add-event', 'test:*'], { cwd: directory });
    await place.lttng(['start'], { cwd: directory });
    const endless = tickProgram(place, { batch: 1, pauseMs: 5, total: 0 });
    const running = place.startLttng(['run', '--', node, endless], { cwd: directory });
    await running.line(/^10$/);
    const name = endless.split('/').at(-1) ?? '';
    const { stdout } = await place.lttng(['list', '--events', '--output-format', 'json']);
    const { apps } = JSON.parse(stdout) as { apps: AppInfo[] };
    expect(apps).toMatchObject([{ processName: name, uid: process.getuid?.() }]);
    const [{ pid } = { pid: 0 }] = apps;
    const shown = await place.lttng(['list', '--events', '--pid', String(pid)]);
    expect(shown.stdout).toMatch(new RegExp(`^${name} \\(pid ${pid}\\):$`, 'm'));
    expect(shown.stdout).toMatch(/^ {2}test:tick +DEBUG_LINE +n: u32, text: string$/m);
    const summary = await place.lttng(['list', '--apps'], { cwd: directory });
    expect(summary.stdout).toMatch(
      new RegExp(`^  ${pid}  ${name} .* 1 thread +\\d+ tracepoints?$`, 'm'),
    );
    process.kill(pid, 'SIGTERM');
    expect((await running.finished).status).toBe(143);
    await place.lttng(['destroy'], { cwd: directory });
    expect(ticksOf(readTrace(directory)).length).toBeGreaterThanOrEqual(10);
  });
});

describe('view', () => {
  it('shows the newest trace, or the named one', async () => {
    const traces = join(place.homeOf(), 'lttng-traces');
    await place.lttng(['record', '-s', 'one', '-q', '--', node, program]);
    await place.lttng(['record', '-s', 'two', '-q', '-e', 'test:*', '--', node, program]);
    mkdirSync(join(traces, 'three'));
    const newest = await place.lttng(['view']);
    expect(newest.stderr).toBe(`Trace: ${join(traces, 'two')}\n`);
    expect(newest.stdout.split('\n')).toHaveLength(21);
    const named = await place.lttng(['view', join(traces, 'one'), '-e', 'node:process_*']);
    expect(named.stderr).toBe('');
    expect(named.stdout).toMatch(/^\[.* node:process_start: .*\n\[.* node:process_exit: .*\n$/);
    const none = await place.lttng(['view', 'lttng-traces/one', '-e', 'none:*']);
    expect(none).toMatchObject({ status: 0, stdout: '', stderr: 'No event to show.\n' });
    const json = await place.lttng(['view', '--output-format', 'json', '-e', 'test:*']);
    const lines = json.stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(
      Array.from({ length: 20 }, () => 'test:tick'),
    );
    const missing = await place.lttng(['view', 'nowhere']);
    expect(missing).toMatchObject({ status: 4, stdout: '' });
    expect(missing.stderr).toMatch(/^lttng: There is nothing at \/.*\/nowhere \(UNREADABLE\)\n$/);
  });

  it('names problems on standard error as well, unless a terminal shows them', async () => {
    const traces = join(place.homeOf(), 'lttng-traces');
    await place.lttng(['record', '-s', 'good', '-q', '-e', 'test:*', '--', node, program]);
    mkdirSync(join(traces, 'good/ust/pid/bad'));
    writeFileSync(join(traces, 'good/ust/pid/bad/metadata'), '/* CTF 1.8 */ trace { nonsense };');
    const text = await place.lttng(['view', 'lttng-traces/good']);
    expect(text.status).toBe(4);
    expect(text.stdout).toMatch(/^problem: .*bad\/metadata/m);
    expect(text.stderr).toMatch(/^lttng: .*bad\/metadata.* \(UNREADABLE\)\n$/);
    const json = await place.lttng(['view', 'lttng-traces/good', '--output-format', 'json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'UNREADABLE' } });
  });

  it('ends without an error when the reader closes the pipe', async () => {
    const many = tickProgram(place, { batch: 10_000, pauseMs: 0, total: 10_000 });
    await place.lttng(['record', '-q', '--num-subbuf', '16', '--', node, many]);
    const script = `{ "${node}" "$0" -q view; echo "status $?" >&2; } | head -n 1`;
    const { stdout, stderr } = await place.start('sh', ['-c', script, join(DIST, 'bin/lttng.js')])
      .finished;
    expect(stdout).toMatch(/^\[.*\n$/);
    expect(stderr).toBe('status 0\n');
  });

  it('follows a trace until it is interrupted', async () => {
    const endless = tickProgram(place, { batch: 1, pauseMs: 10, total: 0 });
    const options = ['-s', 'live', '--switch-timer', '100000'];
    const recording = place.startLttng(['record', ...options, '--', node, endless]);
    await recording.line(/^1$/);
    const path = join(place.homeOf(), 'lttng-traces/live');
    const viewing = place.startLttng(['view', '--follow', '-e', 'test:*', path]);
    await viewing.line(/test:tick: .* n = 3,/);
    viewing.kill('SIGINT');
    expect(await viewing.finished).toMatchObject({ status: 0, stderr: '' });
    recording.kill('SIGTERM');
    expect((await recording.finished).status).toBe(143);
  });
});
