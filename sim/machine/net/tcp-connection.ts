/** The port's view of an end of a TCP connection that belongs to `process`. */
import { assert } from '../../../src/base/assert.ts';
import { joined } from '../../../src/base/bytes.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { ConnectionListener } from '../../../src/port/unix-sockets.ts';
import type { SimProcess } from '../process/process.ts';
import type { TcpEnd } from './tcp-end.ts';

export class SimTcpConnection implements TcpConnection {
  readonly #process: SimProcess;
  readonly #label: string;
  /** Undefined once another process has it. */
  #end: TcpEnd | undefined;
  readonly local: TcpAddress;
  readonly remote: TcpAddress;

  constructor(process: SimProcess, end: TcpEnd) {
    this.#process = process;
    this.#label = end.label;
    this.#end = end;
    this.local = end.local;
    this.remote = end.remote;
  }

  get pendingBytes(): number {
    const answer = (): number => this.#end?.pendingBytes ?? 0;
    return this.#process.answer('network.pendingBytes', this.#label, answer);
  }

  /** Our process has not closed it. */
  get isPassable(): boolean {
    assert(this.#end?.isFresh === true, 'a connection is passed once, before its start');
    return !this.#end.isClosed;
  }

  /** The end, for another process. */
  forsake(): TcpEnd {
    const end = this.#end;
    assert(end !== undefined, 'the connection is passable');
    this.#end = undefined;
    end.setOwner(undefined);
    return end;
  }

  start(listener: ConnectionListener): void {
    this.#process.enter('network.start', this.#label);
    assert(this.#end !== undefined, 'a connection that was passed is not started');
    this.#end.start(listener);
  }

  pause(): void {
    this.#process.enter('network.pause', this.#label);
    this.#end?.pause();
  }

  resume(): void {
    this.#process.enter('network.resume', this.#label);
    this.#end?.resume();
  }

  send(...parts: readonly Uint8Array[]): void {
    const bytes = joined(parts);
    this.#process.enter('network.send', `${this.#label} ${bytes.length} bytes`);
    this.#end?.send(bytes);
  }

  close(): void {
    this.#process.enter('network.close', this.#label);
    this.#end?.close();
  }

  drop(): void {
    this.#process.enter('network.drop', this.#label);
    this.#end?.drop();
  }
}
