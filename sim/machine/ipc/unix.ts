/** Simulated Unix sockets: the `UnixSockets` family of one process. */
import { fail, ok } from '../../../src/base/result.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { Connection, UnixListener, UnixSockets } from '../../../src/port/unix-sockets.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Found } from '../core/subject.ts';
import type { Disk } from '../fs/disk.ts';
import { named, type SimProcess } from '../process/process.ts';
import { SimConnection, type SocketEnd } from './socket-end.ts';
import { endpointAt, makeSocketFile } from './socket-file.ts';
import type { SocketTable } from './socket-table.ts';
import { BACKLOG_MAX, SocketListener } from './unix-listener.ts';

interface ListenOptions {
  readonly mode: number;
  readonly gid?: number;
  readonly background?: boolean;
}

/** The Unix-socket family as `process` sees it. */
export function unixOf(
  sockets: SocketTable,
  disk: Disk,
  scheduler: HostScheduler,
  process: SimProcess,
): UnixSockets {
  const calls = new UnixCalls(sockets, disk, scheduler, process);
  return {
    listen: (path, options, onConnection) =>
      process.attempt('unix.listen', path, () => {
        disk.staleChecks.recordUse(process, 'unix.listen', path);
        return calls.listen(path, options, onConnection);
      }),
    connect: (path, options, onOutcome) => {
      process.enter('unix.connect', path);
      calls.connect(path, options.background ?? false, onOutcome);
    },
    passSocket: (path, options) =>
      process.attempt('unix.passSocket', path, () => calls.give(path, options.background ?? false)),
  };
}

class UnixCalls {
  readonly #sockets: SocketTable;
  readonly #disk: Disk;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  #connects = 0;
  #passedSockets = 0;

  constructor(sockets: SocketTable, disk: Disk, scheduler: HostScheduler, process: SimProcess) {
    this.#sockets = sockets;
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#process = process;
  }

  listen(
    path: string,
    options: ListenOptions,
    onConnection: (connection: Connection) => void,
  ): Found<UnixListener> {
    const made = makeSocketFile(this.#disk, this.#process, path, options);
    if (!made.ok) return made;
    const isBackground = options.background ?? false;
    const listener = new SocketListener(
      this.#scheduler,
      this.#process,
      made.value,
      isBackground,
      onConnection,
    );
    made.value.inode.endpoint = listener;
    return ok(listener);
  }

  connect(
    path: string,
    isBackground: boolean,
    onOutcome: (outcome: OsResult<Connection>) => void,
  ): void {
    const scheduler = this.#scheduler;
    const process = this.#process;
    const label = `${process.label} connect ${path} ${this.#connects++}`;
    const lane = scheduler.lane(label);
    if (!isBackground) process.holds++;
    scheduler.quirks.holdUp('connect-late', lane, scheduler.now);
    scheduler.post(lane, () => {
      if (!process.isAlive) return;
      const error = process.callFaults?.errorOf('unix.connect', path);
      const connected =
        error === undefined ? this.#connectNow(path, label, isBackground) : fail(error);
      const outcome = named('unix.connect', path, connected);
      const kind = outcome.ok ? 'connected' : outcome.error.code;
      scheduler.post(lane, () => {
        if (!isBackground && process.isAlive) process.holds--;
        process.deliver('connect', kind, () => onOutcome(outcome));
      });
    });
  }

  give(path: string, isBackground: boolean): Found<{ own: Connection; token: string }> {
    if (path.includes('\0')) return fail('EINVAL');
    if (!this.#process.hasRoomFor(1)) return fail('EMFILE');
    this.#disk.staleChecks.recordUse(this.#process, 'unix.passSocket', path);
    const listener = this.#reachable(path);
    if (!listener.ok) return listener;
    const { label, credentials } = this.#process;
    const noise = this.#scheduler.noise.stream(`${label} passed socket tokens`);
    const token = Array.from({ length: 4 }, () => noise.next().toString(16).padStart(8, '0')).join(
      '',
    );
    const [own, given] = this.#joined(
      `${label} passed socket ${this.#passedSockets++}`,
      listener.value.process,
    );
    own.setOwner(this.#process, isBackground);
    listener.value.file(token, given, credentials);
    return ok({ own: new SimConnection(this.#process, own), token });
  }

  /** The connect(2) of the kernel: checks rights first, then whether a process listens. */
  #connectNow(path: string, label: string, isBackground: boolean): Found<Connection> {
    if (path.includes('\0')) return fail('EINVAL');
    if (!this.#process.hasRoomFor(1)) return fail('EMFILE');
    this.#disk.staleChecks.recordUse(this.#process, 'unix.connect', path);
    const listener = this.#reachable(path);
    if (!listener.ok) return listener;
    const [own, server] = this.#joined(label, listener.value.process);
    own.setOwner(this.#process, isBackground);
    listener.value.enqueue(server);
    return ok(new SimConnection(this.#process, own));
  }

  /** The listener at `path`, if the process can connect to it. */
  #reachable(path: string): Found<SocketListener> {
    const found = endpointAt(this.#disk, this.#process, path);
    if (!found.ok) return found;
    const listener = found.value;
    if (!(listener instanceof SocketListener)) return fail('ECONNREFUSED');
    return listener.waitingCount >= BACKLOG_MAX ? fail('EAGAIN') : ok(listener);
  }

  /** The two ends of a new connection: this process's end, and the end for `peer`. */
  #joined(label: string, peer: SimProcess): [SocketEnd, SocketEnd] {
    return this.#sockets.connect(label, this.#process.credentials, peer.credentials);
  }
}
