/** Assembles the hosts of a run: one alone, or several on one clock and one network. */
import type { FaultHit } from '../faults/fault-hit.ts';
import type { HostPlace, NetworkInput, ScenarioInput } from '../input/scenario.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import { Network, Scheduler } from '../machine/simulation.ts';
import { faultText, MACHINE } from '../timeline/collector.ts';
import { Wires } from '../timeline/wires.ts';
import { type Assembled, assemble, RUN_STEPS_MAX, type RunOptions } from './assemble.ts';
import { BetweenHosts } from './between-hosts.ts';
import type { HostRuns, Run } from './phases.ts';

export function assembleHosts(input: ScenarioInput, options: RunOptions): HostRuns {
  const { network } = input;
  if (network === undefined) {
    return { runs: [begun(assemble(input, options))], between: undefined };
  }
  const scheduler = new Scheduler(input.seed, RUN_STEPS_MAX);
  const shared = { scheduler, network: new Network(), wires: new Wires() };
  const onAcknowledged: BetweenHosts['onAcknowledged'] = (sender, link) =>
    between.onAcknowledged(sender, link);
  const relayed = (): TraceContent => between.relayed();
  const assembled = hostsIn(input, network).map(({ place, input: own }) =>
    begun(assemble(own, options, { ...shared, place, onAcknowledged, relayed })),
  );
  const [first, ...others] = assembled as [Run, ...Run[]];
  const onHit = tellingOf(first, options);
  const between = new BetweenHosts(network, shared.network, assembled, onHit);
  return { runs: [first, ...others], between };
}

/** What each host has, as the input of a run. */
function hostsIn(
  input: ScenarioInput,
  { place, others }: NetworkInput,
): readonly { readonly place: HostPlace; readonly input: ScenarioInput }[] {
  const { seed, samplesAt } = input;
  return [
    { place, input },
    ...others.map((host) => ({ place: host.place, input: { seed, samplesAt, ...host } })),
  ];
}

function begun(assembled: Assembled): Run {
  const healing = { healedAt: 0, probes: new Set<string>() };
  return { ...assembled, findings: [], healing, restedAt: 0 };
}

/** Tells the timeline of a fault of the network. */
function tellingOf({ simulation }: Run, { onEntry }: RunOptions): (hit: FaultHit) => void {
  return ({ label, who, hosts = [], at, until }) => {
    const where = who ?? hosts.join(' and ');
    onEntry?.({
      ...{ kind: 'fault', text: `${faultText(label, until - at)}: ${where}` },
      ...{ step: simulation.steps, time: at, pid: MACHINE, who: 'network', host: 'network' },
    });
  };
}
