/**
 * The time that programs take from their start to their end, beside an empty program (`node -e 0`) in the same round:
 * what the library adds to a traced program, and the commands of `lttng`. See `docs/performance.md`.
 *
 * Use: `npm run bench:start [rounds] [applications...]`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { NS_PER_MS } from '../src/base/time.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';
import { BIN, type Registry, startRegistry } from './lib/ours.ts';

const [rounds = '21', ...crowds] = process.argv.slice(2);
const ROUNDS = Number(rounds);
/** How many applications are registered when a session starts. */
const CROWDS = crowds.length === 0 ? [1, 50] : crowds.map(Number);
const WARM_ROUNDS = 2;
/** A round measures `lttng start` alone: the `lttng stop` after it is outside of the measured time. */
const START_ROUNDS = Math.ceil(ROUNDS / 3);
const LIBRARY = ['--require', join(BIN, 'register.cjs')];
const EMPTY = ['-e', '0'];
const POLL_MS = 100;
/** USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

interface Case {
  readonly title: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Makes what the program did undone; not measured. */
  readonly undo?: () => void;
}

interface Measured {
  /** Milliseconds of each round. */
  readonly wall: number[];
  /** CPU milliseconds of all rounds. */
  cpu: number;
}

/** Each case in turn within each round. */
function measure(cases: readonly Case[], roundsMax: number): Measured[] {
  const measured = cases.map((): Measured => ({ wall: [], cpu: 0 }));
  for (let round = -WARM_ROUNDS; round < roundsMax; round++) {
    for (const [index, { title, args, env, undo }] of cases.entries()) {
      const [cpu, begin] = [childCpuMs(), process.hrtime.bigint()];
      const { status } = spawnSync(process.execPath, args, { env: { ...process.env, ...env } });
      const elapsed = Number(process.hrtime.bigint() - begin) / NS_PER_MS;
      if (status !== 0) throw new Error(`${title} ended with ${status}`);
      const of = measured[index];
      if (of !== undefined && round >= 0) {
        of.wall.push(elapsed);
        of.cpu += childCpuMs() - cpu;
      }
      undo?.();
    }
  }
  return measured;
}

/** CPU time of the children that have ended (proc(5), stat, fields 16 and 17), in steps of 10 ms. */
function childCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}

function report(cases: readonly Case[], measured: readonly Measured[]): void {
  const plain = measured[0] ?? { wall: [], cpu: 0 };
  say(
    table([
      ['', 'ms', 'added', 'times node -e 0', 'CPU ms', 'times'],
      ...cases.map(({ title }, index) => {
        const { wall, cpu } = measured[index] ?? plain;
        const ratios = wall.map((ms, round) => ms / (plain.wall[round] ?? Number.NaN));
        return [
          title,
          spread(wall),
          (median(wall) - median(plain.wall)).toFixed(1),
          spread(ratios, 2),
          (cpu / wall.length).toFixed(0),
          (cpu / plain.cpu).toFixed(2),
        ];
      }),
    ]),
  );
}

function lttng(title: string, { env }: Registry, words: string, undo?: () => void): Case {
  const args = [join(BIN, 'lttng.js'), ...words.split(' ')];
  return { title, args, env, ...(undo === undefined ? {} : { undo }) };
}

/** `lttng start` with applications that are registered; each has a thread. */
async function measureStart(applications: number): Promise<void> {
  const registry = await startRegistry();
  const programs = Array.from({ length: applications }, () =>
    spawn(process.execPath, [...LIBRARY, '-e', 'setInterval(() => {}, 1e9)'], {
      env: { ...process.env, ...registry.env },
      stdio: 'ignore',
    }),
  );
  const count = (): number =>
    registry.command('list', '--apps', '--output-format', 'json').split('"tid"').length - 1;
  while (count() < applications) await pass(POLL_MS);
  registry.command('create', 'bench', '--output', join(registry.directory, 'trace'));
  registry.command('add-event', '*', '--session', 'bench');
  const cases = [
    PLAIN,
    lttng(`lttng start, ${applications} applications`, registry, 'start bench', () =>
      registry.command('stop', 'bench'),
    ),
  ];
  report(cases, measure(cases, START_ROUNDS));
  registry.command('destroy', 'bench');
  for (const program of programs) program.kill();
  await registry.end();
}

const PLAIN: Case = { title: 'node -e 0', args: EMPTY, env: {} };
const nowhere = { LTTNG_TS_RUNDIR: '/nonexistent', LTTNG_TS_PIPE: '/nonexistent' };
const idle = await startRegistry();
const recording = await startRegistry();
recording.command('create', 'bench', '--output', join(recording.directory, 'trace'));
recording.command('add-event', '*', '--session', 'bench');
recording.command('start', 'bench');

const traced = (title: string, env: Case['env']): Case => ({
  title,
  args: [...LIBRARY, ...EMPTY],
  env,
});
const cases = [
  PLAIN,
  traced('library, no registry', nowhere),
  traced('library, registry', idle.env),
  traced('library, registry, all events recorded', recording.env),
  lttng('lttng help', idle, 'help'),
  lttng('lttng version', idle, 'version'),
  lttng('lttng list', idle, 'list'),
  lttng('lttng create', idle, `create made --output ${join(idle.directory, 'made')}`, () =>
    idle.command('destroy', 'made'),
  ),
];
say(machine());
say(`Milliseconds from start to end, median [least..most] of ${ROUNDS} rounds:\n`);
report(cases, measure(cases, ROUNDS));
recording.command('destroy', 'bench');
await recording.end();
await idle.end();
say(`\nThe same of ${START_ROUNDS} rounds:\n`);
for (const applications of CROWDS) await measureStart(applications);
