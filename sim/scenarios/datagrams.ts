/** N4: a session of the command line streams over UDP through a network that loses datagrams (R3.10). */
import type { RelayDestination } from '../../src/wire/control/destination.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { drawNetworkFaults } from '../input/fault-draw-network.ts';
import {
  ALL_LOST,
  LOSSY_LINK,
  type LossyLink,
  NETWORK_FAULT_LABELS,
} from '../input/network-fault.ts';
import type { Scenario, Script, ScriptStep } from '../input/scenario.ts';
import { convergence, tolerantOfLinks } from './moved-outputs.ts';
import { ALPHA, relayHost, STORE, tracedHost, VAULT } from './networks.ts';
import {
  applicationsUntil,
  DURATION_MS,
  enabling,
  operationsAt,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SESSION = 'web';
const LONG_MS = 4 * DURATION_MS;
/** About 5 of 100 datagrams get lost, some come twice, and some are overtaken. */
const FATES_MAX = { lost: 100, twice: 50, overtaken: 100 } as const;
/** Links lose datagrams during the whole run. */
const ALWAYS_MS = 300_000;
/** No datagram arrives for so long; the first of them is too short for packets to be given up. */
const BLACKOUTS_MS = [3_000, 6_000, 12_000] as const;
/** A session has its relay, and records, by then. */
const RECORDING_MS = 250;

export const n4: Scenario = {
  id: 'N4',
  title: 'a session streams over UDP through a network that loses, doubles and reorders datagrams',
  marks: ['event-relayed', 'loss-relayed', 'output-moved', 'packet-given-up'],
  labels: [LOSSY_LINK],
  draw: (seed) => {
    const draws = new Draw(seed);
    const whole = draws.of('network');
    const isBlackedOut = whole.chance(3);
    const forMs = isBlackedOut ? whole.pick(BLACKOUTS_MS) : 0;
    const at = whole.between(RECORDING_MS, LONG_MS);
    const blackout = { at, forMs, from: 'alpha', lost: ALL_LOST, twice: 0, overtaken: 0 };
    const applications = draws.of('applications');
    const steps = applicationsUntil(applications, 3, { startsMs: DURATION_MS, lastsMs: LONG_MS });
    const { users, groups, scripts } = tracedHost([['alice', 1001, steps]]);
    const commands = commandsOf(draws.of('commands'), isBlackedOut);
    return {
      seed,
      users,
      groups,
      scripts: [...scripts, { user: 'alice', steps: commands }],
      samplesAt: [...samplesOf(draws.of('samples')), LONG_MS],
      network: {
        place: ALPHA,
        others: [relayHost(STORE, draws.of('store')), relayHost(VAULT, draws.of('vault'))],
        lossyLinks: RELAYS.flatMap((relay) => [
          ...linksTo(relay, draws.of(`link to ${relay}`)),
          ...(isBlackedOut ? [{ ...blackout, to: relay }] : []),
        ]),
      },
    };
  },
};

const RELAYS = ['store', 'vault'] as const;

/** Datagrams go one way, and nothing is ever answered to them. */
function linksTo(to: string, part: PartDraw): readonly LossyLink[] {
  const { lost, twice, overtaken } = FATES_MAX;
  return [
    {
      ...{ at: 0, forMs: ALWAYS_MS, from: 'alpha', to },
      lost: part.between(0, lost),
      twice: part.between(0, twice),
      overtaken: part.between(0, overtaken),
    },
  ];
}

/** Control and data may be given by different names of one host. */
const DESTINATIONS: readonly [RelayDestination, ...RelayDestination[]] = [
  { control: 'tcp://store:5342', data: 'udp://store:5343' },
  { control: 'tcp://store:5342/below', data: 'udp://10.0.1.1:5343/below' },
  { control: 'tcp://vault:5342', data: 'udp://vault:5343' },
  // The first address of the name is one of IPv6, where the relay takes nothing.
  { control: 'tcp://10.0.1.2:5342', data: 'udp://vault:5343' },
];

/** The life of a session; its output changes only where the relay can be reached. */
function commandsOf(part: PartDraw, isBlackedOut: boolean): ScriptStep[] {
  const channel = part.channel('small');
  const [session, relay] = [SESSION, part.pick(DESTINATIONS)];
  const isLater = !isBlackedOut && part.chance(2);
  const steps = [
    operationsAt(SERVING_MS, [
      {
        op: 'session.create',
        name: session,
        ...(isLater ? { output: '/home/alice/trace' } : { relay }),
      },
      { op: 'channel.add', session, channel },
      enabling(session, channel.name),
      { op: 'session.start', session },
    ]),
  ];
  const times = Array.from({ length: 2 }, () => part.between(RECORDING_MS, LONG_MS));
  const [first = 0, second = 0] = times.toSorted((one, other) => one - other);
  const [disable, enable] = [
    { op: 'consumer.disable', session },
    { op: 'consumer.enable', session },
  ] as const;
  const setting = (destination: RelayDestination): Operation => {
    return { op: 'consumer.set', session, destination };
  };
  if (isLater) steps.push(operationsAt(first, [setting(relay), enable]));
  else if (!isBlackedOut && part.chance(2)) {
    const next = part.chance(2) ? [setting(part.pick(DESTINATIONS))] : [];
    steps.push(operationsAt(first, [disable, ...next, enable]));
  }
  if (part.chance(3)) {
    steps.push(operationsAt(second, [{ op: 'session.stop', session }]));
    steps.push(operationsAt(second, [{ op: 'session.start', session }]));
  }
  steps.push(operationsAt(LONG_MS, [{ op: 'session.stop', session }]));
  steps.push(operationsAt(LONG_MS, [{ op: 'session.destroy', session }]));
  return steps;
}

/** Sessions may wait for the next command, with a link that is lost. */
const WAITING_MS = [20_000, 40_000, 60_000, 80_000] as const;

/** The script without the end of its session: the consumer stays, also with a link that is lost. */
function withoutEnd({ user, steps }: Script): Script {
  return { user, steps: steps.filter((step) => step.do !== 'lttng' || step.at < LONG_MS) };
}

/** N4 with faults of the network beside lost datagrams. */
export const nf4: Scenario = {
  id: 'NF4',
  title: 'N4 with faults of the network',
  marks: ['event-relayed', 'loss-relayed', 'output-moved', 'packet-given-up'],
  labels: [LOSSY_LINK, ...NETWORK_FAULT_LABELS],
  draw: (seed) => {
    const { network, scripts, samplesAt, ...input } = n4.draw(seed);
    const draws = new Draw(seed, 'N4 ');
    const faults = drawNetworkFaults(draws, {
      durationMs: LONG_MS,
      senders: ['alpha'],
      relays: RELAYS,
    });
    const later = { user: 'alice', steps: convergence() };
    const commands = draws.of('left').chance(2) ? scripts.map(withoutEnd) : scripts;
    return {
      ...input,
      samplesAt: [...samplesAt, ...WAITING_MS],
      scripts: [...commands.map(tolerantOfLinks), later],
      ...(network === undefined ? {} : { network: { ...network, faults } }),
    };
  },
};
