/** A simulated process as the kernel sees it: its credentials, its resources, its exit. */

import { assert } from '../../../src/base/assert.ts';
import { fail } from '../../../src/base/result.ts';
import type { Credentials } from '../../../src/port/identity.ts';
import type { OsErrorCode, OsResult } from '../../../src/port/os-error.ts';
import type { ProcessExit } from '../../../src/port/processes.ts';
import type { World } from '../../../src/port/world.ts';
import { type Answer, answerText } from '../core/call-trace.ts';
import { CALLS_AT_ONCE_MAX, EndlessError } from '../core/endless.ts';
import { HiddenInputError } from '../core/hidden-input.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Digestible } from '../core/rolling-hash.ts';
import type { Found, Subject } from '../core/subject.ts';
import { SignalHandlers } from './signals.ts';

/** The services of the kernel that a process uses. */
export interface ProcessKernel {
  readonly scheduler: HostScheduler;
  readonly isTraced: boolean;
  tell(process: SimProcess, what: string): void;
  violate(process: SimProcess, kind: string, error: unknown): void;
  isOutside(process: SimProcess): boolean;
  preempt(process: SimProcess): void;
  deliver(process: SimProcess, kind: string, payload: Digestible, handler: () => void): void;
  end(process: SimProcess, exit: ProcessExit, clingNs?: number): void;
}

/** A resource that the kernel releases when its process ends. */
export interface Resource {
  /** File descriptors that the resource occupies. */
  readonly descriptors: number;
  releaseAtEnd(): void;
}

/** File descriptors that a process may have open (the hard RLIMIT_NOFILE, which Node uses); past that EMFILE. */
export const DESCRIPTORS_MAX = 4096;
/** The standard streams and the descriptors that the runtime itself keeps open. */
const DESCRIPTORS_AT_START = 20;

export interface ProcessSpec extends Subject {
  readonly pid: number;
  /** Label of the parent process; undefined: a first process of the machine. */
  readonly parent: string | undefined;
  readonly userName: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** A set-user-ID program: its user is not the one who started it. */
  readonly isElevated: boolean;
  /** Names the noise streams of this process; does not depend on pids. */
  readonly label: string;
  /** The process stays alive with nothing to wait for, as a login shell does. */
  readonly isPinned: boolean;
}

/** Adds the name of the call and its subject to an error code. */
export function named<T>(call: string, subject: string, found: Found<T>): OsResult<T> {
  return found.ok ? found : fail({ code: found.error, call, subject });
}

/** Faults that a fault injector planted into the calls of one process. */
export interface CallFaults {
  /** The error with which this call fails; undefined: the call works. */
  errorOf(call: string, subject: string): OsErrorCode | undefined;
  /**
   * How many of these bytes one append to a file writes, at least 1. Negative: it writes as many, and then the process
   * gets kill -9.
   */
  taking(bytes: number): number;
}

/** Every call of an ended process throws this. Private to this module, so no other code can forge one. */
class ProcessEnded {
  readonly pid: number;
  constructor(pid: number) {
    this.pid = pid;
  }
}

/** Whether `thrown` is the object that stops the code of an ended simulated process. */
export function isProcessEnded(thrown: unknown): boolean {
  return thrown instanceof ProcessEnded;
}

export class SimProcess implements Subject {
  readonly spec: ProcessSpec;
  readonly pid: number;
  uid: number;
  gid: number;
  groupIds: readonly number[];
  readonly program: string;
  readonly label: string;
  credentials: Credentials;
  /** Resources to release at the end, in the order of acquisition. */
  readonly resources = new Set<Resource>();
  readonly #kernel: ProcessKernel;
  readonly signals: SignalHandlers;
  #world: World | undefined;
  exit: ProcessExit | undefined;
  /** Virtual nanoseconds. */
  readonly startedAt: number;
  /** When it ended, virtual nanoseconds. */
  endedAt: number | undefined;
  /** A test lowers this to provoke EMFILE. */
  descriptorsMax = DESCRIPTORS_MAX;
  #descriptors = DESCRIPTORS_AT_START;
  /** The number of things that keep the process alive. */
  holds = 0;
  hasStarted = false;
  /** The process has ended, and the kernel has released its resources. */
  isReleased = false;
  /** The parent that has not yet reaped the process; undefined: the first process, which reaps at once. */
  reaper: SimProcess | undefined;
  /** World calls so far, and those before the current delivery. */
  calls = 0;
  callsBefore = 0;
  /** Deliveries so far. */
  deliveries = 0;
  /** The World call (counted from here) at which the process is killed; 0: never. */
  callsUntilKill = 0;
  /** The same for calls of one name. */
  callOfKill: { readonly call: string; left: number } | undefined;
  isKilledAtCall = false;
  /** The load from shared memory (counted from here) at which the process is killed; 0: never. */
  loadsUntilKill = 0;
  isKilledAtLoad = false;
  /** The same for stores, when the views of the process are watched. */
  storesUntilKill = 0;
  isKilledAtStore = false;
  /** Called with each segment that the process attaches to write. */
  onWritable: ((buffer: ArrayBuffer) => void) | undefined;
  /** Deliveries wait until this time. */
  pausedUntil: number | undefined;
  /** The process is in the middle of an event while others run. */
  isPreempted = false;
  /** Deliveries that wait until the process resumes, in order. */
  readonly waiting: (() => void)[] = [];
  callFaults: CallFaults | undefined;
  /** The segments of its own IPC namespace; undefined: it has that of the machine. */
  ownSegments: object | undefined;
  /** The resources that the process ran out of, and when it first did. */
  readonly shortOf = new Map<'descriptors' | 'disk' | 'the rest of a write', number>();
  /** The most bytes that one of its connections had queued outside the kernel. */
  pendingBytesPeak = 0;
  /** The most resources it held at a time: descriptors, timers, attachments, children. */
  resourcesPeak = 0;
  /** The parent's handle, which reports the exit to the parent. */
  handle: { hearEnd(exit: ProcessExit): void } | undefined;

  constructor(kernel: ProcessKernel, spec: ProcessSpec) {
    this.#kernel = kernel;
    this.spec = spec;
    this.startedAt = kernel.scheduler.now;
    this.pid = spec.pid;
    this.uid = spec.uid;
    this.gid = spec.gid;
    this.groupIds = spec.groupIds;
    this.program = spec.program;
    this.label = spec.label;
    this.credentials = { pid: spec.pid, uid: spec.uid, gid: spec.gid };
    this.signals = new SignalHandlers(kernel.scheduler, this);
  }

  get isAlive(): boolean {
    return this.exit === undefined;
  }

  get world(): World {
    assert(this.#world !== undefined, 'a process has its world before its first use');
    return this.#world;
  }

  set world(world: World) {
    assert(this.#world === undefined, 'a process gets its world once');
    this.#world = world;
  }

  /** The process is released and reaped: another process may get its id. */
  get isGone(): boolean {
    return this.isReleased && (this.reaper === undefined || this.reaper.isReleased);
  }

  /** From now on the process has these credentials; it keeps the resources that it holds. */
  become({ uid, gid, groupIds }: Subject): void {
    this.uid = uid;
    this.gid = gid;
    this.groupIds = groupIds;
    this.credentials = { pid: this.pid, uid, gid };
    Object.assign(this.world.identity, { uid, gid });
  }

  /** Entry of a World call without a result: counts the call, and stops the code of an ended process. */
  enter(call: string, subject: string | number = ''): void {
    this.#pass(call);
    if (this.#kernel.isTraced) this.#kernel.tell(this, `${call} ${subject}`);
  }

  /** As {@link enter}, for a call that returns a value. */
  answer<T extends Answer>(call: string, subject: string | number, act: () => T): T {
    this.#pass(call);
    const value = act();
    if (this.#kernel.isTraced) this.#kernel.tell(this, `${call} ${subject}: ${answerText(value)}`);
    return value;
  }

  /** As {@link answer}, for a call that returns a result and can fail. */
  attempt<T>(call: string, subject: string, act: () => Found<T>): OsResult<T> {
    return this.answer(call, subject, () => {
      const error = this.callFaults?.errorOf(call, subject);
      return named(call, subject, error === undefined ? act() : fail(error));
    });
  }

  /** Before a load from shared memory: not a call, but a point at which the process can be killed. */
  load(): void {
    if (this.loadsUntilKill === 0 || this.exit !== undefined || --this.loadsUntilKill > 0) return;
    this.isKilledAtLoad = true;
    this.leave({ signal: 'SIGKILL' });
  }

  /** After a store into shared memory: as {@link load}. */
  store(): void {
    if (this.storesUntilKill === 0 || this.exit !== undefined || --this.storesUntilKill > 0) return;
    this.isKilledAtStore = true;
    this.leave({ signal: 'SIGKILL' });
  }

  /** Paused without a later SIGCONT. */
  get isStopped(): boolean {
    return this.pausedUntil === Number.POSITIVE_INFINITY;
  }

  get isPaused(): boolean {
    return this.pausedUntil !== undefined;
  }

  /** File descriptors that it has open. */
  get descriptors(): number {
    return this.#descriptors;
  }

  /** Leaves room for `more` more descriptors; undefined: up to the limit of the system. */
  limitDescriptors(more: number | undefined): void {
    this.descriptorsMax = more === undefined ? DESCRIPTORS_MAX : this.#descriptors + more;
  }

  /** Records that the process holds `resource` until {@link drop}. */
  hold(resource: Resource): void {
    this.resources.add(resource);
    this.#descriptors += resource.descriptors;
    this.resourcesPeak = Math.max(this.resourcesPeak, this.resources.size);
  }

  drop(resource: Resource): void {
    if (this.resources.delete(resource)) this.#descriptors -= resource.descriptors;
  }

  /** Whether `count` more descriptors fit. */
  hasRoomFor(count: number): boolean {
    const hasRoom = this.#descriptors + count <= this.descriptorsMax;
    if (!hasRoom) this.lack('descriptors');
    return hasRoom;
  }

  /** Records that the process ran out of this resource. */
  lack(what: 'descriptors' | 'disk' | 'the rest of a write'): void {
    if (!this.shortOf.has(what)) this.shortOf.set(what, this.#kernel.scheduler.now);
  }

  #pass(call: string): void {
    if (this.exit !== undefined) this.#stop();
    if (this.#kernel.isOutside(this)) {
      const error = new HiddenInputError(`${call} outside the events of its process`);
      this.#kernel.violate(this, 'call', error);
      throw error;
    }
    this.calls++;
    this.#kernel.preempt(this);
    if (this.exit !== undefined) this.#stop();
    if (this.calls - this.callsBefore > CALLS_AT_ONCE_MAX && !this.spec.isPinned) {
      const text = `${this.label} made ${CALLS_AT_ONCE_MAX} calls and did not return`;
      this.#kernel.violate(this, call, new EndlessError(text));
      this.leave({ signal: 'SIGKILL' });
    }
    const { callOfKill } = this;
    const isNamed = callOfKill?.call === call && --callOfKill.left === 0;
    const isCounted = this.callsUntilKill > 0 && --this.callsUntilKill === 0;
    if (!isNamed && !isCounted) return;
    this.isKilledAtCall = true;
    this.leave({ signal: 'SIGKILL' });
  }

  #stop(): never {
    // oxlint-disable-next-line typescript/only-throw-error -- it is not an error, and no code may handle it as one
    throw new ProcessEnded(this.pid);
  }

  /** Calls `handler` as code of this process, unless it has ended. */
  deliver(kind: string, payload: Digestible, handler: () => void): void {
    this.#kernel.deliver(this, kind, payload, handler);
  }

  /** Ends the process from outside; the kernel releases its resources `clingNs` later. */
  end(exit: ProcessExit, clingNs = 0): void {
    this.#kernel.end(this, exit, clingNs);
  }

  /** Ends the process from inside one of its calls. */
  leave(exit: ProcessExit): never {
    this.end(exit);
    this.#stop();
  }

  /** The process has nothing left to wait for: its event loop would return. */
  isIdle(): boolean {
    return this.hasStarted && this.holds === 0 && !this.spec.isPinned;
  }
}
