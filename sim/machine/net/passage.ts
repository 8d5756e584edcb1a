/**
 * Simulated passages: a process passes TCP connections, or pages of the kernel, to another one over a socket file.
 * What is on the way belongs to the socket of the process that has reached the passage: they are closed with it.
 */
import { assert } from '../../../src/base/assert.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type { Credentials } from '../../../src/port/identity.ts';
import { type KernelPages, PASSED_PAGES_MAX } from '../../../src/port/kernel-tracer.ts';
import {
  PASSED_CONNECTIONS_MAX,
  type Passage,
  type ReachedPassage,
  type TcpConnection,
} from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { Found } from '../core/subject.ts';
import type { Disk } from '../fs/disk.ts';
import {
  endpointAt,
  makeSocketFile,
  removeSocketFile,
  type SocketPlace,
} from '../ipc/socket-file.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import { DESCRIPTORS_OF_PAGES, type OpenPages, SimKernelPages } from '../tracefs/open-pages.ts';
import { SimTcpConnection } from './tcp-connection.ts';
import type { TcpEnd } from './tcp-end.ts';

const MODE = 0o600;

/** What one call passes. */
interface Passed {
  readonly connections?: readonly TcpEnd[];
  readonly pages?: readonly OpenPages[];
}

export function openPassage(
  disk: Disk,
  process: SimProcess,
  path: string,
  uid: number,
): Found<Passage> {
  disk.staleChecks.recordUse(process, 'network.openPassage', path);
  const made = makeSocketFile(disk, process, path, { mode: MODE, uid });
  return made.ok ? ok(new SimPassage(process, made.value)) : made;
}

export function reachPassage(disk: Disk, process: SimProcess, path: string): Found<ReachedPassage> {
  if (path.includes('\0')) return fail('EINVAL');
  if (!process.hasRoomFor(1)) return fail('EMFILE');
  disk.staleChecks.recordUse(process, 'network.reachPassage', path);
  const found = endpointAt(disk, process, path);
  if (!found.ok) return found;
  const passage = found.value;
  return passage instanceof SimPassage ? passage.reachedBy(process) : fail('ECONNREFUSED');
}

class SimPassage implements Passage, Resource {
  readonly descriptors = 1;
  readonly #process: SimProcess;
  readonly #place: SocketPlace;
  /** The process that has reached the passage, and gets the next connections. */
  #reached: SimReachedPassage | undefined;
  #isOpen = true;

  constructor(process: SimProcess, place: SocketPlace) {
    this.#process = process;
    this.#place = place;
    place.inode.endpoint = this;
    process.hold(this);
  }

  reachedBy(process: SimProcess): Found<ReachedPassage> {
    if (this.#reached !== undefined) return fail('EAGAIN');
    this.#reached = new SimReachedPassage(process, this.#place.path);
    return ok(this.#reached);
  }

  pass(to: Credentials, connections: readonly TcpConnection[]): OsResult<void> {
    const { length } = connections;
    const isNumber = length > 0 && length <= PASSED_CONNECTIONS_MAX;
    assert(isNumber, 'so many connections are passed at once');
    const passed = connections.map((connection) => {
      assert(connection instanceof SimTcpConnection, 'the connection is of this World');
      return connection;
    });
    return this.#process.attempt('network.pass', this.#place.path, () => this.#pass(to, passed));
  }

  #pass(to: Credentials, connections: readonly SimTcpConnection[]): Found<void> {
    if (!this.#isOpen) return fail('EBADF');
    if (!connections.every((connection) => connection.isPassable)) return fail('ECONNRESET');
    return this.#hand(to, () => ({
      connections: connections.map((connection) => connection.forsake()),
    }));
  }

  /** Gives what `take` takes from this process to the one that has reached the passage, if it is that one. */
  #hand(to: Credentials, take: () => Passed): Found<void> {
    if (!this.#process.hasRoomFor(1)) return fail('EMFILE');
    const reached = this.#reached;
    if (reached === undefined) return fail('EAGAIN');
    this.#reached = undefined;
    const { pid, uid } = reached.process;
    if (pid !== to.pid || uid !== to.uid) {
      reached.cutOff();
      return fail('EPERM');
    }
    if (!reached.isOpen) return fail('EPIPE');
    reached.receive(take());
    return ok(undefined);
  }

  passPages(to: Credentials, pages: readonly KernelPages[]): OsResult<void> {
    const { length } = pages;
    assert(length > 0 && length <= PASSED_PAGES_MAX, 'so many pages are passed at once');
    const passed = pages.map((each) => {
      assert(each instanceof SimKernelPages, 'the pages are of this World');
      return each;
    });
    return this.#process.attempt('network.passPages', this.#place.path, () => {
      if (!this.#isOpen || !passed.every(({ isOpen }) => isOpen)) return fail('EBADF');
      return this.#hand(to, () => ({ pages: passed.map((each) => each.forsake()) }));
    });
  }

  close(): void {
    this.#process.enter('network.closePassage', this.#place.path);
    if (!this.#isOpen) return;
    removeSocketFile(this.#place);
    this.releaseAtEnd();
  }

  /** When the process ends without `close`, a stale socket file remains. */
  releaseAtEnd(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#place.inode.endpoint = undefined;
    this.#process.drop(this);
    this.#reached?.cutOff();
    this.#reached = undefined;
  }
}

class SimReachedPassage implements ReachedPassage, Resource {
  readonly descriptors = 1;
  readonly process: SimProcess;
  readonly #path: string;
  #state: 'waits' | 'cut off' | 'closed' = 'waits';
  /** Passed and not taken. */
  #passed: Passed = {};

  constructor(process: SimProcess, path: string) {
    this.process = process;
    this.#path = path;
    process.hold(this);
  }

  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** The other side has closed its end; what it passed before can still be taken. */
  cutOff(): void {
    if (this.#state === 'waits') this.#state = 'cut off';
  }

  receive(passed: Passed): void {
    this.#passed = passed;
    this.cutOff();
  }

  take(): OsResult<readonly TcpConnection[]> {
    return this.#taking('network.take', ({ connections: ends }) => {
      if (ends === undefined) return fail('EIO');
      if (!this.process.hasRoomFor(ends.length)) return fail('EMFILE');
      if (!ends.every(({ isConnected }) => isConnected)) return fail('ECONNRESET');
      this.#passed = {};
      return ok(
        ends.map((end) => {
          end.setOwner(this.process);
          return new SimTcpConnection(this.process, end);
        }),
      );
    });
  }

  takePages(): OsResult<readonly KernelPages[]> {
    return this.#taking('network.takePages', ({ pages }) => {
      if (pages === undefined) return fail('EIO');
      if (!this.process.hasRoomFor(DESCRIPTORS_OF_PAGES * pages.length)) return fail('EMFILE');
      this.#passed = {};
      return ok(pages.map((each) => new SimKernelPages(this.process, each)));
    });
  }

  #taking<T>(call: string, take: (passed: Passed) => Found<T>): OsResult<T> {
    const taken = this.process.attempt(call, this.#path, () => {
      if (this.#state === 'closed') return fail('EBADF');
      const { connections, pages } = this.#passed;
      if (connections !== undefined || pages !== undefined) return take(this.#passed);
      return fail(this.#state === 'waits' ? 'EAGAIN' : 'ECONNRESET');
    });
    if (taken.ok || taken.error.code !== 'EAGAIN') this.releaseAtEnd();
    return taken;
  }

  close(): void {
    this.process.enter('network.leavePassage', this.#path);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.process.drop(this);
    const { connections = [], pages = [] } = this.#passed;
    for (const end of connections) end.lose();
    for (const each of pages) each.close();
    this.#passed = {};
  }
}
