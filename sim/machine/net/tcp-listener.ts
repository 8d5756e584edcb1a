/** A simulated listening TCP socket, and its backlog. */
import type { TcpAddress, TcpConnection, TcpListener } from '../../../src/port/network.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import { addressText } from './addresses.ts';
import { SimTcpConnection } from './tcp-connection.ts';
import type { TcpEnd } from './tcp-end.ts';

/** Connections that may wait to be accepted. */
const BACKLOG_MAX = 512;

export class SimTcpListener implements TcpListener, Resource {
  readonly descriptors = 1;
  readonly address: TcpAddress;
  readonly #process: SimProcess;
  readonly #scheduler: HostScheduler;
  /** The listeners of the host. */
  readonly #listeners: Set<SimTcpListener>;
  readonly #lane: Lane;
  readonly #onConnection: (connection: TcpConnection) => void;
  readonly #waiting = new Set<TcpEnd>();

  constructor(
    scheduler: HostScheduler,
    listeners: Set<SimTcpListener>,
    process: SimProcess,
    address: TcpAddress,
    onConnection: (connection: TcpConnection) => void,
  ) {
    this.address = address;
    this.#process = process;
    this.#scheduler = scheduler;
    this.#listeners = listeners;
    this.#lane = scheduler.lane(`accept ${process.label} ${addressText(address)}`);
    this.#onConnection = onConnection;
    listeners.add(this);
    process.hold(this);
    process.holds++;
  }

  get isFull(): boolean {
    return this.#waiting.size >= BACKLOG_MAX;
  }

  /** Adds the server's end of a new connection to the backlog; the process accepts it a little later. */
  enqueue(end: TcpEnd): void {
    this.#waiting.add(end);
    const scheduler = this.#scheduler;
    scheduler.quirks.holdUp('accept-late', this.#lane, scheduler.now);
    scheduler.post(this.#lane, () => this.#accept(end));
  }

  #accept(end: TcpEnd): void {
    const process = this.#process;
    if (process.isPaused) {
      process.waiting.push(() => this.#accept(end));
      return;
    }
    if (!this.#waiting.delete(end)) return;
    // As libuv handles EMFILE: it accepts the connection with a reserved descriptor, and closes it.
    if (!process.hasRoomFor(1)) {
      end.sendReset();
      return;
    }
    end.setOwner(process);
    const connection = new SimTcpConnection(process, end);
    process.deliver('tcp accept', addressText(end.remote), () => this.#onConnection(connection));
  }

  close(): void {
    this.#process.enter('network.closeListener', addressText(this.address));
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (!this.#listeners.delete(this)) return;
    this.#process.drop(this);
    this.#process.holds--;
    for (const end of this.#waiting) end.sendReset();
    this.#waiting.clear();
  }
}
