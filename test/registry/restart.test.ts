/**
 * A registry that is killed: tracing goes on without it, and the next one goes on where it was (kill -9 at a time,
 * and at every call to the operating system).
 */
import { describe, expect, it } from 'vitest';
import { inOrder, type StepResult } from '../../actors/client/plan.ts';
import { startClient } from '../../actors/programs/client.ts';
import { programsFor } from '../../sim/programs.ts';
import type { Workload, WorkStep } from '../../sim/workload.ts';
import { type SimProcess, Simulation } from '../../sim/world/machine.ts';
import { plainStruct } from '../../src/ctf/plain.ts';
import { openTraceSet } from '../../src/ctf/trace-set.ts';
import type { Operation } from '../../src/wire/control/messages.ts';

const OUTPUT = '/home/alice/trace';
const RULE: Operation = {
  op: 'event.enable',
  session: 'web',
  patterns: ['sim:*'],
  logLevelMax: 14,
  target: { kind: 'all' },
};
const BEGIN: readonly Operation[] = [
  { op: 'session.create', name: 'web', output: OUTPUT },
  RULE,
  { op: 'session.start', session: 'web' },
];
const STAYS_MS = 3_600_000;

/** One event each `everyMs`, numbered by the workload, up to `untilMs`; then it stays. */
function steady(everyMs: number, untilMs: number): Workload {
  const steps: WorkStep[] = [];
  for (let at = 0; at < untilMs; at += everyMs) {
    steps.push({ at, do: 'emit', of: 'a', count: 1, characters: 5 });
  }
  return { steps: [...steps, { at: STAYS_MS, do: 'exit', code: 0 }] };
}

class Stage {
  readonly simulation: Simulation;
  readonly hands: SimProcess;

  constructor(seed: number) {
    this.simulation = new Simulation({
      seed,
      users: [
        { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
        { name: 'carol', uid: 1003, gid: 1003, groups: [] },
      ],
      groups: { alice: 1001, carol: 1003, tracing: 2000 },
      programs: programsFor({
        ledger: { threads: [], commands: [], registries: [], terminations: [] },
        onAnswered: () => undefined,
        terminate: () => undefined,
        now: () => this.simulation.now,
        killAtCall: () => undefined,
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
    let results: readonly StepResult[] | undefined;
    startClient(this.hands.world, {
      plan: inOrder(operations),
      sessiond: undefined,
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

  /** Counters in the trace by process id, in order; and whatever is wrong with it. */
  read(): { counters: Map<number, number[]>; discarded: number; problems: string[] } {
    const opened = openTraceSet(this.hands.world.files, [OUTPUT], false);
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

  /** What outlives the last session and its registry: nothing. */
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

const codes = (results: readonly StepResult[] | undefined): string[] =>
  (results ?? []).map((result) => (result.kind === 'failure' ? result.code : result.kind));

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a registry that is killed', () => {
  it.each([1, 2, 3, 4, 5])(
    'takes no event along, and the next one goes on where it was (seed %i)',
    (seed) => {
      const stage = new Stage(seed);
      const registry = stage.registry();
      stage.run(20);
      const app = stage.application('alice', steady(5, 3000));
      const foreign = stage.application('carol', steady(7, 3000));
      stage.run(50);
      // Its events before the session was active are not there: it starts with the ones that come after.
      expect(codes(stage.command(BEGIN))).toEqual(['reply', 'reply', 'reply']);
      const consumers = stage.consumers();
      expect(consumers).toHaveLength(1);
      stage.run(400);
      stage.simulation.kill(registry.pid);
      stage.run(1000);
      // Meanwhile one application ends and another begins.
      stage.simulation.kill(foreign.pid);
      const late = stage.application('alice', steady(5, 3000));
      stage.run(500);
      const second = stage.registry();
      stage.run(1500);
      expect(stage.consumers()).toEqual(consumers);
      const listed = stage.command([{ op: 'session.get', session: 'web' }]);
      expect(listed?.[0]).toMatchObject({
        value: { session: { state: 'active', consumerPid: consumers[0] } },
      });
      stage.run(4000);
      expect(codes(stage.command([{ op: 'session.destroy', session: 'web' }], 2000))).toEqual([
        'reply',
      ]);
      expect(second.isAlive).toBe(true);
      const { counters, discarded, problems } = stage.read();
      expect({ discarded, problems }).toEqual({ discarded: 0, problems: [] });
      for (const { pid } of [app, foreign, late]) {
        const seen = counters.get(pid) ?? [];
        expect(seen.length).toBeGreaterThan(10);
        const first = seen[0] ?? 0;
        expect(seen).toEqual(upTo(seen.length).map((n) => n + first));
      }
      // All 600 of the one that was there from the beginning to the end, but those before the start.
      expect(counters.get(app.pid)?.at(-1)).toBe(599);
      expect(counters.get(late.pid)?.at(-1)).toBe(599);
      for (const { pid, isAlive } of [app, late]) if (isAlive) stage.simulation.kill(pid);
      expect(stage.leftovers()).toEqual([]);
    },
  );

  it('leaves nothing behind and no answer untrue, whichever call is its last', () => {
    // How many calls the registry makes until the session is active.
    const measured = new Stage(1);
    const whole = measured.registry();
    measured.run(20);
    measured.application('alice', steady(20, 300));
    measured.run(50);
    measured.command(BEGIN);
    const calls = whole.calls;
    expect(calls).toBeGreaterThan(50);
    for (let last = 1; last <= calls; last++) {
      const stage = new Stage(1);
      const registry = stage.registry();
      stage.simulation.killAtCall(registry.pid, last);
      stage.run(20);
      const app = stage.application('alice', steady(20, 300));
      stage.run(50);
      const results = stage.command(BEGIN, 6000);
      stage.registry();
      stage.run(3000);
      const found = stage.command([{ op: 'session.get', session: 'web' }], 1000);
      const answered = codes(results).filter((code) => code === 'reply').length;
      const context = { last, results: codes(results), found: codes(found) };
      // What was answered is known; what was not may be.
      const isKnown = codes(found)[0] === 'reply';
      expect({ ...context, isTrue: isKnown || answered === 0 }).toMatchObject({ isTrue: true });
      const gone = isKnown
        ? stage.command([{ op: 'session.destroy', session: 'web' }], 5000)
        : undefined;
      expect({ ...context, gone: codes(gone) }).toMatchObject({ gone: isKnown ? ['reply'] : [] });
      if (app.isAlive) stage.simulation.kill(app.pid);
      stage.run(500);
      expect({ ...context, left: stage.leftovers() }).toMatchObject({ left: [] });
    }
  });

  it('sets a damaged record aside and goes on with the others', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    for (const name of ['one', 'two']) {
      stage.command([{ op: 'session.create', name, output: `/home/alice/${name}` }]);
    }
    stage.simulation.kill(registry.pid);
    const directory = '/run/lttng-ts/sessions';
    const root = stage.simulation.login('root').world;
    const names = root.files.list(directory);
    const [damaged = ''] = names.ok ? names.value : [];
    const file = root.files.open(`${directory}/${damaged}`, 'append');
    if (!file.ok) throw new Error(file.error.code);
    file.value.truncate(10);
    file.value.close();
    stage.registry();
    stage.run(200);
    const listed = stage.command([{ op: 'session.list', from: 0 }]);
    expect(listed?.[0]).toMatchObject({ value: { sessions: [{ state: 'inactive' }] } });
    const kept = root.files.list(directory);
    expect(kept.ok && kept.value).toContain(`${damaged}.damaged`);
    expect(stage.simulation.log.map(({ message }) => message)).toContain(
      'Set the record of a session aside',
    );
  });
});
