/** Process ids that the kernel reuses while the first process's data still waits in the buffers (R1.22). */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tickProgram } from '../support/real/programs.ts';
import {
  daemonOf,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

/** Root sets the next process id here; another process of the machine may take that id first. */
const LAST_PID = '/proc/sys/kernel/ns_last_pid';
const ATTEMPTS_MAX = 100;
const EVENTS = 500;

const isPossible = process.getuid?.() === 0 && existsSync(LAST_PID);

it('a process with the id of a dead one has its own trace', async ({ skip }) => {
  skip(!isPossible, `needs root and ${LAST_PID}`);
  const place = makePlace();
  try {
    const output = join(place.directory, 'trace');
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: EVENTS });
    await place.ok(['create', 'web', '-o', output]);
    await place.ok(['add-event', 'test:*', '-s', 'web']);
    await place.ok(['start', 'web']);
    const consumer = daemonOf(place, 'ust-consumerd');
    process.kill(consumer, 'SIGSTOP');
    const traced = ['--import', REGISTER, program];
    const first = place.start(process.execPath, traced);
    await first.finished;
    await (await startAs(place, first.pid, traced)).finished;
    process.kill(consumer, 'SIGCONT');
    await place.ok(['destroy', 'web']);
    const directory = join(output, 'ust/pid');
    const traces = readdirSync(directory).map((name) => join(directory, name));
    expect(traces).toHaveLength(2);
    for (const trace of traces) {
      expect(readFileSync(join(trace, 'metadata'), 'latin1')).toContain(`vpid = ${first.pid};`);
      expect(ticksOf(readTrace(trace))).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
      expect(babeltrace(trace).events).toBe(EVENTS);
    }
  } finally {
    await place.end();
  }
});

/** Runs the program until the kernel gives it this id. */
async function startAs(place: Place, pid: number, args: readonly string[]): Promise<Running> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    writeFileSync(LAST_PID, String(pid - 1));
    const running = place.start(process.execPath, args);
    if (running.pid === pid) return running;
    running.kill('SIGKILL');
    await running.finished;
  }
  throw new Error(`Another process took the id ${ATTEMPTS_MAX} times`);
}
