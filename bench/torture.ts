/**
 * The torture test for LTTng: `npm run bench:torture`. Kills LTTng's session daemon, consumer daemon, commands and
 * applications as `npm run torture` kills ours, and counts events in the same way; one kind at a time, because LTTng
 * loses its sessions with a session daemon. Uses a private home directory and no kernel tracer; kills only processes
 * that it has started.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { lttngVersion } from './lib/lttng.ts';

const KINDS = ['application', 'lttng', 'lttng-consumerd', 'lttng-sessiond'] as const;
type Kind = (typeof KINDS)[number];

/** An unprivileged user, because root's daemons use the machine's global directories. */
const OTHER_UID = 65534;
const SOURCES = new URL('../../bench/ust/', import.meta.url).pathname;
const APPLICATIONS = 4;
const KILLS = 12;
const PAUSE_MS = 400;
const COMMAND_MS_MAX = 15_000;
const END_MS_MAX = 10_000;

interface Row {
  readonly kind: Kind;
  readonly kills: number;
  readonly emitted: number;
  readonly readable: number;
  readonly discarded: number;
  readonly lost: number;
  /** State of the session after the kills, by `lttng list`. */
  readonly session: string;
}

const version = lttngVersion();
if (version === undefined) {
  process.stderr.write('LTTng, its headers or a C compiler are missing here\n');
  process.exit(1);
}
const home = mkdtempSync(join(tmpdir(), 'lttng-torture-'));
const uid = process.getuid?.() === 0 ? OTHER_UID : undefined;
const as = uid === undefined ? {} : { uid, gid: uid };
const env = { PATH: process.env['PATH'], LTTNG_HOME: home, HOME: home };
const ours = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of ours) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

const program = join(home, 'torture-app');
const source = join(SOURCES, 'torture-app.c');
execFileSync('gcc', ['-O2', `-I${SOURCES}`, '-o', program, source, '-llttng-ust', '-ldl']);
chmodSync(program, 0o755);
if (uid !== undefined) chownSync(home, uid, uid);

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, [...args], { env, stdio: 'ignore', ...as });
  ours.add(child);
  child.once('exit', () => ours.delete(child));
  return child;
}

function lttng(...args: string[]): { readonly status: number | null; readonly stdout: string } {
  const ran = spawnSync('lttng', args, {
    env,
    encoding: 'utf8',
    timeout: COMMAND_MS_MAX,
    killSignal: 'SIGKILL',
    ...as,
  });
  return { status: ran.status, stdout: ran.stdout };
}

async function startDaemon(): Promise<ChildProcess> {
  const daemon = start('lttng-sessiond', ['--no-kernel']);
  const deadline = Date.now() + COMMAND_MS_MAX;
  while (lttng('list').status !== 0) {
    if (Date.now() > deadline) throw new Error('lttng-sessiond does not answer');
    await pass(100);
  }
  return daemon;
}

/** Process ids of consumer daemons below the daemon. */
function consumersOf(daemon: ChildProcess): number[] {
  const tasks = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const below = new Set([String(daemon.pid)]);
  for (const [pid = '', parent = ''] of tasks) if (below.has(parent)) below.add(pid);
  return tasks
    .filter(([pid = '', , name = '']) => below.has(pid) && name.startsWith('lttng-consumer'))
    .map(([pid]) => Number(pid));
}

async function ended(child: ChildProcess): Promise<void> {
  const deadline = Date.now() + END_MS_MAX;
  while (ours.has(child) && Date.now() < deadline) await pass(20);
  if (ours.has(child)) child.kill('SIGKILL');
}

async function torture(kind: Kind): Promise<Row> {
  const session = `torture-${kind}`;
  const output = join(home, session);
  mkdirSync(output);
  if (uid !== undefined) chownSync(output, uid, uid);
  let daemon = await startDaemon();
  lttng('create', session, `--output=${output}`);
  // The switch timer writes partly filled sub-buffers each second, the default of `lttng-ts`.
  const channel = ['--userspace', 'channel', '--buffers-pid', '--switch-timer=1000000'];
  lttng('enable-channel', ...channel, '--subbuf-size=64k', '--num-subbuf=4');
  lttng('enable-event', '--userspace', '--channel=channel', 'bench:one');
  lttng('start');
  const applications: { child: ChildProcess; notebook: string }[] = [];
  const startApplication = (): void => {
    const notebook = join(home, `${session}-notebook-${applications.length}`);
    applications.push({ child: start(program, [notebook]), notebook });
  };
  for (let count = 0; count < APPLICATIONS; count++) startApplication();
  await pass(1000);

  let kills = 0;
  for (let round = 0; round < KILLS; round++) {
    await pass(PAUSE_MS);
    if (kind === 'application') {
      const living = applications.filter(({ child }) => ours.has(child));
      const victim = living[round % living.length]?.child;
      kills += victim?.kill('SIGKILL') === true ? 1 : 0;
      startApplication();
    } else if (kind === 'lttng') {
      const command = start('lttng', round % 2 === 0 ? ['stop', session] : ['start', session]);
      await pass(Math.random() * 30);
      kills += ours.has(command) && command.kill('SIGKILL') ? 1 : 0;
    } else if (kind === 'lttng-consumerd') {
      for (const pid of consumersOf(daemon)) {
        process.kill(pid, 'SIGKILL');
        kills += 1;
      }
      // A user would do the same to continue the session.
      lttng('start', session);
    } else {
      kills += daemon.kill('SIGKILL') ? 1 : 0;
      await ended(daemon);
      daemon = await startDaemon();
    }
  }
  await pass(1000);
  const { stdout } = lttng('list', session);
  const state = /session \S+: \[(\w+)/i.exec(stdout)?.[1] ?? 'gone';
  lttng('stop', session);
  lttng('destroy', session);
  for (const { child } of applications) child.kill('SIGKILL');
  daemon.kill('SIGTERM');
  await ended(daemon);
  await pass(500);
  return { kind, kills, session: state, ...account(output, applications) };
}

/** The numbers of emitted, readable, discarded and lost events. */
function account(
  output: string,
  applications: readonly { readonly child: ChildProcess; readonly notebook: string }[],
): Pick<Row, 'emitted' | 'readable' | 'discarded' | 'lost'> {
  let [emitted, readable, discarded, lost] = [0, 0, 0, 0];
  for (const { child, notebook } of applications) {
    const note = existsSync(notebook) ? readFileSync(notebook) : Buffer.alloc(0);
    const done = note.length < 8 ? 0 : note.readUInt32LE(4);
    const read = readProcess(output, child.pid ?? 0);
    emitted += Math.max(done, read.numbers.size);
    readable += read.numbers.size;
    discarded += read.discarded;
    lost += Math.max(0, done - read.numbers.size - read.discarded);
  }
  return { emitted, readable, discarded, lost };
}

function readProcess(output: string, pid: number): { numbers: Set<number>; discarded: number } {
  const numbers = new Set<number>();
  let discarded = 0;
  const parent = join(output, 'ust/pid');
  const names = existsSync(parent) ? readdirSync(parent) : [];
  for (const name of names.filter((other) => other.includes(`-${pid}-`))) {
    const { stdout, stderr } = spawnSync('babeltrace2', [join(parent, name)], {
      encoding: 'utf8',
      maxBuffer: 1024 ** 3,
    });
    for (const [, number] of stdout.matchAll(/value = (\d+)/g)) numbers.add(Number(number));
    for (const [, count] of stderr.matchAll(/discarded (\d+) events?/g)) discarded += Number(count);
  }
  return { numbers, discarded };
}

const columns = ['kills', 'emitted', 'readable', 'discarded', 'lost'] as const;
process.stdout.write(`${version}, applications in C, kill -9 of one kind at a time\n`);
process.stdout.write(
  `${'killed'.padEnd(18)}${columns.map((name) => name.padStart(11)).join('')}  session afterwards\n`,
);
for (const kind of KINDS) {
  const row = await torture(kind);
  const figures = columns.map((name) => String(row[name]).padStart(11)).join('');
  process.stdout.write(`${kind.padEnd(18)}${figures}  ${row.session}\n`);
}
process.exit(0);
