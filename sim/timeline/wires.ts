/**
 * What is on its way over the TCP connections between hosts. TCP splits and joins what a process sends: the
 * receipt of a message is the moment at which its last byte arrives.
 */
import type { TcpAddress, TcpConnection } from '../../src/port/network.ts';
import { addressText } from '../machine/net/addresses.ts';

/** A message that has not arrived completely. */
interface OnItsWay {
  readonly key: string;
  readonly text: string;
  /** The number of the byte after its last one. */
  readonly end: number;
}

interface Direction {
  sentBytes: number;
  receivedBytes: number;
  waiting: OnItsWay[];
}

export class Wires {
  readonly #directions = new Map<string, Direction>();
  #messages = 0;

  /** A process has this end: nothing was sent from it. */
  begin({ local, remote }: TcpConnection): void {
    const empty = { sentBytes: 0, receivedBytes: 0, waiting: [] };
    this.#directions.set(directionOf(local, remote), empty);
  }

  /** Returns the key of the message. */
  send({ local, remote }: TcpConnection, byteLength: number, text: string): string {
    const direction = this.#directions.get(directionOf(local, remote));
    const key = `network ${this.#messages++}`;
    if (direction === undefined) return key;
    direction.sentBytes += byteLength;
    direction.waiting.push({ key, text, end: direction.sentBytes });
    return key;
  }

  /** The messages that these bytes complete. */
  receive({ local, remote }: TcpConnection, byteLength: number): readonly OnItsWay[] {
    const direction = this.#directions.get(directionOf(remote, local));
    if (direction === undefined) return [];
    direction.receivedBytes += byteLength;
    const { receivedBytes, waiting } = direction;
    const missing = waiting.findIndex(({ end }) => end > receivedBytes);
    return waiting.splice(0, missing < 0 ? waiting.length : missing);
  }
}

/** Names a connection, the same at both of its ends. */
export function connectionKey({ local, remote }: TcpConnection): string {
  return [addressText(local), addressText(remote)].toSorted().join(' ');
}

function directionOf(from: TcpAddress, to: TcpAddress): string {
  return `${addressText(from)} ${addressText(to)}`;
}
