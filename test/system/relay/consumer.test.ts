/** A session's consumer and a relay on another machine: set, enabled, disabled, set again, lost (R3.3, R3.4, R3.7). */

import { expect, it } from 'vitest';
import type { StepResult } from '../../../actors/client/plans/plan.ts';
import { lastSessionIn } from '../../../actors/client/plans/plan.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { RELAY, RemoteStage } from '../../support/simulated/remote-stage.ts';
import { BEGIN, codes, steady } from '../../support/simulated/stage.ts';

const SEEDS = [1, 2, 3];
const session = 'web';
const RULE = BEGIN[1];
if (RULE === undefined) throw new Error('no rule');
const REMOTE: readonly Operation[] = [
  { op: 'session.create', name: session, relay: RELAY },
  RULE,
  { op: 'session.start', session },
];
const ENABLE: Operation = { op: 'consumer.enable', session };
const DISABLE: Operation = { op: 'consumer.disable', session };
const STOP: Operation = { op: 'session.stop', session };
const DESTROY: Operation = { op: 'session.destroy', session };
const GET: Operation = { op: 'session.get', session };
const MEASURE: Operation = { op: 'session.measure', session };
const toRelay: Operation = { op: 'consumer.set', session, destination: RELAY };
const toFiles = (output: string): Operation => ({
  op: 'consumer.set',
  session,
  destination: { output },
});

const count = (upTo: number): number[] => Array.from({ length: upTo }, (_, index) => index);
const infoIn = (results: readonly StepResult[] | undefined): SessionInfo | undefined =>
  lastSessionIn(results ?? []);

/** All counters in files of the traced machine. */
function written(stage: RemoteStage, output: string): number[] {
  return [...stage.traced.read(output).counters.values()].flat();
}

it.each(SEEDS)('records to a relay that is given when the session is created, seed %i', (seed) => {
  const stage = new RemoteStage(seed);
  stage.traced.application('alice', steady(20, 2_000));
  expect(codes(stage.traced.command(REMOTE, 1_500))).toEqual(['reply', 'reply', 'reply']);
  const before = stage.traced.ledger.threads.length;
  expect(before).toBe(1);
  stage.pass(3_000);
  const told = infoIn(stage.traced.command([GET], 500));
  expect(told?.output).toBeUndefined();
  expect(told?.destination).toEqual({ to: RELAY, state: 'connected' });
  expect(told?.link?.state).toBe('connected');
  const measured = infoIn(stage.traced.command([MEASURE], 500));
  expect(measured?.buffered).toEqual({ events: 0, bytes: 0, streams: 0 });
  expect(measured?.link).toMatchObject({ packetsInFlight: 0, bytesInFlight: 0 });
  expect(codes(stage.traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  const { counters, problems } = stage.stored();
  expect(problems).toEqual([]);
  expect(counters.length).toBeGreaterThan(20);
  expect(new Set(counters).size).toBe(counters.length);
  expect(counters).toEqual(count(100).slice(-counters.length));
  expect(stage.traced.leftovers()).toEqual([]);
});

it.each(SEEDS)('goes from files to the relay and back while it records, seed %i', (seed) => {
  const stage = new RemoteStage(seed);
  const { traced } = stage;
  expect(codes(traced.command(BEGIN, 1_000))).toEqual(['reply', 'reply', 'reply']);
  traced.application('alice', steady(20, 6_000));
  stage.pass(1_000);
  expect(codes(traced.command([toRelay, ENABLE], 2_000))).toEqual(['reply', 'reply']);
  stage.pass(500);
  expect(codes(traced.command([toFiles('/home/alice/more')], 200))).toEqual(['FROZEN']);
  const files = [DISABLE, toFiles('/home/alice/more'), ENABLE] as const;
  expect(codes(traced.command(files, 2_000))).toEqual(['reply', 'reply', 'reply']);
  stage.pass(3_000);
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  const { counters, problems } = stage.stored();
  expect(problems).toEqual([]);
  const all = [
    ...written(stage, '/home/alice/trace'),
    ...counters,
    ...written(stage, '/home/alice/more'),
  ];
  expect(counters.length).toBeGreaterThan(10);
  // Nothing is lost, nothing is there twice, and the order of the places is that of the commands.
  expect(all).toEqual(count(300));
  expect(traced.leftovers()).toEqual([]);
});

it.each(SEEDS)('keeps events in the buffers while it is disabled, seed %i', (seed) => {
  const stage = new RemoteStage(seed);
  const { traced } = stage;
  traced.command(REMOTE, 1_500);
  traced.application('alice', steady(20, 2_000));
  stage.pass(600);
  expect(codes(traced.command([DISABLE, DISABLE], 1_500))).toEqual(['reply', 'ALREADY']);
  stage.pass(1_500);
  const before = stage.stored().counters.length;
  const waiting = infoIn(traced.command([MEASURE], 200))?.buffered;
  expect(waiting).toMatchObject({ events: 100 - before, streams: 1 });
  expect(waiting?.bytes).toBeGreaterThan(4 * (100 - before));
  const stopped = traced.command([STOP], 3_000);
  expect(codes(stopped)).toEqual(['NOT_WRITTEN']);
  expect(infoIn(traced.command([GET], 500))?.destination?.state).toBe('disabled');
  expect(codes(traced.command([ENABLE], 2_000))).toEqual(['reply']);
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  const { counters, problems } = stage.stored();
  expect(problems).toEqual([]);
  expect(counters.length).toBeGreaterThan(before);
  expect(counters).toEqual(count(100));
  expect(traced.leftovers()).toEqual([]);
});

it('refuses a relay that does not answer, or that nobody knows, and goes on as before (R3.3, R3.9)', () => {
  const stage = new RemoteStage(1);
  const { traced } = stage;
  traced.command(BEGIN, 1_000);
  traced.application('alice', steady(20, 1_000));
  const other = (host: string): Operation => ({
    op: 'consumer.set',
    session,
    destination: { control: `tcp://${host}:5342`, data: `tcp://${host}:5343` },
  });
  expect(codes(traced.command([other('nobody'), ENABLE], 2_000))).toEqual([
    'reply',
    'HOST_UNKNOWN',
  ]);
  stage.killRelay();
  expect(codes(traced.command([toRelay, ENABLE], 2_000))).toEqual(['reply', 'RELAY_UNREACHABLE']);
  const told = infoIn(traced.command([GET], 500));
  expect(told?.destination).toMatchObject({ state: 'set', failure: { code: 'RELAY_UNREACHABLE' } });
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  expect(written(stage, '/home/alice/trace')).toEqual(count(50));
  expect(traced.leftovers()).toEqual([]);
});

it.each(SEEDS)(
  'says that the relay is lost, and goes on when it is enabled again, seed %i',
  (seed) => {
    const stage = new RemoteStage(seed);
    const { traced } = stage;
    traced.command(REMOTE, 1_500);
    traced.application('alice', steady(20, 2_000));
    stage.pass(500);
    stage.killRelay();
    stage.pass(1_500);
    const told = infoIn(traced.command([GET], 500));
    expect(told?.destination).toMatchObject({ state: 'lost', failure: { code: 'RELAY_LOST' } });
    const waiting = infoIn(traced.command([MEASURE], 500))?.buffered;
    expect(100 - (waiting?.events ?? 0)).toBeLessThanOrEqual(stage.stored().counters.length);
    expect(codes(traced.command([STOP], 3_000))).toEqual(['NOT_WRITTEN']);
    expect(codes(traced.command([{ op: 'session.start', session }], 1_000))).toEqual([
      'RELAY_LOST',
    ]);
    expect(codes(traced.command([ENABLE], 2_000))).toEqual(['RELAY_UNREACHABLE']);
    stage.startRelay();
    stage.pass(500);
    expect(codes(traced.command([ENABLE], 2_000))).toEqual(['reply']);
    expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
    const { counters } = stage.stored();
    // What the first relay stored without acknowledging it is there twice at most; nothing is missing.
    expect([...new Set(counters)].sort((a, b) => a - b)).toEqual(count(100));
    expect(traced.leftovers()).toEqual([]);
  },
);

it.each(SEEDS)('keeps its link when the registry dies, seed %i', (seed) => {
  const stage = new RemoteStage(seed);
  const { traced } = stage;
  traced.command(REMOTE, 1_500);
  traced.application('alice', steady(20, 2_000));
  stage.pass(500);
  const [registry] = traced.simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'lttng-sessiond' && isAlive);
  if (registry === undefined) throw new Error('no registry');
  traced.simulation.kill(registry.pid);
  stage.pass(100);
  traced.registry();
  stage.pass(2_500);
  expect(infoIn(traced.command([GET], 500))?.destination).toEqual({
    to: RELAY,
    state: 'connected',
  });
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  const { counters, problems } = stage.stored();
  expect(problems).toEqual([]);
  expect(counters).toEqual(count(100));
  expect(traced.leftovers()).toEqual([]);
});

it.each(SEEDS)('links another consumer when one dies, seed %i', (seed) => {
  const stage = new RemoteStage(seed);
  const { traced } = stage;
  traced.command(REMOTE, 1_500);
  traced.application('alice', steady(20, 2_000));
  stage.pass(700);
  for (const pid of traced.consumers()) traced.simulation.kill(pid);
  stage.pass(1_500);
  expect(infoIn(traced.command([GET], 500))?.destination?.state).toBe('waiting');
  expect(codes(traced.command([{ op: 'consumer.continue', session }], 2_500))).toEqual(['reply']);
  expect(infoIn(traced.command([GET], 500))?.destination?.state).toBe('connected');
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  const { counters } = stage.stored();
  expect([...new Set(counters)].sort((a, b) => a - b)).toEqual(count(100));
  expect(traced.leftovers()).toEqual([]);
});

it.each(SEEDS)(
  'keeps a destination over UDP when the registry dies, and links to it again, seed %i (R3.10)',
  (seed) => {
    const stage = new RemoteStage(seed);
    const { traced, network } = stage;
    network.setFates('traced', 'store', { lost: 50, twice: 50, overtaken: 100 });
    const to = { control: 'tcp://store:5342', data: 'udp://store:5343' };
    const [, ...others] = REMOTE;
    const create: Operation = { op: 'session.create', name: session, relay: to };
    expect(codes(traced.command([create, ...others], 1_500))).toEqual(['reply', 'reply', 'reply']);
    traced.application('alice', steady(20, 4_000));
    stage.pass(500);
    for (const { pid, program } of traced.simulation.processes()) {
      if (program === 'lttng-sessiond') traced.simulation.kill(pid);
    }
    stage.pass(100);
    traced.registry();
    stage.pass(1_000);
    const destination = (): SessionInfo['destination'] =>
      infoIn(traced.command([GET], 500))?.destination;
    expect(destination()).toEqual({ to, state: 'connected' });
    stage.killRelay();
    stage.pass(500);
    expect(destination()).toMatchObject({ to, state: 'lost', failure: { code: 'RELAY_LOST' } });
    const { simulation } = traced;
    const [consumer] = simulation.processes().filter(({ pid }) => traced.consumers().includes(pid));
    expect(consumer === undefined ? undefined : simulation.udpEnds(consumer)).toEqual([]);
    stage.startRelay();
    stage.pass(500);
    expect(codes(traced.command([ENABLE], 2_000))).toEqual(['reply']);
    stage.pass(2_000);
    expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
    expect([...new Set(stage.stored().counters)].sort((a, b) => a - b)).toEqual(count(200));
    expect(traced.leftovers()).toEqual([]);
  },
);

it('refuses a UDP port that no datagram reaches; the consumer keeps its present output (R3.3, R3.10)', () => {
  const stage = new RemoteStage(1);
  const { traced } = stage;
  traced.command(BEGIN, 1_000);
  traced.application('alice', steady(20, 1_000));
  const destination = { control: 'tcp://store:5342', data: 'udp://store:5999' };
  const set: Operation = { op: 'consumer.set', session, destination };
  const results = traced.command([set, ENABLE], 8_000);
  expect(codes(results)).toEqual(['reply', 'RELAY_FAILED']);
  expect(results?.at(-1)).toMatchObject({
    reason:
      'The relay cannot be used: at 10.0.0.2 5342, ' +
      'no datagram arrives at UDP port 5999 of 10.0.0.2 (ECONNREFUSED) (ETIMEDOUT)',
  });
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  expect(written(stage, '/home/alice/trace')).toEqual(count(50));
  expect(stage.stored().counters).toEqual([]);
  expect(traced.leftovers()).toEqual([]);
});
