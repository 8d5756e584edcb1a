/**
 * A private LTTng for the C contestants: session daemon, session and channel in a directory of their own. Under root it
 * runs as another user, because root's daemons always use the machine's global directories.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contestant, startContestant } from './contestant.ts';
import { type Relay, urlOf } from './relay.ts';

/** An unprivileged user. */
const OTHER_UID = 65534;
const UST_SOURCES = new URL('../../../bench/ust/', import.meta.url).pathname;
const SESSION = 'bench';

export interface Lttng {
  readonly contestant: Contestant;
  readonly consumerPid: number;
  /** The output of a session with a live consumer. */
  readonly output: string;
  /** Runs `lttng` with these arguments; returns its output. */
  command(...args: string[]): string;
  /** Stops the session and the daemon and removes everything. */
  end(): Promise<void>;
}

export interface LttngChannel {
  readonly snapshot: boolean;
  readonly subbufferSize: string;
  readonly subbuffers: number;
  /** Absent: the consumer writes into a directory. */
  readonly relay?: Relay | undefined;
  /** Bounds the size of the trace: bytes a file and files a stream. */
  readonly files?: { readonly bytes: number; readonly count: number };
}

/** Undefined when LTTng, its headers or a C compiler are missing here. */
export function lttngVersion(): string | undefined {
  try {
    execFileSync('gcc', ['-E', '-include', 'lttng/tracepoint.h', '-x', 'c', '/dev/null'], {
      stdio: 'ignore',
    });
    return execFileSync('lttng', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

export async function startLttng(name: string, channel: LttngChannel): Promise<Lttng> {
  const home = mkdtempSync(join(tmpdir(), 'lttng-bench-'));
  const uid = process.getuid?.() === 0 ? OTHER_UID : undefined;
  const { relay } = channel;
  const output = relay?.output ?? join(home, 'trace');
  if (relay === undefined) mkdirSync(output);
  const program = join(home, 'bench-events');
  execFileSync('gcc', [
    '-O2',
    `-I${UST_SOURCES}`,
    '-o',
    program,
    join(UST_SOURCES, 'bench-events.c'),
    '-llttng-ust',
    '-ldl',
  ]);
  chmodSync(program, 0o755);
  if (uid !== undefined)
    for (const path of relay === undefined ? [home, output] : [home]) chownSync(path, uid, uid);
  const env = { LTTNG_HOME: home, LTTNG_UST_REGISTER_TIMEOUT: '-1' };
  const run = (command: string, args: readonly string[]): string =>
    execFileSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
  const command = (...args: string[]): string => run('lttng', args);

  // Our daemon is not confused with another one of this machine: its socket is in our directory.
  run('lttng-sessiond', ['--daemonize', '--no-kernel']);
  const pidFile = (file: string): number =>
    Number(readFileSync(join(home, '.lttng', file), 'utf8'));
  const daemonPid = pidFile('lttng-sessiond.pid');
  const removeAll = (): void => {
    try {
      process.kill(daemonPid, 'SIGTERM');
    } catch {
      // The daemon has ended already.
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  process.once('exit', removeAll);
  createSession(command, channel, output);
  command('enable-event', '--userspace', '--channel=channel', 'bench:one,bench:four');
  command('start');
  const contestant = await startContestant(name, program, [], {
    env,
    ...(uid === undefined ? {} : { uid }),
  });
  return {
    contestant,
    consumerPid: findConsumer(daemonPid),
    output,
    command,
    end: async () => {
      await contestant.end();
      command('destroy', SESSION);
      process.removeListener('exit', removeAll);
      removeAll();
    },
  };
}

function createSession(
  command: (...args: string[]) => string,
  channel: LttngChannel,
  output: string,
): void {
  command(
    'create',
    SESSION,
    ...(channel.snapshot ? ['--snapshot'] : []),
    channel.relay === undefined ? `--output=${output}` : `--set-url=${urlOf(channel.relay)}`,
  );
  command(
    'enable-channel',
    '--userspace',
    'channel',
    channel.snapshot ? '--overwrite' : '--discard',
    `--subbuf-size=${channel.subbufferSize}`,
    `--num-subbuf=${channel.subbuffers}`,
    ...(channel.files === undefined
      ? []
      : [`--tracefile-size=${channel.files.bytes}`, `--tracefile-count=${channel.files.count}`]),
  );
}

/** The daemon's child that is a consumer (proc(5), task/children). */
function findConsumer(daemonPid: number): number {
  const tasks = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  for (const line of tasks.split('\n')) {
    const [pid, parent, command = ''] = line.trim().split(/\s+/);
    if (command.startsWith('lttng-consumer') && isBelow(Number(parent), daemonPid, tasks)) {
      return Number(pid);
    }
  }
  throw new Error('LTTng has no consumer');
}

function isBelow(pid: number, ancestor: number, tasks: string): boolean {
  if (pid === ancestor) return true;
  const line = tasks.split('\n').find((task) => Number(task.trim().split(/\s+/)[0]) === pid);
  const parent = Number(line?.trim().split(/\s+/)[1] ?? 0);
  return parent > 1 && isBelow(parent, ancestor, tasks);
}
