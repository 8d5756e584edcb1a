/** N1 and N2: programs of several hosts stream to relays. */
import { type Attack, RELAY_LIES, SENDER_LIES, VIEWER_LIES } from '../input/attack.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { drawNetworkCalls, drawNetworkFaults } from '../input/fault-draw-network.ts';
import { NETWORK_FAULT_LABELS } from '../input/network-fault.ts';
import type { RelaySettings, SenderSettings } from '../input/relay.ts';
import type {
  HostInput,
  HostPlace,
  Scenario,
  ScenarioInput,
  ScriptStep,
} from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import { DURATION_MS, samplesOf } from './parts.ts';

/** Faults begin before that. */
const FAULTS_UNTIL_MS = 1.2 * DURATION_MS;
/** How long something else listens in the place of a relay. */
const LYING_MS = 15_000;
/** A relay listens by then. */
const LISTENING_MS = 10;

/** N1: one host streams to one relay. */
export const n1: Scenario = {
  id: 'N1',
  title: 'one host streams to one relay',
  marks: ['event-relayed', 'loss-relayed'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const senders = Array.from({ length: draws.of('senders').between(1, 3) }, (_, index) =>
      senderStep(draws.of(`sender ${index}`), 'store', `of-alice-${index}`),
    );
    return {
      seed,
      ...tracedHost([['alice', 1001, senders]]),
      samplesAt: samplesOf(draws.of('samples')),
      network: { place: ALPHA, others: [relayHost(STORE, draws.of('store'))] },
    };
  },
};

/** N2: three hosts stream to two relays, as users of several names; some of them have the same name. */
export const n2: Scenario = {
  id: 'N2',
  title: 'three hosts stream to two relays, as users of several names',
  marks: ['event-relayed', 'loss-relayed'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const host = (place: HostPlace, users: readonly (readonly [string, number])[]) => ({
      place,
      ...tracedHost(
        users.map(([name, uid]) => [name, uid, sendersOf(draws, `${place.name} ${name}`)]),
      ),
    });
    const alpha = host(ALPHA, [
      ['alice', 1001],
      ['bob', 1002],
    ]);
    const { place, ...first } = alpha;
    return {
      seed,
      ...first,
      samplesAt: samplesOf(draws.of('samples')),
      network: {
        place,
        others: [
          // The same user on another host, with another user's id.
          host(BETA, [['alice', 1002]]),
          host(GAMMA, [['carol', 1001]]),
          relayHost(STORE, draws.of('store')),
          relayHost(VAULT, draws.of('vault')),
        ],
      },
    };
  },
};

/** NH1: hostile peers of a relay, beside others. */
export const nh1: Scenario = {
  id: 'NH1',
  title: 'hosts stream to a relay that has hostile peers, too',
  marks: ['event-relayed', 'relay-refused', 'relay-cut-off'],
  draw: (seed) => {
    const { network, ...input } = n1.draw(seed);
    const draws = new Draw(seed, 'NH1 ');
    const attacks = Array.from({ length: draws.of('attacks').between(1, 4) }, (_, index) =>
      attackOn('store', draws.of(`attack ${index}`)),
    ).toSorted((one, other) => one.at - other.at);
    const hostile = { place: BETA, ...tracedHost([['mallory', 1666, attacks]]) };
    return {
      ...input,
      network: { place: ALPHA, others: [hostile, ...(network?.others ?? [])] },
    };
  },
};

/** NH2: something that only looks like a relay; later there is a relay. */
export const nh2: Scenario = {
  id: 'NH2',
  title: 'a host streams to a relay that lies, and to one that does not',
  marks: ['event-relayed', 'relay-lied'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const part = draws.of('lie');
    const { scripts, users, groups } = relayHost(VAULT, part);
    const attack = { kind: 'lying-relay', lie: part.pick(RELAY_LIES), staysMs: LYING_MS } as const;
    const later = scripts.map(({ user, steps }) => ({
      user,
      steps: steps.map((step) => ({ ...step, at: LYING_MS + LISTENING_MS })),
    }));
    const lying = { user: 'mallory', steps: [{ at: 0, do: 'attack', attack } as const] };
    const vault = {
      place: VAULT,
      users: [...users, { name: 'mallory', uid: 1666, gid: 1666, groups: [] }],
      groups: { ...groups, mallory: 1666 },
      scripts: [lying, ...later],
    };
    const steps = [
      senderStep(draws.of('to the liar'), 'vault', 'web'),
      senderStep(draws.of('to the other'), 'store', 'web'),
    ].toSorted((one, other) => one.at - other.at);
    return {
      seed,
      ...tracedHost([['alice', 1001, steps]]),
      samplesAt: samplesOf(draws.of('samples')),
      network: { place: ALPHA, others: [vault, relayHost(STORE, draws.of('store'))] },
    };
  },
};

function attackOn(relay: string, part: PartDraw): ScriptStep {
  const at = part.between(LISTENING_MS, DURATION_MS);
  const attack: Attack = part.chance(3)
    ? { kind: 'lying-viewer', relay, lie: part.pick(VIEWER_LIES) }
    : { kind: 'lying-sender', relay, lie: part.pick(SENDER_LIES) };
  return { at, do: 'attack', attack };
}

/** The network of N1 or N2 with faults; relays die and come back. */
export function faulty(scenario: Scenario, relays: readonly string[] = RELAYS): Scenario {
  return {
    id: scenario.id.replace('N', 'NF'),
    title: `${scenario.id} with faults of the network`,
    marks: ['event-relayed', 'relay-met-again', 'relay-killed-while-storing'],
    labels: NETWORK_FAULT_LABELS,
    draw: (seed) => {
      const draws = new Draw(seed, `${scenario.id} `);
      return withFaults(scenario.draw(seed), draws, relays);
    },
  };
}

function withFaults(
  input: ScenarioInput,
  draws: Draw,
  relayHosts: readonly string[],
): ScenarioInput {
  const { network } = input;
  if (network === undefined) return input;
  const { place, others } = network;
  const names = [place, ...others.map((host) => host.place)].map(({ name }) => name);
  const [sender = place.name, ...senders] = names.filter((name) => !relayHosts.includes(name));
  const [relay = place.name, ...relays] = names.filter((name) => relayHosts.includes(name));
  const faults = drawNetworkFaults(draws, {
    durationMs: FAULTS_UNTIL_MS,
    senders: [sender, ...senders],
    relays: [relay, ...relays],
  });
  const failing = (name: string): Pick<HostInput, 'faults'> => {
    const calls = drawNetworkCalls(draws.of(`calls of ${name}`));
    return calls.length === 0 ? {} : { faults: calls };
  };
  return {
    ...input,
    ...failing(place.name),
    network: {
      place,
      others: others.map((host) =>
        host.place.name === relay || relays.includes(host.place.name)
          ? host
          : { ...host, ...failing(host.place.name) },
      ),
      faults,
    },
  };
}

export const ALPHA: HostPlace = { name: 'alpha', addresses: ['10.0.0.1', 'fd00::1'] };
export const BETA: HostPlace = { name: 'beta', addresses: ['10.0.0.2'] };
const GAMMA: HostPlace = { name: 'gamma', addresses: ['10.0.0.3', 'fd00::3'] };
export const STORE: HostPlace = { name: 'store', addresses: ['10.0.1.1'] };
/** Its relay listens on no IPv6 address, and the name has one first. */
export const VAULT: HostPlace = { name: 'vault', addresses: ['fd00::12', '10.0.1.2'] };
const RELAYS = ['store', 'store', 'vault'] as const;
const RELAY_USER = { name: 'dave', uid: 900, gid: 900, groups: [] };

/** Users, each with an own script that runs these steps. */
export function tracedHost(
  users: readonly (readonly [name: string, uid: number, steps: readonly ScriptStep[]])[],
): Pick<HostInput, 'users' | 'groups' | 'scripts'> {
  return {
    users: users.map(([name, uid]) => ({ name, uid, gid: uid, groups: [] })),
    groups: { root: 0, ...Object.fromEntries(users.map(([name, uid]) => [name, uid])) },
    scripts: users.map(([user, , steps]) => ({ user, steps })),
  };
}

export function relayHost(
  place: HostPlace,
  part: PartDraw,
  more: Pick<RelaySettings, 'forwardTo' | 'liveMemoryBytes'> = {},
): HostInput & { readonly place: HostPlace } {
  const relay = {
    output: '/home/dave/traces',
    grouping: part.pick(['host', 'host', 'session'] as const),
    ...more,
  };
  return {
    place,
    users: [RELAY_USER],
    groups: { root: 0, dave: 900 },
    scripts: [{ user: 'dave', steps: [{ at: 0, do: 'relayd', relay }] }],
  };
}

function sendersOf(draws: Draw, owner: string): ScriptStep[] {
  const part = draws.of(`senders of ${owner}`);
  return Array.from({ length: part.between(1, 2) }, (_, index) =>
    // Sessions of one name are several sessions.
    senderStep(
      draws.of(`sender ${index} of ${owner}`),
      part.pick(RELAYS),
      part.pick(['web', 'db']),
    ),
  ).toSorted((one, other) => one.at - other.at);
}

export function senderStep(
  part: PartDraw,
  relay: string,
  session: string,
  way: readonly string[] = [],
): ScriptStep {
  const channel = part.channel('small');
  const sender: SenderSettings = {
    relay,
    ...(way.length === 0 ? {} : { way }),
    session,
    channel: { ...channel, shape: { ...channel.shape, overwrite: false } },
    workload: { steps: burstsOf(part) },
  };
  return { at: part.between(LISTENING_MS, DURATION_MS / 2), do: 'sender', sender };
}

function burstsOf(part: PartDraw): WorkStep[] {
  const times = Array.from({ length: part.between(1, 8) }, () => part.between(0, DURATION_MS));
  return times
    .toSorted((one, other) => one - other)
    .map((at) => ({
      at,
      do: 'emit',
      of: part.pick(['a', 'b', 'c']),
      count: part.pick([1, 3, 20, 60, 200]),
      characters: part.pick([0, 10, 100, 1000]),
    }));
}

/** NF1 and NF2. */
export const FAULTY_NETWORKS: readonly Scenario[] = [n1, n2].map((scenario) => faulty(scenario));
