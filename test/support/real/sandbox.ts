/**
 * A sandbox for one test with real processes: registry directory, common pipe, home and traces under one temporary
 * directory. Its end leaves no process, no segment and no file behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { parseRecord } from '../../../actors/sessiond/record.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import type { SegmentInfo, SegmentRef } from '../../../src/port/shared-memory.ts';
import type { World } from '../../../src/port/world.ts';
import { DIST_VARIABLE } from '../../global-setup.ts';

export const DIST = process.env[DIST_VARIABLE] ?? '';
/** The preload for `--import`; `--require` takes {@link PRELOAD}. */
export const REGISTER = `file://${join(DIST, 'bin/register.js')}`;
export const PRELOAD = join(DIST, 'bin/register.cjs');
export const LIBRARY = `file://${join(DIST, 'bin/library.js')}`;

/** An account that a command runs under. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Finished {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** Resolves to the first line of standard output that `matches`; rejects when the process ends before it. */
  line(matches: RegExp): Promise<string>;
  /** The same for standard error. */
  said(matches: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export interface Place {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Home directory of the account in this sandbox. */
  homeOf(account?: Account): string;
  start(program: string, args: readonly string[], options?: RunOptions): Running;
  /** Starts one of our own programs. */
  startProgram(name: string, args: readonly string[], options?: RunOptions): Running;
  startLttng(args: readonly string[], options?: RunOptions): Running;
  /** Starts a program of the tests, by its path under test/. */
  startTool(name: string, args: readonly string[], options?: RunOptions): Running;
  /** Runs `lttng` to its end. */
  lttng(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Runs `lttng`, which must succeed; resolves to its standard output. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The existing segments of this sandbox's registries. */
  segments(): readonly ListedSegment[];
  /** Ends the sandbox's processes and removes it; throws when a process does not end or a segment is left. */
  end(): Promise<void>;
}

export interface RunOptions {
  readonly account?: Account | undefined;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How long a daemon may take to end on SIGTERM. */
const END_MS_MAX = 10_000;
const POLL_MS = 20;
const REGISTRY = 'lttng-sessiond';
/** Bound of a test's wait for one condition. */
const UNTIL_MS_MAX = 30_000;

export function makePlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'lttng-ts-'));
  // Processes of other accounts must reach their homes in it.
  chmodSync(directory, 0o755);
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LTTNG_TS_RUNDIR: join(directory, 'run'),
    LTTNG_TS_PIPE: join(directory, 'apps'),
    TZ: 'UTC',
  };
  const registries = new Set<number>();
  // The kernel counts whole seconds.
  const since = Math.floor(Date.now() / 1000) - 1;
  const start: Place['start'] = (program, args, options = {}) => {
    const { account, cwd, environment: extra } = options;
    const home = homeIn(directory, account);
    const [file, ...words] = commandAs(account, program, args);
    const env = { ...environment, HOME: home, ...extra };
    return watch(spawn(file, words, { cwd: cwd ?? home, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  };
  const startProgram: Place['startProgram'] = (name, args, options) => {
    const running = start(process.execPath, [join(DIST, `bin/${name}.js`), ...args], options);
    if (name === REGISTRY) registries.add(running.pid);
    return running;
  };
  const startLttng: Place['startLttng'] = (args, options) => startProgram('lttng', args, options);

  return {
    directory,
    environment,
    homeOf: (account) => homeIn(directory, account),
    start,
    startProgram,
    startLttng,
    startTool: (name, args, options) =>
      start(process.execPath, [join(DIST, `test/${name}.js`), ...args], options),
    lttng: (args, options) => startLttng(args, options).finished,
    ok: async (args, options) => {
      const { status, stdout, stderr } = await startLttng(args, options).finished;
      if (status === 0) return stdout;
      throw new Error(`lttng ${args.join(' ')} ended with ${status}: ${stderr}`);
    },
    segments: () => segmentsOf(directory, registries, since),
    end: async () => {
      await endAll(directory);
      const { memory } = createRealWorld({ log: () => undefined });
      removeKept(directory, memory);
      const left = segmentsOf(directory, registries, since);
      for (const segment of left) memory.remove(segment);
      rmSync(directory, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`segments are left: ${JSON.stringify(left)}`);
    },
  };
}

function homeIn(directory: string, account: Account | undefined): string {
  const home = join(directory, `home-${account?.uid ?? 'own'}`);
  if (!existsSync(home)) {
    mkdirSync(home, { mode: 0o700 });
    if (account !== undefined) chownSync(home, account.uid, account.gid);
  }
  return home;
}

/** The command line under the account. Node's `uid` option would drop the user's supplementary groups. */
function commandAs(
  account: Account | undefined,
  program: string,
  args: readonly string[],
): readonly [string, ...string[]] {
  if (account === undefined) return [program, ...args];
  const { uid, gid } = account;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--', program, ...args];
}

function watch(child: ReturnType<typeof spawn>): Running {
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  child.stdout?.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
    wake();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
    wake();
  });
  let hasEnded = false;
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      hasEnded = true;
      resolve({ status, signal, stdout, stderr });
      wake();
    });
  });
  const lineOf = (text: () => string, matches: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const complete = text().slice(0, text().lastIndexOf('\n') + 1);
        const found = complete.split('\n').find((line) => matches.test(line));
        if (found === undefined && !hasEnded) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`ended before a line like ${matches}: ${stdout}${stderr}`));
      };
      waiting.add(look);
      look();
    });
  return {
    pid: child.pid ?? 0,
    finished,
    kill: (signal) => void child.kill(signal),
    line: (matches) => lineOf(() => stdout, matches),
    said: (matches) => lineOf(() => stderr, matches),
  };
}

/** Ends every process whose environment names the sandbox; sends SIGKILL to those that SIGTERM does not end. */
async function endAll(directory: string): Promise<void> {
  const told = new Set<number>();
  const deadline = Date.now() + END_MS_MAX;
  while (Date.now() < deadline) {
    const there = processesOf(directory);
    if (there.length === 0) return;
    // One SIGTERM to each process; after it, a command may start a registry to undo its work.
    signalAll(
      there.filter((pid) => !told.has(pid)),
      'SIGTERM',
    );
    for (const pid of there) told.add(pid);
    await pass(POLL_MS);
  }
  const left = processesOf(directory);
  if (left.length === 0) return;
  const lines = spawnSync('ps', ['-o', 'pid=,args=', '-p', left.join()], { encoding: 'utf8' });
  signalAll(left, 'SIGKILL');
  throw new Error(`did not end on SIGTERM: ${lines.stdout}`);
}

/** Paths of all that is under the directory, sorted. A link is one entry: it may lead to a whole tree of packages. */
export function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Removes the memory of the sessions that the sandbox's registries kept for a next registry: none will start. */
function removeKept(directory: string, memory: World['memory']): void {
  for (const file of filesUnder(directory)) {
    if (!/\/sessions\/[^/]+\.json$/.test(file)) continue;
    const name = basename(file, '.json');
    const record = parseRecord(name, readFileSync(file, 'utf8'), statSync(file).uid);
    for (const stream of record.ok ? record.value.streams : []) {
      memory.remove(stream.memory.dataSegment);
      memory.remove(stream.memory.positionSegment);
    }
  }
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
  }
}

/** Process ids of the sandbox, found by its directory in their environment. */
export function processesOf(directory: string): number[] {
  const { stdout } = spawnSync(
    'sh',
    ['-c', `grep -lz "^LTTNG_TS_RUNDIR=${directory}/" /proc/[0-9]*/environ 2>/dev/null`],
    { encoding: 'utf8' },
  );
  return [...stdout.matchAll(/\/proc\/(\d+)\/environ/g)].map((found) => Number(found[1]));
}

/** The arguments of a process, each followed by a zero byte; empty when the process has ended. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw thrown;
  }
}

/** Process id of the only daemon of this name in the sandbox. */
export function daemonOf(place: Place, name: 'lttng-sessiond' | 'ust-consumerd'): number {
  const found = processesOf(place.directory).filter((pid) =>
    commandLineOf(pid).includes(`/${name}.js`),
  );
  if (found[0] === undefined || found.length > 1) {
    throw new Error(`${found.length} processes ${name} in ${place.directory}`);
  }
  return found[0];
}

/** The only child of `pid` that is neither a zombie nor a program of ours: the program that `lttng record` records. */
export function childOf(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,stat=,args=', '--ppid', String(pid)], {
    encoding: 'utf8',
  });
  const isIt = (line: string): boolean => /^ *\d+ +[^Z]/.test(line) && !line.includes(DIST);
  const child = stdout.split('\n').find(isIt);
  if (child === undefined) throw new Error(`process ${pid} has no child`);
  return Number.parseInt(child, 10);
}

/** A System V segment, as the kernel lists it. */
export interface ListedSegment extends SegmentInfo, SegmentRef {
  readonly creatorPid: number;
  /** Time of creation or of the last change of owner or mode: seconds since 1970. */
  readonly changedAt: number;
}

/** All segments of this machine: `/proc/sysvipc/shm`, see proc(5). */
export function listSegments(): ListedSegment[] {
  const [head = '', ...lines] = readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n');
  const names = head.trim().split(/\s+/);
  return lines.map((line) => {
    const values = line.trim().split(/\s+/);
    const text = (name: string): string => values[names.indexOf(name)] ?? '';
    return {
      id: Number(text('shmid')),
      key: Number(text('key')) >>> 0,
      byteLength: Number(text('size')),
      uid: Number(text('uid')),
      gid: Number(text('gid')),
      creatorUid: Number(text('cuid')),
      creatorPid: Number(text('cpid')),
      changedAt: Number(text('ctime')),
      // Octal, with kernel flags in the higher bits.
      mode: Number.parseInt(text('perms'), 8) & 0o777,
    };
  });
}

/** Segments of the `started` registries, and of those that wrote a log where registries of the sandbox do. */
function segmentsOf(
  directory: string,
  started: ReadonlySet<number>,
  since: number,
): ListedSegment[] {
  const homes = readdirSync(directory).filter((name) => name.startsWith('home-'));
  const registries = new Set(started);
  for (const from of ['.', 'run', ...homes.map((home) => join(home, '.lttng-ts'))]) {
    const parent = join(directory, from);
    if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    for (const log of readdirSync(parent).filter((name) => name.endsWith('log'))) {
      const lines = readFileSync(join(parent, log), 'utf8');
      for (const [, pid] of lines.matchAll(/"name":"lttng-sessiond","process":(\d+)/g)) {
        registries.add(Number(pid));
      }
    }
  }
  // Older segments may belong to processes that had the same ids.
  return listSegments().filter(
    ({ creatorPid, changedAt }) => registries.has(creatorPid) && changedAt >= since,
  );
}

export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + UNTIL_MS_MAX;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('Waited too long');
    await pass(POLL_MS);
  }
}

/** Uid and gid of a test account (`test/global-setup.ts`), or undefined when there is none. */
export function accountOf(name: string): Account | undefined {
  const { status, stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  if (status !== 0 || process.getuid?.() !== 0) return undefined;
  const [, , uid, gid] = stdout.trim().split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
