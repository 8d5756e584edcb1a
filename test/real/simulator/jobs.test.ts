/** The jobs of `lttng-sim fuzz` are processes: it reports the death of a job, and no job outlives it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandLineOf, until } from '../../support/real/sandbox.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/bin/lttng-sim.js', import.meta.url));
const JOBS = 2;

/** Starts more runs than the test waits for; resolves when all jobs exist. */
async function fuzz(): Promise<{ fuzzing: ChildProcess; jobs: number[]; said: Promise<string> }> {
  const words = ['fuzz', 'S1', '--seeds', '1000000', '--jobs', String(JOBS)];
  const fuzzing = spawn(process.execPath, [PROGRAM, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let jobs: number[] = [];
  await until(() => {
    jobs = jobsOf(fuzzing.pid ?? 0);
    return jobs.length === JOBS;
  });
  if (fuzzing.stderr === null) throw new Error('lttng-sim has no stderr');
  return { fuzzing, jobs, said: text(fuzzing.stderr) };
}

function jobsOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map(Number)
    .filter((child) => commandLineOf(child).includes('/fuzz-job.js'));
}

function areGone(jobs: readonly number[]): boolean {
  return jobs.every((job) => commandLineOf(job) === '');
}

describe('lttng-sim fuzz', () => {
  test('ends with 1 and one sentence when a job is killed, and ends the other jobs', async () => {
    const { fuzzing, jobs, said } = await fuzz();
    process.kill(jobs[0] ?? 0, 'SIGKILL');
    const [status] = (await once(fuzzing, 'exit')) as [number];
    expect(status).toBe(1);
    expect(await said).toBe('lttng-sim: A job has ended: SIGKILL (JOB_FAILED)\n');
    await until(() => areGone(jobs));
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves no job after %s', async (signal) => {
    const { fuzzing, jobs } = await fuzz();
    fuzzing.kill(signal);
    await once(fuzzing, 'exit');
    await until(() => areGone(jobs));
    expect(jobs).toHaveLength(JOBS);
  });
});
