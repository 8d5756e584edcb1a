/** A simulated machine with a registry, applications that emit steadily, and a client that records them. */
import { inOrder, type Plan, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import type { Workload, WorkStep } from '../../../sim/input/workload.ts';
import { namesIn } from '../../../sim/ledger/from-machine.ts';
import type { Ledger } from '../../../sim/ledger/ledger.ts';
import type { Network } from '../../../sim/machine/net/network.ts';
import { type Scheduler, type SimProcess, Simulation } from '../../../sim/machine/simulation.ts';
import { programsFor } from '../../../sim/programs/programs.ts';
import { plainStruct } from '../../../src/ctf/read/plain.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';

const OUTPUT = '/home/alice/trace';
const RULE: Operation = {
  op: 'event.enable',
  session: 'web',
  patterns: ['sim:*'],
  logLevelMax: 14,
  target: { kind: 'all' },
};
export const BEGIN: readonly Operation[] = [
  { op: 'session.create', name: 'web', output: OUTPUT },
  RULE,
  { op: 'session.start', session: 'web' },
];
const STAYS_MS = 3_600_000;

/** One event every `everyMs`, numbered by the workload, until `untilMs`; then the application stays alive. */
export function steady(everyMs: number, untilMs: number): Workload {
  const steps: WorkStep[] = [];
  for (let at = 0; at < untilMs; at += everyMs) {
    steps.push({ at, do: 'emit', of: 'a', count: 1, characters: 5 });
  }
  return { steps: [...steps, { at: STAYS_MS, do: 'exit', code: 0 }] };
}

/** A machine among others on a network. */
interface Place {
  readonly scheduler: Scheduler;
  readonly name: string;
  readonly network: { readonly of: Network; readonly addresses: readonly string[] };
}

export class Stage {
  readonly simulation: Simulation;
  readonly hands: SimProcess;
  readonly ledger: Ledger = {
    threads: [],
    commands: [],
    registries: [],
    terminations: [],
    adversaries: [],
    kept: [],
    relays: [],
    senders: [],
    views: [],
  };

  /** `place`: where the machine is, if it is not alone. */
  constructor(seed: number, place?: Place) {
    this.simulation = new Simulation({
      ...(place ?? { seed }),
      users: [
        { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
        { name: 'carol', uid: 1003, gid: 1003, groups: [] },
      ],
      groups: { alice: 1001, carol: 1003, tracing: 2000 },
      programs: programsFor({
        ledger: this.ledger,
        onAnswered: () => undefined,
        terminate: () => undefined,
        now: () => this.simulation.now,
        groupOf: () => undefined,
        kernelDoes: () => undefined,
        interrupt: () => undefined,
        regroup: () => undefined,
        makeLink: () => undefined,
        ...namesIn(() => this.simulation),
        killAtCall: () => undefined,
        systems: new Map(),
        inspect: undefined,
      }),
    });
    this.hands = this.simulation.login('alice');
  }

  run(forMs: number): void {
    this.simulation.run({ forMs });
  }

  registry(): SimProcess {
    return this.simulation.spawn('root', 'lttng-sessiond');
  }

  application(user: string, workload: Workload): SimProcess {
    return this.simulation.spawn(user, 'application', [JSON.stringify(workload)]);
  }

  command(operations: readonly Operation[], forMs = 300): readonly StepResult[] | undefined {
    return this.perform(inOrder(operations), forMs);
  }

  perform(
    plan: Plan,
    forMs: number,
    consumerArgs: readonly string[] = [],
  ): readonly StepResult[] | undefined {
    let results: readonly StepResult[] | undefined;
    startClient(this.hands.world, {
      plan,
      sessiond: undefined,
      consumerArgs,
      onDone: (done) => {
        results = done;
      },
    });
    this.run(forMs);
    return results;
  }

  consumers(): number[] {
    return this.simulation
      .processes()
      .filter(({ program, isAlive }) => program === 'ust-consumerd' && isAlive)
      .map(({ pid }) => pid);
  }

  /** Counters in the trace by process id, in order, and the trace's defects. */
  read(output = OUTPUT): {
    counters: Map<number, number[]>;
    discarded: number;
    problems: string[];
  } {
    const opened = openTraceSet(this.hands.world.files, [output], { isFollowing: false });
    const counters = new Map<number, number[]>();
    if (!opened.ok) return { counters, discarded: 0, problems: [opened.error.message] };
    const { set } = opened.value;
    const problems = [...opened.value.problems];
    let discarded = 0;
    for (let message = set.next(); message !== undefined; message = set.next()) {
      if (message.kind === 'event') {
        const { shape, fields } = message;
        const pid = Number(shape.source.environment['vpid']);
        const known = counters.get(pid) ?? [];
        counters.set(pid, [...known, Number(plainStruct(shape.fieldsType, fields)['counter'])]);
      } else if (message.kind === 'discarded-events') discarded += Number(message.count);
      else if (message.kind === 'problem') problems.push(message.text);
    }
    set.close();
    return { counters, discarded, problems };
  }

  /** What outlives the last session and its registry; a list that must be empty. */
  leftovers(): string[] {
    for (const { program, pid, isAlive } of this.simulation.processes()) {
      if (program === 'lttng-sessiond' && isAlive) this.simulation.signal(pid, 'SIGTERM');
    }
    this.run(40_000);
    return [
      ...this.simulation.segments().map(({ id }) => `segment ${id}`),
      ...this.simulation.sockets().map(({ path }) => path),
      ...this.simulation.pipes().flatMap(({ path }) => (path.includes('wake') ? [path] : [])),
      ...this.simulation
        .listFiles()
        .flatMap(({ path }) => (path.startsWith('/run/lttng-ts/sessions/') ? [path] : [])),
      ...this.consumers().map((pid) => `consumer ${pid}`),
      ...this.simulation.violations.map(({ program, error }) => `${program}: ${String(error)}`),
    ];
  }
}

export const codes = (results: readonly StepResult[] | undefined): string[] =>
  (results ?? []).map((result) => (result.kind === 'failure' ? result.code : result.kind));
