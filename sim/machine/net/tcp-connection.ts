/** The port's view of an end of a TCP connection that belongs to `process`. */
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { ConnectionListener } from '../../../src/port/unix-sockets.ts';
import type { SimProcess } from '../process/process.ts';
import type { TcpEnd } from './tcp-end.ts';

export class SimTcpConnection implements TcpConnection {
  readonly #process: SimProcess;
  readonly #end: TcpEnd;
  readonly local: TcpAddress;
  readonly remote: TcpAddress;

  constructor(process: SimProcess, end: TcpEnd) {
    this.#process = process;
    this.#end = end;
    this.local = end.local;
    this.remote = end.remote;
  }

  get pendingBytes(): number {
    const { label } = this.#end;
    return this.#process.answer('network.pendingBytes', label, () => this.#end.pendingBytes);
  }

  start(listener: ConnectionListener): void {
    this.#process.enter('network.start', this.#end.label);
    this.#end.start(listener);
  }

  pause(): void {
    this.#process.enter('network.pause', this.#end.label);
    this.#end.pause();
  }

  resume(): void {
    this.#process.enter('network.resume', this.#end.label);
    this.#end.resume();
  }

  send(bytes: Uint8Array): void {
    this.#process.enter('network.send', `${this.#end.label} ${bytes.length} bytes`);
    this.#end.send(bytes);
  }

  close(): void {
    this.#process.enter('network.close', this.#end.label);
    this.#end.close();
  }

  drop(): void {
    this.#process.enter('network.drop', this.#end.label);
    this.#end.drop();
  }
}
