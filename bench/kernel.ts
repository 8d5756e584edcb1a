/**
 * The cost of recording the kernel: CPU time an event of our consumer, and of the recorders of `trace-cmd`, which move
 * whole pages into files as they are, of the same workload in turn (R1.24). See `docs/performance.md`.
 *
 * Use, as root: `npm run bench:kernel [rounds]`.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type {
  KernelRecordingOptions,
  RecordedEvent,
} from '../test/support/kernel/kernel-recording.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';

export type ToKernelConsumer =
  | { readonly type: 'begin'; readonly options: KernelRecordingOptions }
  | { readonly type: 'end' };
export type FromKernelConsumer =
  | { readonly type: 'begun' }
  | { readonly type: 'ended'; readonly events: number; readonly lost: number };

const ROUNDS = Number(process.argv[2] ?? 5);
const WARM_ROUNDS = 1;
const TRACEFS = '/sys/kernel/tracing/instances';
const INSTANCE = `lttng-ts-bench-${process.pid}`;
/** Of each CPU, for both: four sub-buffers of 512 KiB. */
const BUFFER_KB = 2048;
const LOOK_MS = 20;
/** Until trace-cmd has begun, once its events are enabled. */
const SETTLE_MS = 300;

interface Workload {
  readonly name: string;
  readonly events: readonly string[];
  /** A shell command; it replaces the shell, whose process alone is recorded unless `isAll`. */
  readonly command: string;
  readonly isAll?: true;
}

const WORKLOADS: readonly Workload[] = [
  {
    name: 'system calls',
    events: ['read', 'write'].flatMap((call) => [
      `syscalls:sys_enter_${call}`,
      `syscalls:sys_exit_${call}`,
    ]),
    command: 'exec dd if=/dev/zero of=/dev/null bs=1 count=2000000',
  },
  {
    name: 'context switches',
    events: ['sched:sched_switch', 'sched:sched_wakeup'],
    command: 'exec perf bench sched pipe -l 200000',
    isAll: true,
  },
];

interface Figures {
  /** Nanoseconds of CPU an event. */
  readonly cpu: number;
  readonly perSecond: number;
  readonly lost: number;
}

/** A recorder that records until `end`, which returns what it took. */
interface Recorder {
  readonly pids: () => readonly number[];
  readonly end: () => Promise<{
    readonly events: number;
    readonly lost: number;
    readonly cpuNs: number;
  }>;
}

type Start = (events: readonly RecordedEvent[], output: string) => Promise<Recorder>;

const startOurs: Start = async (events, output) => {
  const child = fork(join(import.meta.dirname, 'contestants/kernel-consumer.js'));
  const options = { instance: INSTANCE, output, events };
  child.send({ type: 'begin', options } satisfies ToKernelConsumer);
  await once(child, 'message');
  return {
    pids: () => [child.pid ?? 0],
    end: async () => {
      child.send({ type: 'end' } satisfies ToKernelConsumer);
      const [message] = (await once(child, 'message')) as [FromKernelConsumer];
      const cpuNs = cpuNsOf([child.pid ?? 0]);
      child.disconnect();
      await once(child, 'exit');
      if (message.type !== 'ended') throw new Error('The consumer did not end');
      return { ...message, cpuNs };
    },
  };
};

const startTraceCmd: Start = async (events, output) => {
  const script = join(import.meta.dirname, '../../test/support/kernel/trace-cmd.sh');
  const chosen = events.flatMap(({ event, filter }) =>
    filter === undefined ? ['-e', event] : ['-e', event, '-f', filter],
  );
  const file = join(output, 'trace.dat');
  const args = ['-C', 'mono', '-b', String(BUFFER_KB), ...chosen, '-o', file];
  const child = spawn('bash', [script, INSTANCE, ...args], { stdio: 'ignore' });
  const place = join(TRACEFS, INSTANCE);
  const files = events.map(({ event }) => `${place}/events/${event.replace(':', '/')}/enable`);
  while (!(files.every(isOn) && recordersOf(child).length > 0)) await pass(LOOK_MS);
  await pass(SETTLE_MS);
  return {
    pids: () => recordersOf(child),
    end: async () => {
      const cpuNs = cpuNsOf(recordersOf(child));
      const counts = countsIn(place);
      child.kill('SIGINT');
      await once(child, 'exit');
      return { ...counts, cpuNs };
    },
  };
};

function isOn(path: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8').startsWith('1');
}

/** The children of `trace-cmd record`: one for each CPU. */
function recordersOf({ pid }: ChildProcess): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path)
    ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    : [];
}

function countsIn(place: string): { readonly events: number; readonly lost: number } {
  let [events, lost] = [0, 0];
  for (const cpu of readdirSync(`${place}/per_cpu`)) {
    const stats = readFileSync(`${place}/per_cpu/${cpu}/stats`, 'utf8');
    const count = (name: string): number =>
      Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(stats)?.[1] ?? 0);
    events += count('read events') + count('entries');
    lost += count('overrun') + count('dropped events');
  }
  return { events, lost };
}

/** CPU time of all threads of the processes (`schedstat`). */
function cpuNsOf(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    }
  }
  return sum;
}

async function measure(workload: Workload, start: Start): Promise<Figures> {
  const output = mkdtempSync(join(tmpdir(), 'lttng-ts-bench-'));
  const shell = spawn('sh', ['-c', `read go; ${workload.command}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const filter = workload.isAll ? {} : { filter: `common_pid == ${shell.pid}` };
  const events = workload.events.map((event) => ({ event, ...filter }));
  const recorder = await start(events, output);
  const before = cpuNsOf(recorder.pids());
  const beginMs = performance.now();
  shell.stdin.end('go\n');
  await once(shell, 'exit');
  const ended = await recorder.end();
  const seconds = (performance.now() - beginMs) / 1000;
  rmSync(output, { recursive: true });
  return {
    cpu: (ended.cpuNs - before) / ended.events,
    perSecond: ended.events / seconds / 1e6,
    lost: ended.lost,
  };
}

const SIDES: readonly (readonly [string, Start])[] = [
  ['ltt-consumerd', startOurs],
  ['trace-cmd', startTraceCmd],
];

async function compare(workload: Workload): Promise<void> {
  const all = new Map<string, Figures[]>();
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    for (const [name, start] of SIDES) {
      const figures = await measure(workload, start);
      if (round >= 0) all.set(name, [...(all.get(name) ?? []), figures]);
    }
  }
  const head = ['', 'CPU ns an event', 'million events a second', 'lost events'];
  const rows = SIDES.map(([name]) => {
    const of = (member: keyof Figures): number[] =>
      (all.get(name) ?? []).map((each) => each[member]);
    return [name, spread(of('cpu'), 0), spread(of('perSecond'), 2), spread(of('lost'), 0)];
  });
  const [ours = Number.NaN, theirs = Number.NaN] = SIDES.map(([name]) =>
    median((all.get(name) ?? []).map(({ cpu }) => cpu)),
  );
  say(`\n${workload.name} (${workload.events.join(', ')}):\n`);
  say(table([head, ...rows]));
  say(`\nCPU an event, ours to trace-cmd's: ${(ours / theirs).toFixed(2)}`);
}

say(machine());
for (const workload of WORKLOADS) {
  const [, program = ''] = workload.command.split(' ');
  if (spawnSync(program, ['--version']).error === undefined) await compare(workload);
}
