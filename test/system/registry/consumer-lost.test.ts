/**
 * A session that loses its consumer: recorded data stays in the buffers, the next consumer continues exactly where the
 * last one ended, and the session does not stop or end before the data is written (R1.20, R2.10).
 */
import { describe, expect, it } from 'vitest';
import { startSupervisor } from '../../../actors/programs/supervisor.ts';
import {
  CONSUMER_CALM_MS,
  CONSUMER_REST_MS_MAX,
  CONSUMER_REST_MS_MIN,
  CONSUMER_WINDOW_MS,
  CONSUMERS_STARTED_MAX,
  SUPERVISOR_REJOIN_MS,
  SUPERVISOR_REJOINS_MAX,
  type SupervisorOutcome,
} from '../../../actors/supervisor/context.ts';
import type { SimProcess } from '../../../sim/machine/simulation.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const SESSION = 'web';
const STOP: Operation = { op: 'session.stop', session: SESSION };
const DESTROY: Operation = { op: 'session.destroy', session: SESSION };
const CONTINUE: Operation = { op: 'consumer.continue', session: SESSION };
const DISMISS: Operation = { op: 'consumer.stop', session: SESSION };
const GET: Operation = { op: 'session.get', session: SESSION };
/** More calls than a consumer makes here. */
const CALLS_MAX = 1000;

/** A session that records an application. */
function recording(everyMs = 5, untilMs = 1_000_000): { stage: Stage; app: SimProcess } {
  const stage = new Stage(1);
  stage.registry();
  stage.run(20);
  const app = stage.application('alice', steady(everyMs, Math.min(untilMs, 200 * everyMs)));
  stage.run(50);
  expect(codes(stage.command(BEGIN))).toEqual(['reply', 'reply', 'reply']);
  return { stage, app };
}

function killConsumers(stage: Stage): number[] {
  const killed = stage.consumers();
  for (const pid of killed) stage.simulation.kill(pid);
  return killed;
}

/** Every event from the first recorded one to the last one emitted, once. */
function expectWhole(stage: Stage, app: SimProcess, context: object = {}): number[] {
  const { counters, discarded, problems } = stage.read();
  const seen = counters.get(app.pid) ?? [];
  const [first = 0] = seen;
  expect({ ...context, discarded, problems, seen }).toEqual({
    ...context,
    discarded: 0,
    problems: [],
    seen: seen.map((_, index) => first + index),
  });
  return seen;
}

describe('a session without its consumer', () => {
  it.each([
    ['stop, then destroy', [STOP, DESTROY]],
    ['destroy', [DESTROY]],
    ['continue, then destroy', [CONTINUE, DESTROY]],
  ])('is written to its end by the one that comes with %s', (_what, operations) => {
    const { stage, app } = recording();
    stage.run(100);
    expect(killConsumers(stage)).toHaveLength(1);
    stage.run(100);
    stage.simulation.kill(app.pid);
    stage.run(100);
    expect(codes(stage.command(operations, 3000))).toEqual(operations.map(() => 'reply'));
    expect(expectWhole(stage, app).length).toBeGreaterThan(30);
    expect(stage.leftovers()).toEqual([]);
  });

  it('is stopped and destroyed without loss, whichever call is the last one of its consumer', () => {
    let kills = 0;
    for (let call = 1; call < CALLS_MAX; call++) {
      const { stage, app } = recording(5, 200);
      const [pid = 0] = stage.consumers();
      stage.simulation.killAtCall(pid, call);
      stage.run(40);
      const stopped = stage.command([STOP], 1500);
      const destroyed = stage.command([DESTROY], 1500);
      const context = { call, stopped: codes(stopped), destroyed: codes(destroyed) };
      expect(context).toEqual({ call, stopped: ['reply'], destroyed: ['reply'] });
      expect(expectWhole(stage, app, context).length).toBeGreaterThan(5);
      const consumer = stage.simulation.processes().find((one) => one.pid === pid);
      if (consumer?.exit?.signal !== 'SIGKILL') break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(20);
    expect(kills).toBeLessThan(CALLS_MAX - 1);
  });

  it('is destroyed without one only on request, and the log shows the loss', () => {
    const { stage, app } = recording();
    stage.run(50);
    killConsumers(stage);
    stage.run(20);
    // No consumer can start.
    stage.simulation.setFileFault((call) =>
      call === 'files.holdDirectory' ? 'EACCES' : undefined,
    );
    expect(codes(stage.command([DESTROY], 2000))).toEqual(['CONSUMER_FAILED']);
    expect(codes(stage.command([GET]))).toEqual(['reply']);
    expect(codes(stage.command([{ ...DESTROY, abandon: true }], 2000))).toEqual(['reply']);
    expect(codes(stage.command([GET]))).toEqual(['NO_SESSION']);
    expect(stage.simulation.log.map(({ event }) => event)).toContain('session.dataAbandoned');
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });
});

describe('consuming that is stopped', () => {
  it('leaves the session recording, until consuming continues', () => {
    const { stage, app } = recording();
    stage.run(50);
    expect(codes(stage.command([DISMISS], 500))).toEqual(['reply']);
    expect(stage.consumers()).toEqual([]);
    const before = expectWhole(stage, app).length;
    stage.run(100);
    expect(expectWhole(stage, app).length).toBe(before);
    expect(codes(stage.command([DISMISS]))).toEqual(['ALREADY']);
    const [got] = stage.command([GET]) ?? [];
    expect(got).toMatchObject({ value: { session: { state: 'active' } } });
    expect(codes(stage.command([CONTINUE, CONTINUE], 500))).toEqual(['reply', 'reply']);
    expect(stage.consumers()).toHaveLength(1);
    stage.simulation.kill(app.pid);
    stage.run(20);
    expect(codes(stage.command([DESTROY], 2000))).toEqual(['reply']);
    expect(expectWhole(stage, app).length).toBeGreaterThan(before + 20);
    expect(stage.leftovers()).toEqual([]);
  });
});

describe('a supervised session', () => {
  function supervised(): {
    stage: Stage;
    app: SimProcess;
    supervisor: SimProcess;
    outcomes: SupervisorOutcome[];
  } {
    const { stage, app } = recording();
    const [got] = stage.command([GET]) ?? [];
    const uuid = got?.kind === 'reply' ? got.value.session?.uuid : undefined;
    const supervisor = stage.simulation.login('alice');
    const outcomes: SupervisorOutcome[] = [];
    startSupervisor(supervisor.world, {
      scope: 'global',
      sessionUuid: uuid ?? '',
      onDone: (outcome) => outcomes.push(outcome),
    });
    stage.run(50);
    return { stage, app, supervisor, outcomes };
  }

  it('gets another consumer soon after each loss, and loses no events', () => {
    const { stage, app, outcomes } = supervised();
    for (let round = 0; round < 6; round++) {
      stage.run(30);
      const [killed] = killConsumers(stage);
      stage.run(CONSUMER_REST_MS_MIN * 2 ** round + 200);
      expect(stage.consumers()).toHaveLength(1);
      expect(stage.consumers()).not.toContain(killed);
    }
    stage.simulation.kill(app.pid);
    stage.run(100);
    expect(codes(stage.command([DESTROY], 2000))).toEqual(['reply']);
    expect(outcomes).toEqual([{ kind: 'over', reason: 'the session is gone' }]);
    expect(expectWhole(stage, app).at(-1)).toBe(199);
    expect(stage.leftovers()).toEqual([]);
  });

  it('gets no consumer while its user has stopped consuming, and one after that', () => {
    const { stage } = supervised();
    expect(codes(stage.command([DISMISS], 500))).toEqual(['reply']);
    stage.run(CONSUMER_REST_MS_MAX);
    expect(stage.consumers()).toEqual([]);
    expect(codes(stage.command([CONTINUE], 500))).toEqual(['reply']);
    killConsumers(stage);
    stage.run(CONSUMER_REST_MS_MIN + 200);
    expect(stage.consumers()).toHaveLength(1);
  });

  it('is given up after the maximum of consumers in one window, and not before', () => {
    const { stage, outcomes } = supervised();
    const begunNs = stage.simulation.now;
    const lose = (consumers: number): void => {
      for (let lost = 0; lost < consumers; lost++) {
        expect({ lost, outcomes }).toEqual({ lost, outcomes: [] });
        expect(stage.consumers()).toHaveLength(1);
        killConsumers(stage);
        stage.run(Math.min(CONSUMER_REST_MS_MAX, CONSUMER_REST_MS_MIN * 2 ** lost) + 300);
      }
    };
    lose(CONSUMERS_STARTED_MAX - 1);
    // The count restarts with each window.
    stage.run(CONSUMER_WINDOW_MS - (stage.simulation.now - begunNs) / NS_PER_MS + 100);
    lose(CONSUMERS_STARTED_MAX);
    expect(outcomes).toEqual([]);
    killConsumers(stage);
    stage.run(1000);
    expect(outcomes).toMatchObject([{ kind: 'failed', code: 'CONSUMER_FAILED' }]);
  });

  it('rests shortly again after one that has lived for a while', () => {
    const { stage } = supervised();
    for (let round = 0; round < 7; round++) {
      killConsumers(stage);
      stage.run(CONSUMER_REST_MS_MIN * 2 ** round + 300);
    }
    killConsumers(stage);
    stage.run(CONSUMER_REST_MS_MIN * 2 ** 6);
    expect(stage.consumers()).toEqual([]);
    stage.run(CONSUMER_REST_MS_MIN * 2 ** 7 + CONSUMER_CALM_MS);
    killConsumers(stage);
    stage.run(CONSUMER_REST_MS_MIN + 300);
    expect(stage.consumers()).toHaveLength(1);
  });

  it('keeps its supervisor when its registry was killed and another one continues', () => {
    const { stage, outcomes } = supervised();
    const registry = stage.simulation
      .processes()
      .find(({ program, isAlive }) => program === 'lttng-sessiond' && isAlive);
    stage.simulation.kill(registry?.pid ?? 0);
    stage.run(500);
    stage.registry();
    stage.run(SUPERVISOR_REJOIN_MS + 500);
    killConsumers(stage);
    stage.run(CONSUMER_REST_MS_MIN + 300);
    expect(stage.consumers()).toHaveLength(1);
    expect(outcomes).toEqual([]);
  });

  it('is given up when the registry stays away', () => {
    const { stage, outcomes } = supervised();
    for (const { program, pid, isAlive } of stage.simulation.processes()) {
      if (program === 'lttng-sessiond' && isAlive) stage.simulation.kill(pid);
    }
    stage.run(SUPERVISOR_REJOIN_MS * (SUPERVISOR_REJOINS_MAX - 1));
    expect(outcomes).toEqual([]);
    stage.run(SUPERVISOR_REJOIN_MS * 2);
    expect(outcomes).toMatchObject([{ kind: 'failed', code: 'REGISTRY_LOST' }]);
  });

  it('continues without its supervisor, whichever call is the last one of the supervisor', () => {
    for (let call = 1; call < 40; call++) {
      const { stage, app, supervisor } = supervised();
      stage.simulation.killAtCall(supervisor.pid, call);
      stage.run(30);
      killConsumers(stage);
      stage.run(400);
      stage.simulation.kill(app.pid);
      stage.run(20);
      expect({ call, codes: codes(stage.command([DESTROY], 2000)) }).toEqual({
        call,
        codes: ['reply'],
      });
      expectWhole(stage, app, { call });
    }
  });
});
