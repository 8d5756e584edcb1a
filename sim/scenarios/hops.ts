/** N6: packets pass one relay, or two, on their way to the one that stores them (R3.8). */
import { Draw } from '../input/draw.ts';
import type { HostPlace, Scenario, ScriptStep } from '../input/scenario.ts';
import { ALPHA, BETA, faulty, relayHost, STORE, senderStep, tracedHost } from './networks.ts';
import { samplesOf } from './parts.ts';

const GATE: HostPlace = { name: 'gate', addresses: ['10.0.1.3'] };
/** Its relay listens on no IPv6 address, and the name has one first. */
const BRIDGE: HostPlace = { name: 'bridge', addresses: ['fd00::14', '10.0.1.4'] };

export const n6: Scenario = {
  id: 'N6',
  title: 'two hosts stream through relays that forward to others',
  marks: ['event-relayed', 'packet-forwarded'],
  draw: (seed) => {
    const draws = new Draw(seed);
    return {
      seed,
      ...tracedHost([['alice', 1001, sendersOf(draws, 'alice')]]),
      samplesAt: samplesOf(draws.of('samples')),
      network: {
        place: ALPHA,
        others: [
          { place: BETA, ...tracedHost([['bob', 1002, sendersOf(draws, 'bob')]]) },
          relayHost(GATE, draws.of('gate'), { forwardTo: [BRIDGE.name] }),
          relayHost(BRIDGE, draws.of('bridge'), { forwardTo: [STORE.name] }),
          relayHost(STORE, draws.of('store')),
        ],
      },
    };
  },
};

const BOTH: readonly string[] = [GATE.name, BRIDGE.name];
const WAYS = [[], [BRIDGE.name], BOTH, BOTH] as const;

function sendersOf(draws: Draw, owner: string): ScriptStep[] {
  const part = draws.of(`senders of ${owner}`);
  return Array.from({ length: part.between(1, 2) }, (_, index) =>
    senderStep(
      draws.of(`sender ${index} of ${owner}`),
      STORE.name,
      `of-${owner}-${index}`,
      part.pick(WAYS),
    ),
  ).toSorted((one, other) => one.at - other.at);
}

const UNDER_FAULTS = faulty(n6, [GATE.name, BRIDGE.name, STORE.name]);

/** NF6. */
export const nf6: Scenario = {
  ...UNDER_FAULTS,
  marks: [...UNDER_FAULTS.marks, 'packet-forwarded', 'relay-killed-while-forwarding'],
};
