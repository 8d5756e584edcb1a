/** Draws faults of the network between hosts, and of relays. Each has its own label to draw from. */
import type { Draw, PartDraw } from './draw.ts';
import type { FaultScript } from './fault.ts';
import { drawFailingCallOf, NETWORK_CALLS } from './fault-draw.ts';
import {
  NETWORK_FAULT_LABELS,
  type NetworkFault,
  type NetworkFaultScript,
} from './network-fault.ts';

const FAULTS_MAX = 5;
/** The most kinds in one run. */
const KINDS_MAX = 3;
/** One host in this many has calls that fail. */
const CALLS_ONE_IN = 4;
const CONNECTIONS_MAX = 7;

export interface NetworkSetting {
  readonly durationMs: number;
  /** Hosts that stream, and hosts with a relay. */
  readonly senders: readonly [string, ...string[]];
  readonly relays: readonly [string, ...string[]];
}

/** Draws a mix of faults. */
export function drawNetworkFaults(draws: Draw, setting: NetworkSetting): NetworkFaultScript {
  const whole = draws.of('network faults');
  const kinds = Array.from({ length: whole.between(1, KINDS_MAX) }, () =>
    whole.pick(NETWORK_FAULT_LABELS),
  );
  return Array.from({ length: whole.between(1, FAULTS_MAX) }, (_, index) => {
    const part = draws.of(`network fault ${index}`);
    const [first = 'partition', ...others] = kinds;
    return drawNetworkFaultOf(part, part.pick([first, ...others]), setting);
  });
}

/** Calls of the network that fail on one host; mostly none. */
export function drawNetworkCalls(part: PartDraw): FaultScript {
  if (!part.chance(CALLS_ONE_IN)) return [];
  return [drawFailingCallOf(part, NETWORK_CALLS)];
}

/** A fault of this kind. */
export function drawNetworkFaultOf(
  part: PartDraw,
  kind: NetworkFault['kind'],
  { durationMs, senders, relays }: NetworkSetting,
): NetworkFault {
  const at = part.between(0, durationMs);
  // A link gives up after ten to twenty seconds without an answer, the kernel much later.
  const forMs = part.pick([20, 100, 1000, 15_000, 40_000]);
  const [sender, relay] = [part.pick(senders), part.pick(relays)];
  const [from, to] = part.chance(2) ? [sender, relay] : [relay, sender];
  const connection = part.between(0, CONNECTIONS_MAX);
  return DRAWN[kind](part, { at, forMs, from, to, relay, connection });
}

/** Values drawn for every fault, even if its kind does not use them. */
interface Common {
  readonly at: number;
  readonly forMs: number;
  readonly from: string;
  readonly to: string;
  readonly relay: string;
  readonly connection: number;
}

const DRAWN: Readonly<
  Record<NetworkFault['kind'], (part: PartDraw, common: Common) => NetworkFault>
> = {
  'one-way-partition': (_, { at, forMs, from, to }) => ({
    kind: 'one-way-partition',
    ...{ at, forMs, from, to },
  }),
  partition: (_, { at, forMs, from, to }) => ({ kind: 'partition', at, forMs, from, to }),
  'slow-link': (part, { at, forMs, from, to }) => ({
    kind: 'slow-link',
    ...{ at, forMs, from, to },
    delayMs: part.pick([0, 10, 300, 3000]),
    bytesPerSecond: part.pick([1000, 20_000, 1_000_000]),
  }),
  'tcp-reset': (_, { at, from, connection }) => ({ kind: 'tcp-reset', at, host: from, connection }),
  'tcp-slow-reader': (_, { at, forMs, from, connection }) => ({
    kind: 'tcp-slow-reader',
    ...{ at, forMs, host: from, connection },
  }),
  'names-late': (part, { at, forMs }) => ({
    kind: 'names-late',
    ...{ at, forMs },
    byMs: part.pick([10, 1000, 20_000]),
  }),
  'names-silent': (_, { at, forMs }) => ({ kind: 'names-silent', at, forMs }),
  'clock-skew': (part, { at, from }) => ({
    kind: 'clock-skew',
    ...{ at, host: from },
    byMs: part.pick([-3_600_000, -1000, 1000, 3_600_000]),
  }),
  'relay-killed': (_, { at, forMs, relay }) => ({ kind: 'relay-killed', at, forMs, host: relay }),
  'relay-vanished': (_, { at, forMs, relay }) => ({
    kind: 'relay-vanished',
    ...{ at, forMs, host: relay },
  }),
  'relay-paused': (_, { at, forMs, relay }) => ({ kind: 'relay-paused', at, forMs, host: relay }),
};
