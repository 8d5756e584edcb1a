/** LTTng's own daemons and a program that it traces, as an unprivileged user in a directory of their own. */
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../temporary.ts';
import { hasBabeltrace } from '../trace/babeltrace.ts';

export const NOBODY = 65_534;
const SOURCES = join(import.meta.dirname, '../../../bench/ust');

/** The missing requirement for recording with LTTng here; undefined when it can record. */
export function missingForLttng(programs: readonly string[] = []): string | undefined {
  for (const program of ['lttng-sessiond', 'lttng', 'gcc', ...programs]) {
    if (spawnSync(program, ['--version']).error !== undefined) return program;
  }
  const header = ['-E', '-include', 'lttng/tracepoint.h', '-x', 'c', '/dev/null'];
  if (spawnSync('gcc', header).status !== 0) return 'liblttng-ust-dev';
  if (!hasBabeltrace()) return 'babeltrace2';
  // As root the daemon would be the machine's own; only root can change to another user.
  return process.getuid?.() === 0 ? undefined : 'root';
}

/** Ends a child before the test's directories go. */
export function endAfterTest(child: ChildProcess): void {
  onTestFinished(
    () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  );
}

export interface PrivateLttng {
  /** Readable and writable for the daemons' user. */
  readonly directory: string;
  /** Runs `lttng` with these arguments; returns its output. */
  lttng(...args: string[]): string;
  /** The same for a command that may fail. */
  attempt(...args: string[]): Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>;
  /** Starts another program as the daemons' user. */
  start(program: string, ...args: string[]): ChildProcess;
  trace(): TracedProgram;
}

/** A program that records `bench:one` while a session is active. */
export interface TracedProgram {
  /** Events so far. It counts an event after it has recorded it. */
  events(): number;
  end(): Promise<void>;
}

/** Starts a session daemon; `namespace`: the network namespace (ip-netns(8)) of it and its consumers. */
export async function startPrivateLttng(namespace?: string): Promise<PrivateLttng> {
  const directory = temporaryDirectory();
  chownSync(directory, NOBODY, NOBODY);
  const environment = { PATH: process.env['PATH'], LTTNG_HOME: directory, HOME: directory };
  const options = { cwd: directory, uid: NOBODY, gid: NOBODY, env: environment };
  const attempt: PrivateLttng['attempt'] = (...args) =>
    spawnSync('lttng', args, { ...options, encoding: 'utf8' });
  const start = (program: string, ...args: string[]): ChildProcess => {
    const child = spawn(program, args, { ...options, stdio: 'ignore' });
    endAfterTest(child);
    return child;
  };
  const program = join(directory, 'traced');
  const source = join(SOURCES, 'torture-app.c');
  const compiled = spawnSync('gcc', [`-I${SOURCES}`, '-o', program, source, '-llttng-ust', '-ldl']);
  expect(compiled.status).toBe(0);
  chmodSync(program, 0o755);
  if (namespace === undefined) start('lttng-sessiond', '--no-kernel');
  else {
    const as = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
    const inside = ['netns', 'exec', namespace, ...as, 'lttng-sessiond', '--no-kernel'];
    endAfterTest(spawn('ip', inside, { cwd: directory, env: environment, stdio: 'ignore' }));
  }
  const isReady = (): boolean =>
    spawnSync('lttng', ['--no-sessiond', 'list'], options).status === 0;
  await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
  let programs = 0;
  return {
    directory,
    lttng: (...args) => {
      const { status, stdout, stderr } = attempt(...args);
      if (status !== 0) throw new Error(`lttng ${args.join(' ')}: ${status} ${stderr}`);
      return stdout;
    },
    attempt,
    start,
    trace: () => {
      const counts = join(directory, `counts-${programs++}`);
      const child = start(program, counts);
      return tracedProgram(child, counts);
    },
  };
}

function tracedProgram(child: ChildProcess, counts: string): TracedProgram {
  return {
    events: () => {
      const file = existsSync(counts) ? readFileSync(counts) : Buffer.alloc(0);
      return file.byteLength < 8 ? 0 : file.readUInt32LE(4);
    },
    end: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** Ports that are free at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
