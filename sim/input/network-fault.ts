/**
 * Faults of the network between the hosts of a run, and of its relays, as data. As `Fault`, each is independent of
 * the others, and one without an existing target does nothing.
 */

/** Hosts are named; `at` and `forMs` are virtual milliseconds. */
export type NetworkFault =
  /** Nothing gets from one host to the other; the way back stays. */
  | LinkFault<'one-way-partition'>
  /** Nothing gets from either host to the other. */
  | LinkFault<'partition'>
  /** What one host sends to the other takes so much longer, and leaves no faster than this. */
  | (LinkFault<'slow-link'> & { readonly delayMs: number; readonly bytesPerSecond: number })
  /** Something between the hosts breaks connection number `connection` of this host, modulo those that it has. */
  | ConnectionFault<'tcp-reset'>
  /** The process reads one of its connections a few bytes at a time. */
  | (ConnectionFault<'tcp-slow-reader'> & { readonly forMs: number })
  /** Answers about names come so much later. */
  | {
      readonly kind: 'names-late';
      readonly at: number;
      readonly forMs: number;
      readonly byMs: number;
    }
  /** The server of names answers nothing. */
  | { readonly kind: 'names-silent'; readonly at: number; readonly forMs: number }
  /** The real-time clock of a host is set. */
  | {
      readonly kind: 'clock-skew';
      readonly at: number;
      readonly host: string;
      readonly byMs: number;
    }
  /** kill -9 of the relay of a host; its service manager starts it again `forMs` later. */
  | RelayFault<'relay-killed'>
  /** The same, but no peer learns that its connection has ended: it is half-open, as after a power failure. */
  | RelayFault<'relay-vanished'>
  /** SIGSTOP of the relay of a host, then SIGCONT. */
  | RelayFault<'relay-paused'>;

interface LinkFault<Kind> {
  readonly kind: Kind;
  readonly at: number;
  readonly forMs: number;
  readonly from: string;
  readonly to: string;
}

interface ConnectionFault<Kind> {
  readonly kind: Kind;
  readonly at: number;
  readonly host: string;
  readonly connection: number;
}

interface RelayFault<Kind> {
  readonly kind: Kind;
  readonly at: number;
  readonly forMs: number;
  readonly host: string;
}

/** From one host to another datagrams get lost, come twice, or are overtaken by later ones: so many of 1000. */
export interface LossyLink {
  readonly at: number;
  readonly forMs: number;
  readonly from: string;
  readonly to: string;
  readonly lost: number;
  readonly twice: number;
  readonly overtaken: number;
}

/** What a run says when one begins. */
export const LOSSY_LINK = 'lossy-link';
/** None arrives. */
export const ALL_LOST = 1000;

/** Whether there is a time in which no datagram arrives from one host at another. */
export function hasBlackout(links: readonly LossyLink[] = []): boolean {
  return links.some(({ lost }) => lost === ALL_LOST);
}

export const NETWORK_FAULT_LABELS = [
  'one-way-partition',
  'partition',
  'slow-link',
  'tcp-reset',
  'tcp-slow-reader',
  'names-late',
  'names-silent',
  'clock-skew',
  'relay-killed',
  'relay-vanished',
  'relay-paused',
] as const satisfies readonly NetworkFault['kind'][];

export type NetworkFaultScript = readonly NetworkFault[];

/** When the last one is over, milliseconds. */
export function endOfNetworkFaults(faults: NetworkFaultScript): number {
  return Math.max(0, ...faults.map((fault) => fault.at + ('forMs' in fault ? fault.forMs : 0)));
}
