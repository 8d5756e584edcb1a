/**
 * A deterministic simulated Linux machine. Give it users and programs, spawn processes, let time run, look
 * at what is left. Everything that happens follows from the seed and from what the caller does; see
 * `kernel.ts` for time and delivery, and the files beside it for the families of system calls.
 */

import { assert } from '../../src/base/assert.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import type { OsErrorCode } from '../../src/port/os-error.ts';
import type { SpawnRequest } from '../../src/port/processes.ts';
import { STEPS_MAX } from './core/endless.ts';
import { installGuards } from './core/guards.ts';
import type { LogRecord, Violation } from './core/log.ts';
import { NOISE_BOUND_MAX } from './core/noise.ts';
import type { Quirk } from './core/quirks.ts';
import type { Subject } from './core/subject.ts';
import { Trouble } from './fault-controls.ts';
import type { Inode } from './fs/tree.ts';
import {
  type ListedFile,
  type ListedPipe,
  type ListedSocket,
  listFiles,
  listPipes,
  listSockets,
  stateOf,
} from './inspect.ts';
import type { Segment } from './ipc/memory.ts';
import { Machine, type UserSpec } from './machine-state.ts';
import { type Checkpoint, Kernel, type Observer } from './process/kernel.ts';
import { SimProcess } from './process/process.ts';
import { ProcessIds } from './process/process-ids.ts';
import type { Program } from './process/program.ts';
import type { SignalName } from './process/signals.ts';
import { worldOf } from './process-world.ts';

export { EndlessError } from './core/endless.ts';
export type { LogRecord, Violation } from './core/log.ts';
export type { ListedFile, ListedPipe, ListedSocket } from './inspect.ts';
export type { Segment } from './ipc/memory.ts';
export type { SocketEnd } from './ipc/socket-end.ts';
export type { UserSpec } from './machine-state.ts';
export type { Checkpoint, Observer, Step } from './process/kernel.ts';
export { isProcessEnded, type Mischief, type SimProcess } from './process/process.ts';

export interface SimulationOptions {
  /** An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  readonly users: readonly UserSpec[];
  /** Group ids by name. */
  readonly groups: Readonly<Record<string, number>>;
  readonly programs: Readonly<Record<string, Program>>;
  /** What the machine does that it seldom does; see `quirks.ts`. */
  readonly quirks?: readonly Quirk[];
  /** Deliveries in its whole life; one more, and {@link Simulation.run} throws an {@link EndlessError}. */
  readonly stepsMax?: number;
  /** Told of every delivery into a process. */
  readonly observer?: Observer;
  /** Takes the lines of a readable trace of the run; see `trace.ts`. */
  readonly trace?: (line: string) => void;
}

export interface RunOptions {
  /** Stop when only background work is left: what happens when nothing else is said. */
  readonly untilIdle?: true;
  /** Run this many virtual milliseconds. */
  readonly forMs?: number;
  /** Take at most this many events. */
  readonly stepsMax?: number;
}

const ROOT: Subject = { uid: 0, gid: 0, groupIds: [] };

export class Simulation {
  readonly #kernel: Kernel;
  readonly #machine: Machine;
  /** What can go wrong with it. */
  readonly trouble: Trouble;
  readonly #ids: ProcessIds;
  readonly #launches = new Map<string, number>();

  constructor(options: SimulationOptions) {
    installGuards();
    const { seed, quirks = [], stepsMax = STEPS_MAX } = options;
    this.#kernel = new Kernel(seed, quirks, stepsMax);
    this.#kernel.observer = options.observer;
    this.#kernel.tracer = options.trace;
    this.#machine = new Machine(this.#kernel, options.users, options.groups, options.programs);
    this.#ids = new ProcessIds(this.#kernel);
    this.trouble = new Trouble(this.#kernel, this.#machine);
    this.#plantTree();
  }

  /** Virtual nanoseconds since the machine started. */
  get now(): number {
    return this.#kernel.now;
  }

  /** Deliveries so far. */
  get steps(): number {
    return this.#kernel.steps;
  }

  /** The quirks that happened. */
  get quirks(): readonly Quirk[] {
    return this.#kernel.quirks.happened;
  }

  /** Calls that went by what was true no more; see `looks.ts`. */
  get outdated(): Machine['looks']['outdated'] {
    return this.#machine.looks.outdated;
  }

  get log(): readonly LogRecord[] {
    return this.#kernel.log;
  }

  /** Uncaught exceptions of programs, in order. */
  get violations(): readonly Violation[] {
    return this.#kernel.violations;
  }

  /** One entry per 256 steps, the newest 4096: the first that differs brackets the first difference. */
  get checkpoints(): readonly Checkpoint[] {
    return this.#kernel.checkpoints;
  }

  /** Rolling hash of everything delivered, 16 hexadecimal digits. */
  hash(): string {
    return this.#kernel.hash();
  }

  /** Starts `program` as `user`; its main runs in a later event. */
  spawn(
    user: string,
    program: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): SimProcess {
    assert(Object.hasOwn(this.#machine.programs, program), 'a spawned program is known');
    const home = this.#homeOf(user);
    const process = this.#process(user, program, args, environment, home, undefined);
    this.#startMain(process);
    return process;
  }

  /** A process that runs no program and stays until it is killed: hands for tests and oracles. */
  login(user: string): SimProcess {
    const process = this.#process(user, 'shell', [], {}, this.#homeOf(user), undefined, true);
    process.hasStarted = true;
    return process;
  }

  /** The next process gets this id, as when ids have gone round: whoever had it must be gone. */
  reusePid(pid: number): void {
    this.#ids.reuse(this.#known(pid));
  }

  /** The process becomes another user, as with initgroups(3), setgid(2) and setuid(2). */
  changeUser(pid: number, userName: string): void {
    const { uid, gid, groups } = this.#userSpec(userName);
    this.#known(pid).become({ uid, gid, groupIds: this.#groupIdsOf(groups) });
  }

  /** Lets virtual time pass; see {@link RunOptions}. */
  run(options: RunOptions = {}): void {
    const { forMs, stepsMax = Number.POSITIVE_INFINITY } = options;
    const deadline = forMs === undefined ? undefined : this.now + Math.ceil(forMs * NS_PER_MS);
    this.#kernel.run(deadline, stepsMax);
  }

  /** Lets {@link run} come back after the event that is happening, for somebody who wants to look. */
  interrupt(): void {
    this.#kernel.interrupt();
  }

  /** kill -9, now. Nothing when the process has ended. */
  kill(pid: number): void {
    this.#kernel.end(this.#known(pid), { signal: 'SIGKILL' });
  }

  /** Sends a signal as kill(1) does. */
  signal(pid: number, name: SignalName): void {
    const process = this.#known(pid);
    if (process.isAlive) process.signals.send(name);
  }

  /**
   * kill -9 at the `n`th World call (from 1) of the process from now, before the call does anything; with a name, at
   * the `n`th of this name.
   */
  killAtCall(pid: number, n: number, call?: string): void {
    assert(Number.isInteger(n) && n >= 1, 'calls are counted from one');
    const process = this.#known(pid);
    if (call !== undefined) {
      process.callOfKill = { call, left: n };
      return;
    }
    const { callsUntilKill } = process;
    process.callsUntilKill = callsUntilKill === 0 ? n : Math.min(callsUntilKill, n);
  }

  /**
   * Power failure: every process ends, memory and /run are empty, files and directories are as of their last
   * sync. With `keepSomeBytes` each file also keeps a random part of what was appended since.
   */
  crashMachine(options: { readonly keepSomeBytes?: true } = {}): void {
    for (const process of this.processes()) {
      if (process.isAlive) this.#kernel.end(process, { signal: 'SIGKILL' });
    }
    const { tree, memory } = this.#machine;
    memory.clear();
    const torn = this.#kernel.noise.stream('torn writes');
    const keepsSome = options.keepSomeBytes === true;
    tree.crash((unsynced) => (keepsSome ? torn.below(Math.min(unsynced + 1, NOISE_BOUND_MAX)) : 0));
    const run = tree.root.entries.get('run');
    if (run?.kind === 'directory') run.entries.clear();
    this.#machine.countDisk();
  }

  /** Bounds the bytes in all files together; undefined takes the bound away. */
  setDiskCapacity(bytes: number | undefined): void {
    this.#machine.diskCapacity = bytes;
    this.#machine.countDisk();
  }

  /**
   * Plants trouble: while set, file calls (`files.append`, `files.sync`, ...) for which `fault` answers with an
   * error code fail with it.
   */
  setFileFault(
    fault: ((call: string, path: string, pid: number) => OsErrorCode | undefined) | undefined,
  ): void {
    this.#machine.fileFault = fault;
  }

  /** Makes everything in the file system durable. */
  syncDisk(): void {
    this.#machine.tree.syncAll();
  }

  /** Plants a symbolic link, as somebody with the rights of `user` would. */
  makeLink(user: string, path: string, target: string): void {
    const owner = this.#userSpec(user);
    const { tree } = this.#machine;
    const place = tree.placeForNew(ROOT, path);
    assert(place.ok, 'a link is planted where nothing is');
    const { uid, gid } = owner;
    const link: Inode = { kind: 'link', id: tree.nextId(), uid, gid, mode: 0o777, target };
    place.value.parent.entries.set(place.value.name, link);
  }

  /** A copy of a file's bytes; undefined when there is no such file. */
  readFile(path: string): Uint8Array | undefined {
    const found = this.#machine.tree.find(ROOT, path, true);
    return found.ok && found.value.kind === 'file' ? found.value.content.copy() : undefined;
  }

  /** Everything in the tree, sorted by path. */
  listFiles(): ListedFile[] {
    return listFiles(this.#machine.tree);
  }

  /** A text that stays the same as long as nothing changes at `path`, below it, or on the way to it. */
  stateOf(path: string): string {
    return stateOf(this.#machine.tree, path);
  }

  /** Segments that still exist, in the order of their ids. */
  segments(): readonly Segment[] {
    return [...this.#machine.memory.segments.values()];
  }

  /** Socket files and who listens there. */
  sockets(): ListedSocket[] {
    return listSockets(this.#machine.tree);
  }

  /** How many ends of connections are open. */
  connectionEnds(): number {
    return this.#machine.socketEnds.size;
  }

  pipes(): ListedPipe[] {
    return listPipes(this.#machine.tree);
  }

  /** Every process there ever was, in the order of starting. */
  processes(): readonly SimProcess[] {
    return this.#kernel.everybody;
  }

  /** Who has this id, or had it last. */
  process(pid: number): SimProcess | undefined {
    return this.#kernel.processes.get(pid);
  }

  #known(pid: number): SimProcess {
    const process = this.process(pid);
    assert(process !== undefined, 'the process is known');
    return process;
  }

  #userSpec(name: string): UserSpec {
    const user = this.#machine.users.find((candidate) => candidate.name === name);
    assert(user !== undefined, 'the user is known');
    return user;
  }

  #groupIdsOf(groups: readonly string[]): number[] {
    return groups.map((name) => {
      const id = this.#machine.groups[name];
      assert(id !== undefined, 'the groups of a user are known');
      return id;
    });
  }

  #homeOf(user: string): string {
    return user === 'root' ? '/root' : `/home/${user}`;
  }

  #process(
    userName: string,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string | undefined>>,
    workingDirectory: string,
    parent: string | undefined,
    isPinned = false,
  ): SimProcess {
    const { uid, gid, groups } = this.#userSpec(userName);
    const groupIds = this.#groupIdsOf(groups);
    const name = `${userName}/${program}`;
    const ordinal = this.#launches.get(name) ?? 0;
    this.#launches.set(name, ordinal + 1);
    const label = `${name}.${ordinal}`;
    const process = new SimProcess(this.#kernel, {
      pid: this.#ids.take({ label, program, isPinned }),
      parent,
      userName,
      uid,
      gid,
      groupIds,
      program,
      args,
      environment,
      workingDirectory,
      label,
      isPinned,
    });
    process.world = worldOf(this.#machine, process, (request, parent, child) =>
      this.#launchChild(request, parent, child),
    );
    this.#kernel.everybody.push(process);
    this.#kernel.processes.set(process.pid, process);
    return process;
  }

  #launchChild(request: SpawnRequest, parent: SimProcess, program: string): SimProcess {
    const { userName } = parent.spec;
    const { args, workingDirectory: at = parent.spec.workingDirectory } = request;
    const environment = { ...request.environment };
    const { label } = parent;
    const child = this.#process(userName, program, args, environment, at, label);
    this.#startMain(child);
    return child;
  }

  #startMain(process: SimProcess): void {
    const main = this.#machine.programs[process.program];
    assert(main !== undefined, 'a started program is known');
    const lane = this.#kernel.lane(`${process.label} start`);
    this.#kernel.quirks.holdUp('start-late', lane, this.now);
    this.#kernel.post(lane, () => {
      process.hasStarted = true;
      const run = (): void => main(process.world, process.spec.args);
      this.#kernel.deliver(process, 'main', process.program, run);
    });
  }

  #plantTree(): void {
    const { tree, users } = this.#machine;
    tree.addDirectory(tree.root, 'tmp', ROOT, 0o1777);
    tree.addDirectory(tree.root, 'run', ROOT, 0o755);
    tree.addDirectory(tree.root, 'root', ROOT, 0o700);
    const home = tree.addDirectory(tree.root, 'home', ROOT, 0o755);
    for (const { name, uid, gid } of users) {
      if (uid !== 0) tree.addDirectory(home, name, { uid, gid, groupIds: [] }, 0o700);
    }
    tree.syncAll();
  }
}
