/** Child processes and signals. `spawn` looks the program up first, so that it can return ENOENT at once. */
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { Log } from '../port/log.ts';
import type { OsResult } from '../port/os-error.ts';
import type { Child, ProcessExit, Processes, SignalName, SpawnRequest } from '../port/processes.ts';
import { type Entrance, entering } from './entrance.ts';
import { failure, failureFromThrown, thrownErrno } from './errors.ts';
import { createNotify } from './service-manager.ts';

/** Prefix of our own programs in requests: `lttng-ts:ust-consumerd` is the compiled `bin/ust-consumerd.ts`. */
const OWN_PROGRAM_PREFIX = 'lttng-ts:';
const OWN_PROGRAM_NAME = /^[a-z][a-z0-9-]{0,63}$/;
/** States of zombies and of processes that are ending. */
const ENDED_STATES = new Set(['Z', 'X', 'x']);
/** Indexes of values that the kernel reports about a process, counted from the state on. */
const STAT_GROUP = 2;
const STAT_FOREGROUND_GROUP = 5;
const STAT_STARTED_AT = 19;
const NESTED_PID = /^NSpid:\t\d+\t\d/m;
const PATH_DEFAULT = '/usr/local/bin:/usr/bin:/bin';

interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export function createProcesses(log: Log, entrance: Entrance): Processes {
  return {
    spawn: (request, onExit) => spawn(log, entrance, request, onExit),
    isAlive,
    hasThread,
    startedAt,
    onSignal: (signals, onSignal) => {
      const undone = signals.map((name) => {
        const listener = entering(entrance, () => onSignal(name, isShared(name)));
        process.on(name, listener);
        return () => process.off(name, listener);
      });
      return () => {
        for (const undo of undone) undo();
      };
    },
    notify: createNotify(log),
    exit: (code) => {
      assert(Number.isInteger(code) && code >= 0 && code <= 255, 'processes: a code is 0 to 255');
      process.exit(code);
    },
  };
}

function spawn(
  log: Log,
  entrance: Entrance,
  request: SpawnRequest,
  onExit: (exit: ProcessExit) => void,
): OsResult<Child> {
  const command = resolve(request);
  if (!command.ok) return command;
  const { workingDirectory } = request;
  try {
    if (workingDirectory !== undefined) {
      if (!statSync(workingDirectory).isDirectory()) {
        return failure('ENOTDIR', 'processes.spawn', workingDirectory);
      }
      accessSync(workingDirectory, constants.X_OK);
    }
    const child = start(command.value, request);
    if (entrance.isBackground || request.style === 'daemon') child.unref();
    const { program } = request;
    const onError = ({ message: reason }: Error): void => {
      // Without an id the child was not started, which the result says.
      if (child.pid !== undefined) log('process.killFailed', { program, reason });
    };
    child.on('error', entering(entrance, onError));
    return adopt(entrance, child, request, onExit);
  } catch (thrown) {
    return failureFromThrown(thrown, 'processes.spawn', request.program);
  }
}

function start(command: Command, request: SpawnRequest): ChildProcess {
  const daemon = request.style === 'daemon';
  // Node's part for children is loaded by the first: it takes milliseconds, and most programs start none.
  const { spawn: spawnChild } = process.getBuiltinModule('node:child_process');
  return spawnChild(command.file, [...command.args], {
    env: daemon ? withoutManager(request.environment) : { ...request.environment },
    stdio: daemon ? 'ignore' : 'inherit',
    detached: daemon,
    ...(request.workingDirectory === undefined ? {} : { cwd: request.workingDirectory }),
  });
}

/** A daemon is not part of the service of the process that starts it: it must not notify that service's manager. */
function withoutManager(environment: SpawnRequest['environment']): SpawnRequest['environment'] {
  const { NOTIFY_SOCKET: _, ...rest } = environment;
  return rest;
}

function adopt(
  entrance: Entrance,
  child: ChildProcess,
  request: SpawnRequest,
  onExit: (exit: ProcessExit) => void,
): OsResult<Child> {
  const { pid } = child;
  if (pid === undefined) {
    // Node gives the reason in an `error` event only; after the look-up only a lack of resources can be the reason.
    return failure('EAGAIN', 'processes.spawn', request.program, 'no process could be made');
  }
  const onEnd = (code: number | null, signal: NodeJS.Signals | null): void =>
    onExit(signal === null ? { code: code ?? 0 } : { signal });
  child.on('exit', entering(entrance, onEnd));
  return ok({
    pid,
    kill: (signal) => {
      child.kill(signal);
    },
  });
}

function resolve(request: SpawnRequest): OsResult<Command> {
  const { program, args } = request;
  if (program.startsWith(OWN_PROGRAM_PREFIX)) {
    const name = program.slice(OWN_PROGRAM_PREFIX.length);
    const script = OWN_PROGRAM_NAME.test(name) ? ownProgramPath(name) : undefined;
    if (script === undefined || accessTrouble(script, constants.R_OK) !== undefined) {
      return failure('ENOENT', 'processes.spawn', program);
    }
    return ok({ file: process.execPath, args: [script, ...args] });
  }
  const file = lookUp(program, request.environment['PATH'] ?? PATH_DEFAULT);
  return file.ok ? ok({ file: file.value, args }) : file;
}

/** Path of a program: seen from compiled code (`dist/src/os`), bundles (`dist/bin/programs`) and sources (`src/os`). */
function ownProgramPath(name: string): string {
  const compiled = !import.meta.url.endsWith('.ts');
  const relative = compiled ? `../../bin/${name}.js` : `../../dist/bin/${name}.js`;
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** The file of a program name; EACCES if it exists but this process may not execute it. */
function lookUp(program: string, searchPath: string): OsResult<string> {
  const candidates = program.includes('/')
    ? [program]
    : searchPath.split(delimiter).map((directory) => join(directory || '.', program));
  let denied = false;
  for (const candidate of candidates) {
    const trouble = accessTrouble(candidate, constants.X_OK);
    if (trouble === undefined) return ok(candidate);
    if (trouble === 'EACCES') denied = true;
  }
  return failure(denied ? 'EACCES' : 'ENOENT', 'processes.spawn', program);
}

/** Errno name if `path` is not a file with this kind of access for this process; undefined if it is. */
function accessTrouble(path: string, access: number): string | undefined {
  try {
    accessSync(path, access);
    return statSync(path).isFile() ? undefined : 'EACCES';
  } catch (thrown) {
    const name = thrownErrno(thrown);
    if (name === undefined) throw thrown;
    return name;
  }
}

function isAlive(pid: number, tid = pid): boolean {
  const stat = statusOf(`${pid}/task/${tid}`);
  if (stat.ok) return !ENDED_STATES.has(stat.value[0] ?? '');
  // Any other error does not show that the process has ended.
  return stat.error.code !== 'ESRCH';
}

/** Keys of the terminal make these signals for the group in its foreground, if that is ours (proc_pid_stat(5)). */
function isShared(name: SignalName): boolean {
  if (name !== 'SIGINT' && name !== 'SIGQUIT') return false;
  const stat = statusOf('self');
  return stat.ok && stat.value[STAT_GROUP] === stat.value[STAT_FOREGROUND_GROUP];
}

function hasThread(pid: number, tid: number): boolean | undefined {
  const stat = statusOf(`${pid}/task/${tid}`);
  if (stat.ok) return !ENDED_STATES.has(stat.value[0] ?? '');
  if (stat.error.code !== 'ESRCH') return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    // One id for each namespace, from ours to its own (proc_pid_status(5)).
    return NESTED_PID.test(status) ? undefined : false;
  } catch (thrown) {
    const code = thrownErrno(thrown);
    if (code === undefined) throw thrown;
    // Peers in a namespace around ours have no id here: the kernel says 0.
    return pid > 0 && (code === 'ENOENT' || code === 'ESRCH') ? false : undefined;
  }
}

function startedAt(pid: number): OsResult<number> {
  const stat = statusOf(`${pid}`);
  return stat.ok ? ok(Number(stat.value[STAT_STARTED_AT])) : stat;
}

/**
 * The kernel's fields about a process or thread, from its state on. The program's name stands before the state, and
 * may contain any character (proc_pid_stat(5)).
 */
function statusOf(path: string): OsResult<string[]> {
  try {
    const stat = readFileSync(`/proc/${path}/stat`, 'latin1');
    return ok(stat.slice(stat.lastIndexOf(')') + 2).split(' '));
  } catch (thrown) {
    const code = thrownErrno(thrown);
    if (code === undefined) throw thrown;
    // ESRCH: the process ended during the read.
    return failure(code === 'ENOENT' ? 'ESRCH' : code, 'processes.stat', path);
  }
}
