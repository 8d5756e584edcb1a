/** Runs with several hosts as properties: with every seed all laws hold, also when the network has faults. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { Draw } from '../../../sim/input/draw.ts';
import { drawNetworkFaultOf } from '../../../sim/input/fault-draw-network.ts';
import { NETWORK_FAULT_LABELS } from '../../../sim/input/network-fault.ts';
import type { Scenario, ScenarioInput } from '../../../sim/input/scenario.ts';
import { scenarioInput } from '../../../sim/input/schema.ts';
import { unseenIn } from '../../../sim/run/ensemble.ts';
import { runScenario } from '../../../sim/run/run.ts';
import { n4, nf4 } from '../../../sim/scenarios/datagrams.ts';
import { n3, nf3 } from '../../../sim/scenarios/moved-outputs.ts';
import { FAULTY_NETWORKS, n1, n2, nh1, nh2 } from '../../../sim/scenarios/networks.ts';
import { n5, nf5 } from '../../../sim/scenarios/viewers.ts';
import { runSome } from '../../support/simulated/run-some.ts';

const RUNS = 25;
const FEW_RUNS = 10;
/** Within so many runs a fault that is drawn alone must happen. */
const RUNS_UNTIL_HIT_MAX = 20;
const FAULT_MS_MAX = 150;

const hashOf = (input: ScenarioInput): string => runScenario(input).hash;

describe('several hosts', () => {
  test.each<readonly [string, Scenario, number]>([
    ['N1: one host streams to one relay', n1, RUNS],
    ['N2: three hosts stream to two relays', n2, FEW_RUNS],
    ['R3.3, R3.4, R3.7 N3: outputs change while a session records', n3, RUNS],
    ['R3.10 N4: packets over UDP through links that lose some', n4, RUNS],
    ['N5: viewers follow a live session', n5, RUNS],
    ['NH1: hostile peers of a relay', nh1, RUNS],
    ['NH2: a relay that lies', nh2, FEW_RUNS],
  ])('%s', { timeout: 240_000 }, (_, scenario, numRuns) => {
    expect(unseenIn(runSome(scenario, numRuns), [scenario])).toEqual([]);
  });

  // A few runs do not reach every situation that faults are there for; `lttng-sim fuzz` checks that.
  test.each(
    [...FAULTY_NETWORKS, nf3, nf4, nf5].map((scenario) => [scenario.id, scenario] as const),
  )('%s: the network has faults, and relays die', { timeout: 240_000 }, (id, scenario) =>
    expect(runSome(scenario, FEW_RUNS)[id]?.runs).toBe(FEW_RUNS),
  );

  test.each(NETWORK_FAULT_LABELS)('%s happens, and the laws hold', (kind) => {
    const setting = { durationMs: FAULT_MS_MAX, senders: ['alpha'], relays: ['store'] } as const;
    for (let seed = 0; seed < RUNS_UNTIL_HIT_MAX; seed++) {
      const { network, ...input } = n1.draw(seed);
      if (network === undefined) throw new Error('N1 has a network');
      const fault = drawNetworkFaultOf(new Draw(seed).of('alone'), kind, setting);
      const report = runScenario({ ...input, network: { ...network, faults: [fault] } });
      expect(report.findings, `${seed}`).toEqual([]);
      if (report.hits.some(({ label }) => label === kind)) return;
    }
    expect.fail(`never within ${RUNS_UNTIL_HIT_MAX} runs`);
  });
});

describe('several hosts as data', () => {
  const [nf1] = FAULTY_NETWORKS;
  if (nf1 === undefined) throw new Error('N1 has a scenario with faults');
  const input = nf1.draw(7);

  test('give the same run when repeated, also from JSON, and another with another seed', () => {
    const again: unknown = JSON.parse(JSON.stringify(input));
    expect(hashOf(v.parse(scenarioInput, again))).toBe(hashOf(input));
    expect(hashOf(nf1.draw(8))).not.toBe(hashOf(input));
  });

  test.each([n1, n5, nf1])('give the same run when they are watched: $id', (scenario) => {
    const drawn = scenario.draw(7);
    expect(runScenario(drawn, { onEntry: () => undefined }).hash).toBe(hashOf(drawn));
  });

  test('are part of the hash, host by host', () => {
    const { network } = input;
    if (network === undefined) throw new Error('it has a network');
    const others = network.others.filter(({ place }) => place.name !== 'store');
    expect(hashOf({ ...input, network: { ...network, others } })).not.toBe(hashOf(input));
  });

  test.each<[string, (input: ScenarioInput) => unknown]>([
    [
      'two hosts of one name',
      ({ network }) => ({ others: [...(network?.others ?? []), host('alpha', '10.9.9.9')] }),
    ],
    ['two hosts of one address', () => ({ others: [host('beta', '10.0.0.1')] })],
    ['an address that is a name', () => ({ others: [host('beta', 'beta')] })],
    [
      'more hosts than there may be',
      () => ({ others: Array.from({ length: 8 }, (_, n) => host(`h${n}`, `10.8.0.${n}`)) }),
    ],
    ['a fault of an unknown kind', () => ({ faults: [{ kind: 'flood', at: 1 }] })],
    [
      'a lossy link to a host that is not there',
      () => ({ lossyLinks: [{ ...LOSSY, to: 'nowhere' }] }),
    ],
    ['a link that loses more than all', () => ({ lossyLinks: [{ ...LOSSY, lost: 1001 }] })],
    ['a fault that lasts no time', () => ({ faults: [{ kind: 'names-silent', at: 1, forMs: 0 }] })],
  ])('with %s are refused', (_, changed) => {
    const network = { ...input.network, ...(changed(input) as object) };
    expect(v.safeParse(scenarioInput, { ...input, network }).success).toBe(false);
  });
});

const LOSSY = { at: 0, forMs: 1, from: 'alpha', to: 'store', lost: 0, twice: 0, overtaken: 0 };

function host(name: string, address: string): object {
  return { place: { name, addresses: [address] }, users: [], groups: {}, scripts: [] };
}
