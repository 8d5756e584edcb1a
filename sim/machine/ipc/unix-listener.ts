/** A simulated listening Unix socket: its backlog, and the passed sockets that wait for their claim. */
import { fail, ok } from '../../../src/base/result.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { type Credentials } from '../../../src/port/identity.ts';
import { type OsResult } from '../../../src/port/os-error.ts';
import {
  type Connection,
  GIFT_WAIT_MS,
  GIFTS_MAX,
  GIFTS_PER_USER_MAX,
  type UnixListener,
} from '../../../src/port/unix-sockets.ts';
import type { PendingEvent } from '../core/event-heap.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { Place, SocketInode } from '../fs/tree.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import { SimConnection, type SocketEnd } from './socket-end.ts';

/** Connections that may wait to be accepted: the kernel's check admits one more than the backlog of 511. */
export const BACKLOG_MAX = 512;

interface FiledGift {
  readonly end: SocketEnd;
  readonly giver: Credentials;
  readonly expiry: PendingEvent;
}

export class SocketListener implements UnixListener, Resource {
  readonly descriptors = 1;
  readonly process: SimProcess;
  readonly path: string;
  readonly #scheduler: HostScheduler;
  readonly #place: Place;
  readonly #inode: SocketInode;
  readonly #lane: Lane;
  readonly #isBackground: boolean;
  readonly #onConnection: (connection: Connection) => void;
  readonly #gifts = new Map<string, FiledGift>();
  readonly #waiting = new Set<SocketEnd>();
  #isOpen = true;

  constructor(
    scheduler: HostScheduler,
    process: SimProcess,
    place: { readonly path: string; readonly place: Place; readonly inode: SocketInode },
    isBackground: boolean,
    onConnection: (connection: Connection) => void,
  ) {
    this.#scheduler = scheduler;
    this.process = process;
    this.path = place.path;
    this.#place = place.place;
    this.#inode = place.inode;
    this.#lane = scheduler.lane(`accept ${process.label} ${place.path}`);
    this.#isBackground = isBackground;
    this.#onConnection = onConnection;
    process.hold(this);
    if (!isBackground) process.holds++;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get giftCount(): number {
    return this.#gifts.size;
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

  /** Keeps a passed socket for GIFT_WAIT_MS; closes it when there are too many. */
  file(token: string, end: SocketEnd, giver: Credentials): void {
    if (this.#gifts.size >= GIFTS_MAX || this.#giftsOf(giver.uid) >= GIFTS_PER_USER_MAX) {
      end.releaseAtEnd();
      return;
    }
    const { stream } = this.#lane;
    const expiry = this.#scheduler.postAt(stream, GIFT_WAIT_MS * NS_PER_MS, true, () => {
      this.#gifts.delete(token);
      end.releaseAtEnd();
    });
    this.#gifts.set(token, { end, giver, expiry });
  }

  #giftsOf(uid: number): number {
    return [...this.#gifts.values()].filter(({ giver }) => giver.uid === uid).length;
  }

  take(token: string, from: Credentials): OsResult<Connection> {
    return this.process.attempt('unix.take', token, () => {
      const gift = this.#gifts.get(token);
      if (gift === undefined) return fail('ENOENT');
      const { giver } = gift;
      if (giver.pid !== from.pid || giver.uid !== from.uid) return fail('EPERM');
      this.#gifts.delete(token);
      this.#scheduler.cancel(gift.expiry);
      gift.end.setOwner(this.process, this.#isBackground);
      return ok(new SimConnection(this.process, gift.end));
    });
  }

  close(): void {
    this.process.enter('unix.closeListener', this.path);
    if (!this.#isOpen) return;
    const { parent, name } = this.#place;
    if (parent.entries.get(name) === this.#inode) parent.entries.delete(name);
    this.releaseAtEnd();
  }

  /** Stops listening. When the process ends without `close`, a stale socket file remains. */
  releaseAtEnd(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#inode.endpoint = undefined;
    this.process.drop(this);
    if (!this.#isBackground) this.process.holds--;
    for (const end of this.#waiting) end.release('reset');
    this.#waiting.clear();
    for (const gift of this.#gifts.values()) {
      this.#scheduler.cancel(gift.expiry);
      gift.end.releaseAtEnd();
    }
    this.#gifts.clear();
  }
}
