/**
 * `lttng recover -o` of sessions that send to a relay. It writes into files what the relay has not acknowledged, also
 * when relay, registry, consumer and application are dead. Each event is at the relay or in the files, or in both if
 * the relay died before it could acknowledge.
 */
import { describe, expect, it } from 'vitest';
import { recoveriesIn, recoverPlan } from '../../../actors/client/plans/recover.ts';
import { Draw } from '../../../sim/input/draw.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { RELAY, RemoteStage } from '../../support/simulated/remote-stage.ts';
import { BEGIN, codes, steady } from '../../support/simulated/stage.ts';

const ALICE = 1001;
const INTO = '/home/alice/saved';
const ARGS = ['--into', INTO];
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
const session = 'web';
const create: Operation = { op: 'session.create', name: session, relay: RELAY };

/** A session that sends an application's events to the relay. */
function recordedStage(seed: number): RemoteStage {
  const stage = new RemoteStage(seed);
  stage.traced.application('alice', steady(5, 3_000));
  const begun = stage.traced.command([create, ...BEGIN.slice(1)], 700);
  expect(codes(begun)).toEqual(['reply', 'reply', 'reply']);
  return stage;
}

function killTraced({ traced: { simulation, hands } }: RemoteStage): void {
  for (const { pid, isAlive } of simulation.processes()) {
    if (isAlive && pid !== hands.pid) simulation.kill(pid);
  }
}

/** Every event that was recorded is at the relay or in files; returns how many are in both. */
function check(stage: RemoteStage): number {
  const { traced } = stage;
  const saved = traced.read(`${INTO}/web`);
  const files = [...saved.counters.values()].flat();
  const { counters: sent, problems } = stage.stored();
  // Without an event there is no trace, which is a problem of its own.
  expect(sent.length === 0 ? [] : problems).toEqual([]);
  expect(files.length === 0 ? [] : saved.problems).toEqual([]);
  const emissions = traced.ledger.threads.flatMap((thread) => thread.emissions);
  const recorded = emissions.filter(({ isEnabled }) => isEnabled);
  const done = recorded.filter(({ isDone }) => isDone).map(({ counter }) => counter);
  const found = [...new Set([...sent, ...files])].sort((one, other) => one - other);
  expect([done, recorded.map(({ counter }) => counter)]).toContainEqual(found);
  return sent.length + files.length - found.length;
}

function recover(stage: RemoteStage, named?: string): void {
  const results = stage.traced.perform(recoverPlan(ALICE, named, INTO), 10_000, ARGS) ?? [];
  const recoveries = recoveriesIn(results, ALICE, named, INTO);
  expect({ codes: codes(results), recoveries }).toMatchObject({
    recoveries: [{ session: { name: session }, failure: undefined }],
  });
}

describe('lttng recover -o of a session at a relay', () => {
  it.each(SEEDS)('writes what it holds when every process has died, seed %i', (seed) => {
    const stage = recordedStage(seed);
    const draw = new Draw(seed).of('kill');
    stage.pass(draw.between(1, 900));
    stage.killRelay();
    stage.pass(draw.between(0, 300));
    killTraced(stage);
    stage.traced.registry();
    stage.pass(100);
    recover(stage);
    check(stage);
    expect(stage.traced.simulation.segments()).toEqual([]);
    expect(stage.traced.leftovers()).toEqual([]);
  });

  it.each(SEEDS)('writes it into files although the relay lives, seed %i', (seed) => {
    const stage = recordedStage(seed);
    stage.pass(new Draw(seed).of('kill').between(1, 900));
    killTraced(stage);
    stage.traced.registry();
    stage.pass(100);
    recover(stage, session);
    check(stage);
    expect(stage.traced.leftovers()).toEqual([]);
  });

  it('finishes a session whose consumer has lost its relay', () => {
    const stage = recordedStage(1);
    stage.pass(500);
    stage.killRelay();
    stage.pass(500);
    const [application] = stage.traced.ledger.threads;
    stage.traced.simulation.kill(application?.pid ?? 0);
    stage.pass(1_500);
    expect(stage.traced.consumers()).toHaveLength(1);
    recover(stage);
    check(stage);
    expect(stage.traced.leftovers()).toEqual([]);
  });

  it('turns a disabled one to files, with no event twice', () => {
    const stage = recordedStage(1);
    stage.pass(500);
    expect(codes(stage.traced.command([{ op: 'consumer.disable', session }], 500))).toEqual([
      'reply',
    ]);
    stage.pass(500);
    killTraced(stage);
    stage.traced.registry();
    stage.pass(100);
    recover(stage);
    expect(check(stage)).toBe(0);
  });

  it('says that nothing is written where the consumer cannot write, and keeps the buffers', () => {
    const stage = recordedStage(1);
    stage.pass(500);
    killTraced(stage);
    stage.killRelay();
    stage.traced.registry();
    stage.pass(100);
    const into = '/root/saved';
    const plan = recoverPlan(ALICE, undefined, into);
    const results = stage.traced.perform(plan, 15_000, ['--into', into]) ?? [];
    const [recovery] = recoveriesIn(results, ALICE, undefined, into);
    expect(recovery?.failure?.code).toBe('CONSUMER_FAILED');
    recover(stage);
    check(stage);
    expect(stage.traced.leftovers()).toEqual([]);
  });
});
