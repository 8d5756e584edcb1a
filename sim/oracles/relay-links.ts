/** Links to relays: a process never has one of the two connections of a link alone for long. */
import { NS_PER_MS } from '../../src/base/time.ts';
import { RELAY_PORTS } from '../input/relay.ts';
import { whoOn } from '../ledger/who.ts';
import { addressText } from '../machine/net/addresses.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import type { RelayedHost } from './relay-files.ts';

const bounds = finder('bounds');

/** A connection may be alone while the other is being made, or while one of them still closes. */
const ALONE_MS_MAX = 15_000;
/** How long a connection may last whose other host has vanished, and what belonged to it afterwards. */
export const VANISHED_MS_MAX = 150_000;

/** Connections of a process of which one is alone. */
interface Alone {
  readonly connections: string;
  /** Nanoseconds. */
  readonly since: number;
}

/**
 * Control and data of a sender come and go together (R3.3), also as datagrams (R3.10); a relay on their way may keep
 * one longer.
 */
export class RelayLinks {
  readonly #alone = new Map<string, Alone>();

  /** Violations at this moment. Connections that came or went since the last look have their time again. */
  look({ name, simulation }: RelayedHost): Finding[] {
    return simulation.processes().flatMap((process) => {
      const who = whoOn(name, process.label);
      const connections = aloneIn(simulation, process);
      if (connections === undefined) {
        this.#alone.delete(who);
        return [];
      }
      const known = this.#alone.get(who);
      const since = known?.connections === connections ? known.since : simulation.now;
      this.#alone.set(who, { connections, since });
      const mostMs = isRelay(process) ? VANISHED_MS_MAX : ALONE_MS_MAX;
      if (simulation.now - since < mostMs * NS_PER_MS) return [];
      return [bounds(`${who} has one connection to its relay without the other`)];
    });
  }
}

/** The connections of the process to relays, if it has more of one kind than of the other. */
function aloneIn(simulation: Simulation, process: SimProcess): string | undefined {
  const own = [
    ...simulation.tcpEnds().filter(({ owner }) => owner === process),
    ...simulation.udpEnds(process),
  ];
  const to = (port: number): typeof own => own.filter(({ remote }) => remote?.port === port);
  const [control, data] = [to(RELAY_PORTS.control), to(RELAY_PORTS.data)];
  if (control.length === data.length) return undefined;
  return [...control, ...data].map(({ local }) => addressText(local)).join(' ');
}

export function isRelay({ program, isAlive }: SimProcess): boolean {
  return program === 'lttng-relayd' && isAlive;
}
