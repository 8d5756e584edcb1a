/** Simulated processes: the `Processes` family of one process, signals, and exits of children. */

import { assert } from '../../src/base/assert.ts';
import { fail, ok } from '../../src/base/result.ts';
import type { OsErrorCode } from '../../src/port/os-error.ts';
import type { Child, ProcessExit, Processes, SpawnRequest } from '../../src/port/processes.ts';
import type { HostScheduler } from './core/host-scheduler.ts';
import type { Found } from './core/subject.ts';
import type { Disk } from './fs/disk.ts';
import { EXECUTE, permits, SEARCH } from './fs/tree.ts';
import type { Kernel } from './process/kernel.ts';
import type { Resource, SimProcess } from './process/process.ts';
import type { AnySignal } from './process/signals.ts';

/** Prefix of the names of our own programs. */
const OWN_PROGRAM_PREFIX = 'lttng-ts:';

/** The unit in which the kernel counts start times of processes. */
const TICK_NS = 10_000_000;

/** The first process of the machine, which never ends and adopts orphans. */
const INIT_PID = 1;

/** Knows the programs of a machine and starts them as processes. */
export interface Launcher {
  has(program: string): boolean;
  launch(request: SpawnRequest, parent: SimProcess, program: string): SimProcess;
}

/** The process family as `process` sees it. */
export function processesOf(
  kernel: Kernel,
  disk: Disk,
  launcher: Launcher,
  process: SimProcess,
): Processes {
  return {
    spawn: (request, onExit) =>
      process.attempt('processes.spawn', request.program, () => {
        const spawned = spawn(disk, launcher, process, request);
        if (!spawned.ok) return spawned;
        const { scheduler } = kernel;
        return ok(new ChildHandle(scheduler, process, spawned.value, request.style, onExit));
      }),
    isAlive: (pid, tid = pid) =>
      process.answer('processes.isAlive', `${pid} ${tid}`, () => {
        if (process.callFaults?.errorOf('processes.isAlive', `${pid}`) !== undefined) return true;
        if (tid !== pid) return false;
        const other = kernel.processes.get(pid);
        return pid === INIT_PID || (other !== undefined && !other.isReleased);
      }),
    hasThread: (pid, tid) =>
      process.answer('processes.hasThread', `${pid} ${tid}`, () => {
        if (pid === 0) return undefined;
        const other = kernel.processes.get(pid);
        return tid === pid && (pid === INIT_PID || (other !== undefined && !other.isReleased));
      }),
    startedAt: (pid) =>
      process.attempt('processes.startedAt', `${pid}`, () => {
        const other = kernel.processes.get(pid);
        if (other === undefined || other.isReleased) return fail('ESRCH');
        return ok(Math.floor(other.startedAt / TICK_NS));
      }),
    onSignal: (names, onSignal) => {
      process.enter('processes.onSignal', names.join(' '));
      const undone = names.map((name) => process.signals.add(name, onSignal));
      return () => {
        process.enter('processes.offSignal', names.join(' '));
        for (const undo of undone) undo();
      };
    },
    // A simulated machine has no service manager; only the trace shows the call.
    notify: (state) => process.enter('processes.notify', state),
    exit: (code) => {
      process.enter('processes.exit', code);
      assert(Number.isInteger(code) && code >= 0 && code <= 255, 'an exit code is 0 to 255');
      process.leave({ code });
    },
  };
}

function spawn(
  disk: Disk,
  launcher: Launcher,
  process: SimProcess,
  request: SpawnRequest,
): Found<SimProcess> {
  const name = request.program.startsWith(OWN_PROGRAM_PREFIX)
    ? request.program.slice(OWN_PROGRAM_PREFIX.length)
    : request.program;
  if (!launcher.has(name)) return fail(errorOfPath(disk, process, name));
  const { args, environment } = request;
  const texts = [
    ...args,
    ...Object.entries(environment).flatMap(([key, value = '']) => [key, value]),
  ];
  if (texts.some((text) => text.includes('\0'))) return fail('EINVAL');
  if (request.workingDirectory !== undefined) {
    const directory = disk.tree.find(process, request.workingDirectory, true);
    if (!directory.ok) return directory;
    if (directory.value.kind !== 'directory') return fail('ENOTDIR');
    if (!permits(directory.value, process, SEARCH)) return fail('EACCES');
  }
  return ok(launcher.launch(request, process, name));
}

/** The error of executing a path: files of the simulated tree are data in no executable format. */
function errorOfPath(disk: Disk, process: SimProcess, path: string): OsErrorCode {
  const found = path.startsWith('/') ? disk.tree.find(process, path, true) : fail('ENOENT');
  if (!found.ok) return found.error === 'EACCES' ? 'EACCES' : 'ENOENT';
  const { kind, mode } = found.value;
  const isExecutable =
    kind === 'file' && permits(found.value, process, EXECUTE) && (mode & 0o111) !== 0;
  return isExecutable ? 'EIO' : 'EACCES';
}

/** The parent's handle of a child. A daemon does not keep its parent alive. */
class ChildHandle implements Child, Resource {
  readonly descriptors = 0;
  readonly pid: number;
  readonly #parent: SimProcess;
  readonly #child: SimProcess;
  readonly #holdsParent: boolean;
  readonly #scheduler: HostScheduler;
  readonly #onExit: (exit: ProcessExit) => void;

  constructor(
    scheduler: HostScheduler,
    parent: SimProcess,
    child: SimProcess,
    style: 'inherit' | 'daemon',
    onExit: (exit: ProcessExit) => void,
  ) {
    this.pid = child.pid;
    this.#parent = parent;
    this.#child = child;
    this.#holdsParent = style === 'inherit';
    parent.hold(this);
    if (this.#holdsParent) parent.holds++;
    this.#scheduler = scheduler;
    this.#onExit = onExit;
    child.reaper = parent;
    child.handle = this;
  }

  kill(signal: AnySignal): void {
    this.#parent.enter('processes.kill', `${this.pid} ${signal}`);
    if (this.#child.isAlive) this.#child.signals.send(signal);
  }

  releaseAtEnd(): void {
    this.#parent.drop(this);
    if (this.#holdsParent) this.#parent.holds--;
  }

  hearEnd(exit: ProcessExit): void {
    if (!this.#parent.isAlive) return;
    const scheduler = this.#scheduler;
    const lane = scheduler.lane(`${this.#child.label} reaped`);
    scheduler.quirks.holdUp('exit-seen-late', lane, scheduler.now);
    scheduler.post(lane, () => {
      if (!this.#parent.isAlive) return;
      this.releaseAtEnd();
      const payload = exit.signal ?? exit.code ?? 0;
      this.#parent.deliver('child exit', payload, () => {
        this.#child.reaper = undefined;
        this.#onExit(exit);
      });
    });
  }
}
