/**
 * A workload of the simulator as a real program: `workload-program.js DIRECTORY WORKLOAD`. Before and after each event
 * it records the event in a file by `write(2)`, so that the account survives any end of the process.
 *
 * In the simulator `killAtCall` counts World calls; here the process kills itself before one of its first events.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tracepoint } from '../../../bin/library.ts';
import { SCHEMA, type Workload } from '../../../sim/input/workload.ts';
import { type Notebook, runWorkload } from '../../../sim/programs/workload.ts';
import { SESSION_VARIABLE } from '../../../src/wire/launch.ts';
import type { NotebookLine } from './ledger.ts';

const [, program = '', directory = '', text = ''] = process.argv;
const workload = JSON.parse(text) as Workload;
const file = openSync(join(directory, `${process.pid}.json`), 'a');

function write(line: NotebookLine): void {
  writeSync(file, `${JSON.stringify(line)}\n`);
}

function now(): number {
  return Number(process.hrtime.bigint());
}

/** A program makes more World calls than it emits events. */
const EVENTS_BEFORE_KILL_MAX = 40;
const killBefore =
  workload.killAtCall === undefined ? undefined : workload.killAtCall % EVENTS_BEFORE_KILL_MAX;
let emitted = 0;
const notebook: Notebook = {
  began: (event) => {
    if (emitted++ === killBefore) process.kill(process.pid, 'SIGKILL');
    write({ is: 'began', at: now(), ...event });
  },
  ended: () => write({ is: 'ended' }),
};

write({
  is: 'started',
  pid: process.pid,
  uid: process.getuid?.() ?? -1,
  gid: process.getgid?.() ?? -1,
  sessionUuid: process.env[SESSION_VARIABLE] ?? '',
  at: now(),
});
runWorkload(
  {
    after: (delayMs, then) => void setTimeout(then, delayMs),
    define: (name, logLevel) => tracepoint(name, SCHEMA, { logLevel }),
    notebook,
    spawn: (child) =>
      void spawn(process.execPath, [program, directory, JSON.stringify(child)], {
        stdio: 'inherit',
      }),
    write: (line) => appendFileSync(join(directory, `${process.pid}.notes`), line),
    exit: (code) => process.exit(code),
  },
  workload,
);
