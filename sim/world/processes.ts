/** Simulated processes: the `Processes` family of one process, signals, and how children end. */
import { assert } from '../../src/base/assert.ts';
import { fail, ok } from '../../src/base/result.ts';
import type {
  Child,
  OsErrorCode,
  ProcessExit,
  Processes,
  SpawnRequest,
} from '../../src/port/world.ts';
import type { Kernel, Lane } from './kernel.ts';
import type { Machine } from './machine-state.ts';
import type { Resource, SimProcess } from './process.ts';
import { EXECUTE, type Found, permits, SEARCH } from './tree.ts';

/** Prefix of the names of our own programs. */
const OWN_PROGRAM_PREFIX = 'lttng-ts:';

/** In which the kernel counts when processes start. */
const TICK_NS = 10_000_000;

/** The first process of the machine, which never ends and adopts orphans. */
const INIT_PID = 1;

export type SignalName = 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP';

/** Starts a process; implemented by the machine. */
export type Launch = (request: SpawnRequest, parent: SimProcess, program: string) => SimProcess;

/** The handlers a process has for signals. Signals without one end the process. */
export class SignalHandlers {
  readonly #kernel: Kernel;
  readonly #process: SimProcess;
  readonly #lane: Lane;
  readonly #handlers = new Map<string, ((name: string) => void)[]>();

  constructor(kernel: Kernel, process: SimProcess) {
    this.#kernel = kernel;
    this.#process = process;
    this.#lane = kernel.lane(`${process.label} signals`);
  }

  /** Adds a handler; all of them are called, in order. */
  add(name: string, handler: (name: string) => void): void {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
  }

  /** Sends a signal: it takes effect a little later, SIGKILL at once. */
  send(name: SignalName): void {
    const kernel = this.#kernel;
    if (name === 'SIGKILL') {
      kernel.end(this.#process, { signal: name });
      return;
    }
    kernel.quirks.holdUp('signal-late', this.#lane, kernel.now);
    kernel.post(this.#lane, () => this.#receive(name));
  }

  #receive(name: SignalName): void {
    const kernel = this.#kernel;
    if (this.#process.isPaused) {
      this.#process.waiting.push(() => this.#receive(name));
      return;
    }
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) {
      kernel.end(this.#process, { signal: name });
      return;
    }
    kernel.deliver(this.#process, 'signal', name, () => {
      for (const handler of handlers) handler(name);
    });
  }
}

/** The process family as `process` sees it. */
export function processesOf(machine: Machine, process: SimProcess, launch: Launch): Processes {
  return {
    spawn: (request, onExit) =>
      process.attempt('processes.spawn', request.program, () => {
        const spawned = spawn(machine, process, request, launch);
        if (!spawned.ok) return spawned;
        return ok(new ChildHandle(machine, process, spawned.value, request.style, onExit));
      }),
    isAlive: (pid, tid = pid) =>
      process.answer('processes.isAlive', `${pid} ${tid}`, () => {
        if (process.mischief?.troubleWith('processes.isAlive', `${pid}`) !== undefined) return true;
        if (tid !== pid) return false;
        const other = machine.kernel.processes.get(pid);
        return pid === INIT_PID || (other !== undefined && !other.isReleased);
      }),
    startedAt: (pid) =>
      process.attempt('processes.startedAt', `${pid}`, () => {
        const other = machine.kernel.processes.get(pid);
        if (other === undefined || other.isReleased) return fail('ESRCH');
        return ok(Math.floor(other.startedAt / TICK_NS));
      }),
    onSignal: (names, onSignal) => {
      process.enter('processes.onSignal', names.join(' '));
      for (const name of names) process.signals.add(name, onSignal);
    },
    // A simulated machine has no service manager: the call alone can be seen.
    notify: (state) => process.enter('processes.notify', state),
    exit: (code) => {
      process.enter('processes.exit', code);
      assert(Number.isInteger(code) && code >= 0 && code <= 255, 'an exit code is 0 to 255');
      process.leave({ code });
    },
  };
}

function spawn(
  machine: Machine,
  process: SimProcess,
  request: SpawnRequest,
  launch: Launch,
): Found<SimProcess> {
  const name = request.program.startsWith(OWN_PROGRAM_PREFIX)
    ? request.program.slice(OWN_PROGRAM_PREFIX.length)
    : request.program;
  if (!Object.hasOwn(machine.programs, name)) return fail(troubleWithPath(machine, process, name));
  const { args, environment } = request;
  const texts = [
    ...args,
    ...Object.entries(environment).flatMap(([key, value = '']) => [key, value]),
  ];
  if (texts.some((text) => text.includes('\0'))) return fail('EINVAL');
  if (request.workingDirectory !== undefined) {
    const directory = machine.tree.find(process, request.workingDirectory, true);
    if (!directory.ok) return directory;
    if (directory.value.kind !== 'directory') return fail('ENOTDIR');
    if (!permits(directory.value, process, SEARCH)) return fail('EACCES');
  }
  return ok(launch(request, process, name));
}

/** Why nothing is executed at a path: files of the simulated tree are data, in no format that can run. */
function troubleWithPath(machine: Machine, process: SimProcess, path: string): OsErrorCode {
  const found = path.startsWith('/') ? machine.tree.find(process, path, true) : fail('ENOENT');
  if (!found.ok) return found.error === 'EACCES' ? 'EACCES' : 'ENOENT';
  const { kind, mode } = found.value;
  const isExecutable =
    kind === 'file' && permits(found.value, process, EXECUTE) && (mode & 0o111) !== 0;
  return isExecutable ? 'EIO' : 'EACCES';
}

/** What a parent holds of a child. A daemon does not keep its parent alive. */
class ChildHandle implements Child, Resource {
  readonly descriptors = 0;
  readonly pid: number;
  readonly #parent: SimProcess;
  readonly #child: SimProcess;
  readonly #holdsParent: boolean;
  readonly #kernel: Kernel;
  readonly #onExit: (exit: ProcessExit) => void;

  constructor(
    machine: Machine,
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
    this.#kernel = machine.kernel;
    this.#onExit = onExit;
    child.reaper = parent;
    child.handle = this;
  }

  kill(signal: SignalName): void {
    this.#parent.enter('processes.kill', `${this.pid} ${signal}`);
    if (this.#child.isAlive) this.#child.signals.send(signal);
  }

  releaseAtEnd(): void {
    this.#parent.drop(this);
    if (this.#holdsParent) this.#parent.holds--;
  }

  hearEnd(exit: ProcessExit): void {
    if (!this.#parent.isAlive) return;
    const kernel = this.#kernel;
    const lane = kernel.lane(`${this.#child.label} reaped`);
    kernel.quirks.holdUp('exit-seen-late', lane, kernel.now);
    kernel.post(lane, () => {
      if (!this.#parent.isAlive) return;
      this.releaseAtEnd();
      const payload = exit.signal ?? exit.code ?? 0;
      kernel.deliver(this.#parent, 'child exit', payload, () => {
        this.#child.reaper = undefined;
        this.#onExit(exit);
      });
    });
  }
}
