/** Two hosts on one simulated network, and what their connections hear. */
import { expect } from 'vitest';
import type { Quirk } from '../../../sim/machine/core/quirks.ts';
import { Network } from '../../../sim/machine/net/network.ts';
import type { TcpEnd } from '../../../sim/machine/net/tcp-end.ts';
import { Scheduler, Simulation } from '../../../sim/machine/simulation.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { World } from '../../../src/port/world.ts';

export const PORT = 5342;
export const LISTENER: TcpAddress = { host: '10.0.0.2', port: PORT };

/** The end that a process has: what it got, and why it ended. */
export class Heard {
  readonly connection: TcpConnection;
  bytes = 0;
  text = '';
  reason = '';

  constructor(connection: TcpConnection) {
    this.connection = connection;
    connection.start(this);
  }

  onData(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.text.length < 100) this.text += String.fromCharCode(...bytes.subarray(0, 100));
  }

  onClose(reason: string): void {
    this.reason = reason;
  }
}

/** alpha and beta; beta listens on all its IPv4 addresses. */
export class Hosts {
  readonly network = new Network();
  readonly scheduler: Scheduler;
  readonly alpha: Simulation;
  readonly beta: Simulation;
  readonly here: World;
  readonly there: World;
  readonly accepted: Heard[] = [];

  constructor(seed: number, quirks: readonly Quirk[] = []) {
    this.scheduler = new Scheduler(seed);
    this.alpha = this.#host('alpha', ['10.0.0.1', 'fd00::1'], quirks);
    this.beta = this.#host('beta', [LISTENER.host], quirks);
    this.here = this.alpha.login('root').world;
    this.there = this.beta.login('root').world;
    this.listen();
  }

  #host(name: string, addresses: readonly string[], quirks: readonly Quirk[]): Simulation {
    const { scheduler } = this;
    const network = { of: this.network, addresses };
    return new Simulation({ scheduler, name, network, quirks, ...EMPTY });
  }

  listen(): void {
    const accept = (end: TcpConnection): void => void this.accepted.push(new Heard(end));
    this.there.network.listen({ host: '0.0.0.0', port: PORT }, accept, (made) => {
      expect(made.ok).toBe(true);
    });
    this.pass(100);
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }

  /** The outcome of connecting from alpha: its code, or the connection. */
  connect(to: TcpAddress, forMs = 200): string | Heard {
    let end: string | Heard = 'no outcome';
    this.here.network.connect(to, (made: OsResult<TcpConnection>) => {
      end = made.ok ? new Heard(made.value) : made.error.code;
    });
    this.pass(forMs);
    return end;
  }

  /** A connection from alpha to beta: both ends. */
  pair(): { client: Heard; server: Heard } {
    const client = this.connect(LISTENER, 1_000);
    const server = this.accepted.at(-1);
    if (typeof client === 'string' || server === undefined) throw new Error('Not connected');
    return { client, server };
  }

  endOf(name: 'alpha' | 'beta'): TcpEnd {
    const [end] = this.network.endsOf(name);
    if (end === undefined) throw new Error('The host has no connection');
    return end;
  }
}

export const EMPTY = { users: [], groups: {}, programs: {} };

export function send({ connection }: Heard, text: string): void {
  connection.send(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
