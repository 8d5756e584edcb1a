/** What the calls of the network share: an outcome that comes later, and addresses. */
import { isIP, isIPv6 } from 'node:net';
import type { Pending, TcpAddress } from '../port/network.ts';
import type { OsResult } from '../port/os-error.ts';
import { type Entrance, soon } from './entrance.ts';
import { failure } from './errors.ts';

const PORT_MAX = 65_535;

/** Reports at most one outcome, and none after `cancel`. */
export class Waiting<T> implements Pending {
  isOver = false;
  readonly #onOutcome: (outcome: OsResult<T>) => void;
  readonly #abandon: () => void;

  constructor(onOutcome: (outcome: OsResult<T>) => void, abandon = (): void => undefined) {
    this.#onOutcome = onOutcome;
    this.#abandon = abandon;
  }

  end(outcome: OsResult<T>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#onOutcome(outcome);
  }

  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#abandon();
  }
}

export function isValid({ host, port }: TcpAddress): boolean {
  const isPort = Number.isInteger(port) && port >= 0 && port <= PORT_MAX;
  return isPort && isIP(host) !== 0 && !host.includes('%');
}

export function refuse<T>(
  entrance: Entrance,
  call: string,
  address: TcpAddress,
  onOutcome: (outcome: OsResult<T>) => void,
): Pending {
  const pending = new Waiting(onOutcome);
  soon(entrance, () => pending.end(failure('EINVAL', call, subjectOf(address))));
  return pending;
}

export function subjectOf({ host, port }: TcpAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Node adds the zone to a link-local address. */
export function addressOf(host: string, port: number): TcpAddress {
  return { host: host.replace(/%.*$/, ''), port };
}
