/** N3: the consumer of a session changes its output while it records: files, a relay, another relay, nowhere (R3.7). */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import { type Destination, isRelay } from '../../src/wire/control/destination.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { drawNetworkFaults } from '../input/fault-draw-network.ts';
import { NETWORK_FAULT_LABELS } from '../input/network-fault.ts';
import type { Scenario, Script, ScriptStep } from '../input/scenario.ts';
import { ALPHA, relayHost, STORE, tracedHost, VAULT } from './networks.ts';
import { DURATION_MS, enabling, operationsAt, SERVING_MS, samplesOf } from './parts.ts';

const SESSION = 'web';
const CHANGES_MAX = 4;
/** A change of outputs waits for what the relay has not acknowledged. */
const LONG_MS = 4 * DURATION_MS;

export const n3: Scenario = {
  id: 'N3',
  title: 'outputs are set, enabled, disabled and set again while a session records',
  marks: ['event-relayed', 'output-moved', 'command-refused'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const applications = draws.of('applications');
    const starts = Array.from({ length: applications.between(1, 3) }, () =>
      applications.between(0, DURATION_MS),
    ).toSorted((one, other) => one - other);
    const steps = starts.map((at): ScriptStep => {
      return { at, do: 'application', workload: applications.workload(LONG_MS) };
    });
    const { users, groups, scripts } = tracedHost([['alice', 1001, steps]]);
    return {
      seed,
      users,
      groups,
      scripts: [...scripts, { user: 'alice', steps: commandsOf(draws.of('commands')) }],
      samplesAt: [...samplesOf(draws.of('samples')), LONG_MS],
      network: {
        place: ALPHA,
        others: [relayHost(STORE, draws.of('store')), relayHost(VAULT, draws.of('vault'))],
      },
    };
  },
};

function relay(host: string): Destination {
  return { control: `tcp://${host}:5342`, data: `tcp://${host}:5343` };
}

/** The life of a session; the user's own registry starts with it. */
function commandsOf(part: PartDraw): ScriptStep[] {
  const channel = part.channel('small');
  let files = 0;
  const destination = (): Destination =>
    part.pick([relay('store'), relay('vault'), { output: `/home/alice/trace-${files++}` }]);
  let present = destination();
  const begin: Operation[] = [
    {
      op: 'session.create',
      name: SESSION,
      ...(isRelay(present) ? { relay: present } : { output: present.output }),
    },
    { op: 'channel.add', session: SESSION, channel },
    enabling(SESSION, channel.name),
    { op: 'session.start', session: SESSION },
  ];
  const times = Array.from({ length: part.between(1, CHANGES_MAX) }, () =>
    part.between(SERVING_MS, LONG_MS),
  ).toSorted((one, other) => one - other);
  const steps = [operationsAt(SERVING_MS, begin)];
  for (const at of times) {
    const next = destination();
    if (isRelay(present) && part.chance(3)) {
      // What is in use at a relay is frozen.
      steps.push(operationsAt(at, [setting(next)], 'FROZEN'));
    }
    steps.push(...changing(part, at, isRelay(present), next));
    present = next;
  }
  steps.push(operationsAt(LONG_MS, [{ op: 'session.stop', session: SESSION }]));
  steps.push(operationsAt(LONG_MS, [{ op: 'session.destroy', session: SESSION }]));
  return steps;
}

function setting(destination: Destination): Operation {
  return { op: 'consumer.set', session: SESSION, destination };
}

/** Goes on at the next destination; for a while perhaps nowhere. */
function changing(part: PartDraw, at: number, isAtRelay: boolean, next: Destination): ScriptStep[] {
  const disable: Operation = { op: 'consumer.disable', session: SESSION };
  const enable: Operation = { op: 'consumer.enable', session: SESSION };
  const isDisabled = isAtRelay || part.chance(2);
  if (!isDisabled) return [operationsAt(at, [setting(next), enable])];
  if (part.chance(2)) return [operationsAt(at, [disable, setting(next), enable])];
  return [
    operationsAt(at, [disable]),
    operationsAt(at + part.between(0, DURATION_MS), [setting(next), enable]),
  ];
}

/** When all faults are over, and so is the longest wait for a retransmission after them. */
const HEALED_MS = 90_000;
/** The session may be where the command leads to already, or gone. */
const SETTLED = ['ALREADY', 'NO_SESSION', 'NO_DESTINATION'] as const;

/** N3 with faults of the network: in the end, what waited in buffers gets to a relay, or is counted. */
export const nf3: Scenario = {
  id: 'NF3',
  title: 'N3 with faults of the network',
  marks: ['event-relayed', 'output-moved', 'command-refused'],
  labels: NETWORK_FAULT_LABELS,
  draw: (seed) => {
    const { network, scripts, ...input } = n3.draw(seed);
    const faults = drawNetworkFaults(new Draw(seed, 'N3 '), {
      durationMs: LONG_MS,
      senders: ['alpha'],
      relays: ['store', 'vault'],
    });
    const later = { user: 'alice', steps: convergence() };
    return {
      ...input,
      scripts: [...scripts.map(tolerant), later],
      ...(network === undefined ? {} : { network: { ...network, faults } }),
    };
  },
};

/** With faults a command may find no relay, and later ones another state than without. */
const UNLINKED = [
  ...SETTLED,
  'FROZEN',
  'NOT_WRITTEN',
  'HOST_UNKNOWN',
  'RELAY_UNREACHABLE',
  'RELAY_FAILED',
  'RELAY_LOST',
  'NO_OUTPUT',
] as const;

export function tolerant({ user, steps }: Script): Script {
  return {
    user,
    steps: steps.map((step) => {
      if (step.do !== 'lttng' || step.command.kind !== 'operations') return step;
      const { operations } = step.command;
      return { ...step, command: { kind: 'operations', operations, tolerated: UNLINKED } };
    }),
  };
}

/** An unused link may be found dead by the first stop; then the session is linked again. */
export function convergence(): ScriptStep[] {
  const once = (op: Operation, tolerated: readonly ClientErrorCode[]): ScriptStep => ({
    at: HEALED_MS,
    do: 'lttng',
    command: { kind: 'operations', operations: [op], tolerated },
  });
  const [session, enable] = [SESSION, { op: 'consumer.enable', session: SESSION } as const];
  return [
    once(enable, SETTLED),
    once({ op: 'session.stop', session }, [...SETTLED, 'NOT_WRITTEN', 'RELAY_LOST']),
    once(enable, SETTLED),
    once({ op: 'session.destroy', session }, ['NO_SESSION']),
  ];
}
