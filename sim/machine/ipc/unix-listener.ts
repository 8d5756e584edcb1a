/** A simulated listening Unix socket: its backlog, and the passed sockets that wait for their claim. */
import { fail, ok } from '../../../src/base/result.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { type Credentials } from '../../../src/port/identity.ts';
import { type OsResult } from '../../../src/port/os-error.ts';
import {
  type Connection,
  PASSED_SOCKET_WAIT_MS,
  PASSED_SOCKETS_MAX,
  PASSED_SOCKETS_PER_USER_MAX,
  type UnixListener,
} from '../../../src/port/unix-sockets.ts';
import type { PendingEvent } from '../core/event-heap.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import { SimConnection, type SocketEnd } from './socket-end.ts';
import { removeSocketFile, type SocketPlace } from './socket-file.ts';

/** Connections that may wait to be accepted: the kernel's check admits one more than the backlog of 511. */
export const BACKLOG_MAX = 512;

interface PassedSocket {
  readonly end: SocketEnd;
  readonly sender: Credentials;
  readonly expiry: PendingEvent;
}

export class SocketListener implements UnixListener, Resource {
  readonly descriptors = 1;
  readonly process: SimProcess;
  readonly path: string;
  readonly #scheduler: HostScheduler;
  readonly #place: SocketPlace;
  readonly #lane: Lane;
  readonly #isBackground: boolean;
  readonly #onConnection: (connection: Connection) => void;
  readonly #passedSockets = new Map<string, PassedSocket>();
  readonly #waiting = new Set<SocketEnd>();
  #isOpen = true;

  constructor(
    scheduler: HostScheduler,
    process: SimProcess,
    place: SocketPlace,
    isBackground: boolean,
    onConnection: (connection: Connection) => void,
  ) {
    this.#scheduler = scheduler;
    this.process = process;
    this.path = place.path;
    this.#place = place;
    this.#lane = scheduler.lane(`accept ${process.label} ${place.path}`);
    this.#isBackground = isBackground;
    this.#onConnection = onConnection;
    process.hold(this);
    if (!isBackground) process.holds++;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get passedSocketCount(): number {
    return this.#passedSockets.size;
  }

  /** Adds the server's end of a new connection to the backlog; the listener accepts it a little later. */
  enqueue(end: SocketEnd): void {
    this.#waiting.add(end);
    const scheduler = this.#scheduler;
    scheduler.quirks.holdUp('accept-late', this.#lane, scheduler.now);
    scheduler.post(this.#lane, () => this.#accept(end));
  }

  #accept(end: SocketEnd): void {
    if (this.process.isPaused) {
      this.process.waiting.push(() => this.#accept(end));
      return;
    }
    if (!this.#waiting.delete(end)) return;
    // As libuv handles EMFILE: it accepts the connection with a reserved descriptor, and closes it.
    if (!this.process.hasRoomFor(1)) {
      end.release('ended');
      return;
    }
    end.setOwner(this.process, this.#isBackground);
    const connection = new SimConnection(this.process, end);
    const { pid } = end.peerCredentials;
    this.process.deliver('accept', pid, () => this.#onConnection(connection));
  }

  /** Keeps a passed socket for PASSED_SOCKET_WAIT_MS; closes it when there are too many. */
  file(token: string, end: SocketEnd, sender: Credentials): void {
    if (
      this.#passedSockets.size >= PASSED_SOCKETS_MAX ||
      this.#passedBy(sender.uid) >= PASSED_SOCKETS_PER_USER_MAX
    ) {
      end.releaseAtEnd();
      return;
    }
    const { stream } = this.#lane;
    const expiry = this.#scheduler.postAt(stream, PASSED_SOCKET_WAIT_MS * NS_PER_MS, true, () => {
      this.#passedSockets.delete(token);
      end.releaseAtEnd();
    });
    this.#passedSockets.set(token, { end, sender, expiry });
  }

  #passedBy(uid: number): number {
    return [...this.#passedSockets.values()].filter(({ sender }) => sender.uid === uid).length;
  }

  claimSocket(token: string, from: Credentials): OsResult<Connection> {
    return this.process.attempt('unix.claimSocket', token, () => {
      const passedSocket = this.#passedSockets.get(token);
      if (passedSocket === undefined) return fail('ENOENT');
      const { sender } = passedSocket;
      if (sender.pid !== from.pid || sender.uid !== from.uid) return fail('EPERM');
      this.#passedSockets.delete(token);
      this.#scheduler.cancel(passedSocket.expiry);
      passedSocket.end.setOwner(this.process, this.#isBackground);
      return ok(new SimConnection(this.process, passedSocket.end));
    });
  }

  close(): void {
    this.process.enter('unix.closeListener', this.path);
    if (!this.#isOpen) return;
    removeSocketFile(this.#place);
    this.releaseAtEnd();
  }

  /** Stops listening. When the process ends without `close`, a stale socket file remains. */
  releaseAtEnd(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#place.inode.endpoint = undefined;
    this.process.drop(this);
    if (!this.#isBackground) this.process.holds--;
    for (const end of this.#waiting) end.release('reset');
    this.#waiting.clear();
    for (const passedSocket of this.#passedSockets.values()) {
      this.#scheduler.cancel(passedSocket.expiry);
      passedSocket.end.releaseAtEnd();
    }
    this.#passedSockets.clear();
  }
}
