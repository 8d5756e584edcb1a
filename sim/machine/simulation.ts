/**
 * A deterministic simulated Linux machine. The caller gives it users and programs, spawns processes, lets time run, and
 * inspects the resulting state. The seed and the calls of the caller determine everything that happens.
 *
 * Several machines run on one clock when they share a {@link Scheduler}. They share nothing else: each has its own
 * disk, processes and process ids, users, sockets, memory, noise and quirks.
 */

import { assert } from '../../src/base/assert.ts';
import { Accounts, type UserSpec } from './accounts.ts';
import type { ClockOffsets } from './core/host-scheduler.ts';
import type { LogRecord, Violation } from './core/log.ts';
import { NOISE_BOUND_MAX } from './core/noise.ts';
import type { Quirk } from './core/quirks.ts';
import { type Checkpoint, type RunOptions, Scheduler } from './core/scheduler.ts';
import type { Subject } from './core/subject.ts';
import { FaultControls } from './fault-controls.ts';
import { Disk, type FileFault } from './fs/disk.ts';
import type { StaleCheck } from './fs/stale-checks.ts';
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
import { type Removal, type Segment, SegmentTable } from './ipc/memory.ts';
import { SocketTable } from './ipc/socket-table.ts';
import type { NetHost } from './net/net-host.ts';
import { Network } from './net/network.ts';
import { TcpEnd } from './net/tcp-end.ts';
import { UdpEnd } from './net/udp-end.ts';
import { Kernel, type Observer } from './process/kernel.ts';
import type { SimProcess } from './process/process.ts';
import type { Program } from './process/program.ts';
import type { AnySignal } from './process/signals.ts';
import { ProgramLauncher } from './program-launcher.ts';
import { KernelEvents } from './tracefs/kernel-events.ts';

export type { UserSpec } from './accounts.ts';
export { EndlessError } from './core/endless.ts';
export type { LogRecord, Violation } from './core/log.ts';
export { type Checkpoint, type RunOptions, Scheduler } from './core/scheduler.ts';
export type { ListedFile, ListedPipe, ListedSocket } from './inspect.ts';
export type { Segment } from './ipc/memory.ts';
export type { SocketEnd } from './ipc/socket-end.ts';
export { Network } from './net/network.ts';
export type { Observer, Step } from './process/kernel.ts';
export { type CallFaults, isProcessEnded, type SimProcess } from './process/process.ts';

interface MachineOptions {
  readonly users: readonly UserSpec[];
  /** Group ids by name. */
  readonly groups: Readonly<Record<string, number>>;
  readonly programs: Readonly<Record<string, Program>>;
  /** The quirks that the machine may show; see `core/quirks.ts`. */
  readonly quirks?: readonly Quirk[];
  /** The network that it is on, and its addresses there; without one it has its loopback addresses alone. */
  readonly network?: { readonly of: Network; readonly addresses: readonly string[] };
  /** Called at every delivery to a process of the machine. */
  readonly observer?: Observer;
  /** Called with each line of the readable trace of the machine; see `core/call-trace.ts`. */
  readonly trace?: (line: string) => void;
}

/** For a machine that has its own scheduler. */
interface AloneOptions {
  /** An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Deliveries in the life of the machine; after them {@link Simulation.run} throws an {@link EndlessError}. */
  readonly stepsMax?: number;
}

/** For a machine that shares a scheduler with others. */
interface BesideOptions {
  readonly scheduler: Scheduler;
  /** Its unique host name. One machine may have none: it then does the same as it does alone. */
  readonly name?: string;
}

export type SimulationOptions = MachineOptions & (AloneOptions | BesideOptions);

const ROOT: Subject = { uid: 0, gid: 0, groupIds: [] };

export class Simulation {
  readonly #scheduler: Scheduler;
  readonly #kernel: Kernel;
  readonly #accounts: Accounts;
  readonly #launcher: ProgramLauncher;
  readonly #disk = new Disk();
  readonly #segments: SegmentTable;
  readonly #sockets: SocketTable;
  readonly #netHost: NetHost;
  /** Faults to inject into the machine. */
  readonly faultControls: FaultControls;
  /** What the machine's kernel does that can be traced, and what became of it. */
  readonly kernelEvents: KernelEvents;

  constructor(options: SimulationOptions) {
    const { users, groups, programs, quirks = [] } = options;
    const { of: network, addresses } = options.network ?? { of: new Network(), addresses: [] };
    const isBeside = 'scheduler' in options;
    this.#scheduler = isBeside ? options.scheduler : new Scheduler(options.seed, options.stepsMax);
    const kernel = new Kernel(this.#scheduler, isBeside ? options.name : undefined, quirks);
    kernel.observer = options.observer;
    kernel.tracer = options.trace;
    const accounts = new Accounts(users, groups);
    const sockets = new SocketTable(kernel.scheduler);
    const segments = new SegmentTable(kernel.scheduler.quirks);
    const disk = this.#disk;
    this.#kernel = kernel;
    this.#accounts = accounts;
    this.#sockets = sockets;
    this.#segments = segments;
    this.#netHost = network.join(kernel.scheduler, addresses);
    const net = { network, netHost: this.#netHost };
    this.kernelEvents = new KernelEvents(kernel.scheduler);
    const { kernelEvents } = this;
    const tables = { kernel, accounts, disk, sockets, segments, kernelEvents, ...net };
    this.#launcher = new ProgramLauncher(tables, programs);
    this.faultControls = new FaultControls(kernel, disk, sockets, segments);
    this.#plantTree();
  }

  /** The host name; undefined: it has none. */
  get name(): string | undefined {
    return this.#kernel.scheduler.name;
  }

  /** Virtual nanoseconds since the scheduler started, as this machine reads them. */
  get now(): number {
    return this.#kernel.scheduler.now;
  }

  /** What the real-time clock was ahead of the monotonic one since this time. */
  clockOffsetsSince(time: number): readonly ClockOffsets[] {
    return this.#kernel.scheduler.clockOffsetsSince(time);
  }

  /** Deliveries so far, on all machines of the scheduler. */
  get steps(): number {
    return this.#scheduler.steps;
  }

  /** The quirks that happened. */
  get quirks(): readonly Quirk[] {
    return this.#kernel.scheduler.quirks.happened;
  }

  /** Calls of processes that used what others had changed since a check; see `fs/stale-checks.ts`. */
  get staleChecks(): readonly StaleCheck[] {
    return this.#disk.staleChecks.found;
  }

  get log(): readonly LogRecord[] {
    return this.#kernel.log;
  }

  /** Uncaught exceptions of programs, in order. */
  get violations(): readonly Violation[] {
    return this.#kernel.violations;
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#scheduler.checkpoints;
  }

  /** Rolling hash of everything delivered on all machines of the scheduler, 16 hexadecimal digits. */
  hash(): string {
    return this.#scheduler.hash();
  }

  /** Starts `program` as `user`; its main runs in a later event. */
  spawn(
    user: string,
    program: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): SimProcess {
    assert(this.#launcher.has(program), 'a spawned program is known');
    return this.#launcher.spawn(user, program, args, environment);
  }

  /** A process that runs no program and stays until it is killed; tests and oracles call its World. */
  login(user: string): SimProcess {
    return this.#launcher.login(user);
  }

  /** The next process gets this id, as after a wrap-around of process ids. No process may still have it. */
  reusePid(pid: number): void {
    this.#launcher.ids.reuse(this.#known(pid));
  }

  /** The process becomes another user, as with initgroups(3), setgid(2) and setuid(2). */
  changeUser(pid: number, userName: string): void {
    const user = this.#accounts.user(userName);
    const { uid, gid } = user;
    this.#known(pid).become({ uid, gid, groupIds: this.#accounts.groupIdsOf(user) });
  }

  /** Lets virtual time pass on all machines of the scheduler; see {@link RunOptions}. */
  run(options: RunOptions = {}): void {
    this.#scheduler.run(options, this.now);
  }

  /** Calls `look` once, between the current event and the next one. */
  lookAfterEvent(look: () => void): void {
    this.#scheduler.lookAfterEvent(look);
  }

  /** kill -9, now. Does nothing when the process has ended. */
  kill(pid: number): void {
    this.#known(pid).end({ signal: 'SIGKILL' });
  }

  /** Sends a signal as kill(1) does. */
  signal(pid: number, name: AnySignal): void {
    const process = this.#known(pid);
    if (process.isAlive) process.signals.send(name);
  }

  /**
   * kill -9 at the `n`th World call (from 1) of the process from now, before the call takes effect; with `call`, at
   * the `n`th call of this name.
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
   * Power failure: every process ends, memory and /run become empty, files and directories return to their last
   * sync. With `keepSomeBytes` each file also keeps a random part of the bytes appended since. Peers on the network
   * learn nothing of it.
   */
  crashMachine(options: { readonly keepSomeBytes?: true } = {}): void {
    this.#netHost.losePower();
    for (const process of this.processes()) {
      if (process.isAlive) process.end({ signal: 'SIGKILL' });
    }
    const { tree } = this.#disk;
    this.#segments.clear();
    this.kernelEvents.clear();
    const torn = this.#kernel.scheduler.noise.stream('torn writes');
    const keepsSome = options.keepSomeBytes === true;
    tree.crash((unsynced) => (keepsSome ? torn.below(Math.min(unsynced + 1, NOISE_BOUND_MAX)) : 0));
    const run = tree.root.entries.get('run');
    if (run?.kind === 'directory') run.entries.clear();
    this.#disk.count();
  }

  /** Bounds the bytes in all files together; undefined removes the bound. */
  setDiskCapacity(bytes: number | undefined): void {
    this.#disk.limit(bytes);
  }

  /**
   * Injects errors into file calls (`files.append`, `files.sync`, ...): while `fault` is set, a call for which it
   * returns an error code fails with this code.
   */
  setFileFault(fault: FileFault | undefined): void {
    this.#disk.fault = fault;
  }

  /** Makes everything in the file system durable. */
  syncDisk(): void {
    this.#disk.tree.syncAll();
  }

  /** Creates a symbolic link that `user` owns. */
  makeLink(user: string, path: string, target: string): void {
    const owner = this.#accounts.user(user);
    const { tree } = this.#disk;
    const place = tree.placeForNew(ROOT, path);
    assert(place.ok, 'a link is planted where nothing is');
    const { uid, gid } = owner;
    const link: Inode = { kind: 'link', id: tree.nextId(), uid, gid, mode: 0o777, target };
    place.value.parent.entries.set(place.value.name, link);
  }

  /** A copy of a file's bytes; undefined when there is no such file. */
  readFile(path: string): Uint8Array | undefined {
    const found = this.#disk.tree.find(ROOT, path, true);
    return found.ok && found.value.kind === 'file' ? found.value.content.copy() : undefined;
  }

  /** Everything in the tree, sorted by path. */
  listFiles(): ListedFile[] {
    return listFiles(this.#disk.tree);
  }

  /** A text that stays the same as long as nothing changes at `path`, below it, or on the way to it. */
  stateOf(path: string): string {
    return stateOf(this.#disk.tree, path);
  }

  /** Removals of segments by processes, so far. */
  get removals(): readonly Removal[] {
    return this.#segments.removals;
  }

  /** Segments that still exist, in the order of their creation. */
  segments(): readonly Segment[] {
    return [...this.#segments.segments.values()];
  }

  /** Socket files and the processes that listen on them. */
  sockets(): ListedSocket[] {
    return listSockets(this.#disk.tree);
  }

  /** The number of open ends of connections. */
  connectionEnds(): number {
    return this.#sockets.ends.size + this.#netHost.ends.size;
  }

  /** The ends of TCP connections, oldest first. */
  tcpEnds(): readonly TcpEnd[] {
    return [...this.#netHost.ends];
  }

  /** Sockets for datagrams of a process. */
  udpEnds({ resources }: SimProcess): readonly UdpEnd[] {
    return [...resources].filter((resource) => resource instanceof UdpEnd);
  }

  /** Ends of TCP connections that a process has until it has seen that they are over. */
  heldTcpEnds({ resources }: SimProcess): readonly TcpEnd[] {
    return [...resources].filter((resource) => resource instanceof TcpEnd);
  }

  pipes(): ListedPipe[] {
    return listPipes(this.#disk.tree);
  }

  /** All processes since the machine started, in the order of starting. */
  processes(): readonly SimProcess[] {
    return this.#kernel.started;
  }

  /** The process that has this id, or had it last. */
  process(pid: number): SimProcess | undefined {
    return this.#kernel.processes.get(pid);
  }

  #known(pid: number): SimProcess {
    const process = this.process(pid);
    assert(process !== undefined, 'the process is known');
    return process;
  }

  #plantTree(): void {
    const { tree } = this.#disk;
    tree.addDirectory(tree.root, 'tmp', ROOT, 0o1777);
    tree.addDirectory(tree.root, 'run', ROOT, 0o755);
    tree.addDirectory(tree.root, 'root', ROOT, 0o700);
    const home = tree.addDirectory(tree.root, 'home', ROOT, 0o755);
    for (const { name, uid, gid } of this.#accounts.users) {
      if (uid !== 0) tree.addDirectory(home, name, { uid, gid, groupIds: [] }, 0o700);
    }
    tree.syncAll();
  }
}
