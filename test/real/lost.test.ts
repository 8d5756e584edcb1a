/**
 * Events that are not in the trace, with real processes: a disk that stays full, files of the trace that others remove,
 * and shared memory that runs out or cannot be attached. Each command says so. Mounting and namespaces need root.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram, writeProgram } from '../support/real/programs.ts';
import { DIST, makePlace, type Place, REGISTER, until } from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const EVENTS = 50_000;
const NOT_WRITTEN = /^lttng: Session "web" is stopped, but .* \(NOT_WRITTEN\)$/m;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  spawnSync('umount', ['--lazy', diskOf(place)]);
  await place.end();
});

const ok = (...words: string[]): Promise<string> => place.ok(words);

function diskOf({ directory }: Place): string {
  return join(directory, 'disk');
}

/** A file system of 64 KiB, or undefined where the test cannot mount one. */
function mountTiny(): string | undefined {
  const disk = diskOf(place);
  mkdirSync(disk);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  return mount.status === 0 ? disk : undefined;
}

function enlarge(disk: string): void {
  expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0);
}

/** Whether a command can have an IPC namespace of its own. */
function hasNamespaces(): boolean {
  return spawnSync('unshare', ['-i', 'true']).status === 0;
}

/** Records all events of a program in the session, which stays active; the program has ended. */
async function emit(session: string): Promise<void> {
  const program = tickProgram(place, { batch: EVENTS, pauseMs: 0, total: EVENTS });
  await ok('add-event', 'test:*', '-s', session);
  await ok('start', session);
  const application = place.start(process.execPath, ['--import', REGISTER, program]);
  expect((await application.finished).status).toBe(0);
}

/** Every event is readable or counted. */
function expectAll(output: string, count: number): { events: number; discarded: number } {
  const trace = readTrace(output);
  expect(trace.problems).toEqual([]);
  const ticks = ticksOf(trace);
  expect(ticks.length + trace.discarded).toBe(count);
  expect(babeltrace(output)).toMatchObject({ events: ticks.length, discarded: trace.discarded });
  return { events: ticks.length, discarded: trace.discarded };
}

describe('a disk that stays full', () => {
  it('makes stop and destroy say what is not written, until there is room', async ({ skip }) => {
    const disk = mountTiny();
    if (disk === undefined) return skip('needs root and mount(2)');
    const output = join(disk, 'trace');
    await ok('create', 'web', '-o', output);
    await emit('web');
    const stopped = await place.lttng(['stop', 'web']);
    expect(stopped.status).toBe(4);
    expect(stopped.stderr).toMatch(NOT_WRITTEN);
    expect(stopped.stdout).toBe('');
    expect(await ok('status')).toContain('cannot be written (ENOSPC)');
    const destroyed = await place.lttng(['destroy', 'web']);
    expect(destroyed.status).toBe(4);
    expect(destroyed.stderr).toMatch(NOT_WRITTEN);
    expect(await ok('list', 'web')).toContain('stopped');
    enlarge(disk);
    expect(await ok('destroy', 'web')).toContain('Destroyed session web');
    expectAll(output, EVENTS);
  });

  it('makes destroy --abandon count what it gives up', async ({ skip }) => {
    const disk = mountTiny();
    if (disk === undefined) return skip('needs root and mount(2)');
    const output = join(disk, 'trace');
    await ok('create', 'web', '-o', output);
    await emit('web');
    expect((await place.lttng(['destroy', 'web'])).status).toBe(4);
    const { status, stdout } = await place.lttng([
      '--output-format',
      'json',
      'destroy',
      'web',
      '--abandon',
    ]);
    expect(status).toBe(0);
    const { session } = JSON.parse(stdout) as { session: { abandoned: { events: number } } };
    const written = existsSync(join(output, 'ust')) ? readTrace(output) : undefined;
    const known = written === undefined ? 0 : ticksOf(written).length + written.discarded;
    expect(session.abandoned).toEqual({ events: EVENTS - known, streams: 1 });
  });

  it('makes record say where the events still are', async ({ skip }) => {
    const disk = mountTiny();
    if (disk === undefined) return skip('needs root and mount(2)');
    const output = join(disk, 'trace');
    const program = tickProgram(place, { batch: EVENTS, pauseMs: 0, total: EVENTS });
    const words = [
      'record',
      '-s',
      'web',
      '-o',
      output,
      '-e',
      'test:*',
      '--',
      process.execPath,
      program,
    ];
    const recorded = await place.lttng(words);
    expect(recorded.status).toBe(0);
    expect(recorded.stderr).toMatch(NOT_WRITTEN);
    enlarge(disk);
    await ok('destroy', 'web');
    expectAll(output, EVENTS);
  });
});

describe('files of a trace', () => {
  it.each([
    ['removed', (output: string) => rmSync(output, { recursive: true })],
    ['truncated', (output: string) => truncateSync(firstStream(output), 0)],
  ] as const)('that are %s while they are written are missed at stop', async (_, spoil) => {
    const output = join(place.directory, 'trace');
    await ok('create', 'web', '-o', output);
    await emitSlowly(async (written) => {
      spoil(output);
      await written();
    });
    const { stdout, stderr } = await place.lttng(['stop', 'web']);
    expect(stdout).toContain(`its trace is in ${output}`);
    expect(stderr).toMatch(/^Problem: [\d,]+ events are gone from the disk/m);
    expect(existsSync(output)).toBe(true);
    const after = await place.lttng(['destroy', 'web']);
    expect(after.stderr).toMatch(/^Problem: [\d,]+ events are gone from the disk/m);
    const { events, discarded } = expectAll(output, 400);
    expect(events).toBeGreaterThan(0);
    expect(discarded).toBeGreaterThan(0);
  });

  it('that are moved stay whole, and the trace continues in its directory', async () => {
    const output = join(place.directory, 'trace');
    const moved = join(place.directory, 'moved');
    await ok('create', 'web', '-o', output);
    await emitSlowly(async (written) => {
      renameSync(output, moved);
      await written();
    });
    const { stderr } = await place.lttng(['destroy', 'web']);
    expect(stderr).toContain('Problem: the files of 1 stream were moved');
    // Events that were written before the consumer noticed are in the moved files.
    const both = [moved, output].filter((at) => ticksIn(at) > 0).map(readTrace);
    expect(both.flatMap(({ problems }) => problems)).toEqual([]);
    expect(both.reduce((sum, { discarded }) => sum + discarded, 0)).toBe(0);
    expect(both.flatMap(ticksOf)).toEqual(Array.from({ length: 400 }, (_, n) => n));
  });

  function firstStream(output: string): string {
    const { stdout } = spawnSync('find', [output, '-name', 'default_0'], { encoding: 'utf8' });
    return stdout.trim().split('\n')[0] ?? '';
  }

  /** Records 200 events, which are written before `between`, and 200 after it. */
  async function emitSlowly(between: (end: () => Promise<void>) => Promise<void>): Promise<void> {
    const output = join(place.directory, 'trace');
    await ok('add-channel', 'default', '-s', 'web', '--switch-timer', '20000');
    await ok('add-event', 'test:*', '-s', 'web');
    await ok('start', 'web');
    const program = writeProgram(
      place,
      'slowly.mjs',
      `import { once } from 'node:events';
import { string, tracepoint, u32 } from '${join(DIST, 'bin/library.js')}';
const tick = tracepoint('test:tick', { n: u32, text: string });
let n = 0;
const batch = () => { for (let i = 0; i < 200; i++) tick({ n: n++, text: 'slowly' }); };
batch();
process.on('SIGUSR1', () => { batch(); process.stdout.write('end\\n', () => process.exit()); });
setInterval(() => undefined, 1000);
process.stdout.write('begun\\n');
`,
    );
    const application = place.start(process.execPath, ['--import', REGISTER, program]);
    await application.line(/begun/);
    await until(() => existsSync(join(output, 'ust')) && ticksIn(output) === 200);
    await between(async () => {
      application.kill('SIGUSR1');
      await application.finished;
    });
  }

  function ticksIn(output: string): number {
    try {
      return ticksOf(readTrace(output)).length;
    } catch {
      return 0;
    }
  }
});

describe('threads without buffers', () => {
  const LTTNG = `${process.execPath} ${join(DIST, 'bin/lttng.js')}`;

  it('in an IPC namespace of their own are named by every command', async ({ skip }) => {
    if (!hasNamespaces()) return skip('needs root and unshare(1)');
    await ok('create', 'web');
    await ok('add-event', 'test:*', '-s', 'web');
    const program = tickProgram(place, { batch: 1, pauseMs: 20, total: 0 });
    const words = ['-i', process.execPath, '--import', REGISTER, program];
    const application = place.start('unshare', words);
    await application.line(/^1$/);
    const named = /thread \d+ +records nothing +E(IDRM|INVAL): .*another IPC namespace/;
    expect((await place.lttng(['start', 'web'])).stderr).toMatch(named);
    expect(await ok('status')).toMatch(named);
    expect(await ok('list', 'web')).toMatch(named);
    application.kill('SIGKILL');
    await application.finished;
    expect((await place.lttng(['destroy', 'web'])).stderr).toMatch(
      /records nothing|nothing was recorded/,
    );
  });

  it('are named by record, too', async ({ skip }) => {
    if (!hasNamespaces()) return skip('needs root and unshare(1)');
    const program = tickProgram(place, { batch: 5, pauseMs: 0, total: 5 });
    const words = ['record', '-e', 'test:*', '--', 'unshare', '-i', process.execPath, program];
    const { status, stderr } = await place.lttng(words);
    expect(status).toBe(0);
    expect(stderr).toContain('Recorded no event. The command registered, but threads of it had no');
    expect(stderr).toContain('ended, nothing was recorded');
  });

  it('get some when there is room again', async ({ skip }) => {
    if (!hasNamespaces()) return skip('needs root and unshare(1)');
    const program = tickProgram(place, { batch: 10, pauseMs: 20, total: 0 });
    // In a namespace of its own, with limits of its own; all processes of the test are in it.
    const script = writeProgram(
      place,
      'full.sh',
      `set -e
limit() { echo $1 > /proc/sys/kernel/shmmni; }
limit 1
${LTTNG} create web -o ${place.directory}/trace
${LTTNG} add-event 'test:*'  -s web
${process.execPath} --import ${REGISTER} ${program} > /dev/null & application=$!
until ${LTTNG} list --apps | grep -q tick; do sleep 0.1; done
${LTTNG} start web
${LTTNG} list web
limit 4096
until ${LTTNG} list web | grep -q 'has them by now'; do sleep 0.1; done
until ${LTTNG} view ${place.directory}/trace 2> /dev/null | grep -q test:tick; do sleep 0.1; done
${LTTNG} destroy web
kill $application
`,
    );
    const { status, stdout, stderr } = await place.start('unshare', ['-i', 'sh', script]).finished;
    expect(stderr).toMatch(/records nothing +ENOSPC: the system has no more shared memory/);
    expect(stdout).toMatch(/records nothing +ENOSPC: the system has no more shared memory/);
    expect(stderr).toContain('has them by now, its first events are missing');
    expect(status).toBe(0);
  });
});
