/** Events of the process itself: its start, its end, its children and threads, and uncaught exceptions. */

import { watchProcess } from '../../../src/os/process-events.ts';
import { i32, sequence, string, u32 } from '../../../src/tracer/types.ts';
import { guarded, guest } from '../guest/guarded.ts';
import { channelSource, type Source, source, subscribe } from './source.ts';
import { at, cut, errorOf, numberAt, TEXT_CHARACTERS_MAX, textAt } from './values.ts';

/** Bound on the arguments that are recorded of a command line. */
const ARGUMENTS_MAX = 64;
const STACK_CHARACTERS_MAX = 4096;

export const processSources: readonly Source[] = [
  source(
    'node:process_start',
    {
      execPath: string,
      argv: sequence(string),
      cwd: string,
      nodeVersion: string,
      ppid: u32,
    },
    (record) => {
      const { argv, execPath, ppid, version } = process;
      record({
        execPath,
        argv: bounded(argv),
        cwd: workingDirectory(),
        nodeVersion: version,
        ppid,
      });
      return () => {};
    },
  ),
  source('node:process_exit', { code: i32 }, (record) =>
    watchProcess(guest, { onExit: (code) => record({ code: numberAt({ code }, 'code') }) }),
  ),
  source(
    'node:uncaught_exception',
    { origin: string, name: string, message: string, stack: string },
    // The monitor only observes: the program ends or continues as it would without it.
    (record) =>
      watchProcess(guest, {
        onUncaught: (error, origin) =>
          record({
            origin: textAt({ origin }, 'origin'),
            name: textAt(error, 'name'),
            message: errorOf(error).message,
            stack: stackOf(error),
          }),
      }),
    'crit',
  ),
  source('node:child_process', { pid: u32, file: string, args: sequence(string) }, (record) =>
    subscribe('child_process', (message) => {
      const child = at(message, 'process');
      // Node publishes before it spawns the process; the process exists once the call has returned.
      queueMicrotask(
        guarded(() => {
          const args = at(child, 'spawnargs');
          record({
            pid: numberAt(child, 'pid'),
            file: textAt(child, 'spawnfile'),
            args: bounded(Array.isArray(args) ? (args as unknown[]) : []),
          });
        }),
      );
    }),
  ),
  channelSource('worker_threads', { threadId: i32 }, (message) => ({
    threadId: numberAt(message, 'worker', 'threadId'),
  })),
];

function bounded(texts: readonly unknown[]): string[] {
  return texts
    .slice(0, ARGUMENTS_MAX)
    .map((text) => (typeof text === 'string' ? cut(text, TEXT_CHARACTERS_MAX) : ''));
}

/** Empty when the directory has been removed. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}

function stackOf(error: unknown): string {
  const stack = at(error, 'stack');
  return typeof stack === 'string' ? cut(stack, STACK_CHARACTERS_MAX) : '';
}
