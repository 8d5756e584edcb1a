/** A session's consumer reaches its relay through others, as its user named them (R3.8): or hears which one refused. */

import { expect, it } from 'vitest';
import { lastSessionIn, type StepResult } from '../../../actors/client/plans/plan.ts';
import { relayOf } from '../../../src/wire/control/destination.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { parseUri } from '../../../src/wire/uri.ts';
import { storedFiles } from '../../support/relay/relay-client.ts';
import { must } from '../../support/ring/memory.ts';
import { RemoteStage } from '../../support/simulated/remote-stage.ts';
import { BEGIN, codes, steady } from '../../support/simulated/stage.ts';

const SEEDS = [1, 2, 3];
const session = 'web';
const HOPS = { first: ['second'], second: ['store'] } as const;
const WAY = 'net://first,net://second,net://store';
const CANNOT = 'RELAY_FAILED: The relay cannot be used: ';
const STOP: Operation = { op: 'session.stop', session };
const DESTROY: Operation = { op: 'session.destroy', session };
const ENABLE: Operation = { op: 'consumer.enable', session };
const GET: Operation = { op: 'session.get', session };
const destinationOf = (url: string) => relayOf(must(parseUri(url, 'both')));
const to = (url: string): readonly Operation[] => [
  { op: 'consumer.set', session, destination: destinationOf(url) },
  ENABLE,
];
const count = (upTo: number): number[] => Array.from({ length: upTo }, (_, index) => index);

function reasonOf(results: readonly StepResult[] | undefined): string | undefined {
  const last = results?.at(-1);
  return last?.kind === 'failure' ? `${last.code}: ${last.reason}` : undefined;
}

it.each(SEEDS)('records through two relays, which store nothing, seed %i', (seed) => {
  const stage = new RemoteStage(seed, HOPS);
  const { traced } = stage;
  expect(codes(traced.command(BEGIN, 1_000))).toEqual(['reply', 'reply', 'reply']);
  traced.application('alice', steady(20, 2_000));
  expect(codes(traced.command(to(WAY), 5_000))).toEqual(['reply', 'reply']);
  expect(lastSessionIn(traced.command([GET], 500) ?? [])?.destination).toEqual({
    to: destinationOf(WAY),
    state: 'connected',
  });
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  const { counters, problems } = stage.stored();
  expect(problems).toEqual([]);
  const before = [...traced.read().counters.values()].flat();
  expect(counters.length).toBeGreaterThan(10);
  expect([...before, ...counters]).toEqual(count(100));
  const stored = Object.keys(storedFiles(stage.store.login('alice').world));
  for (const path of stored) expect(path).toMatch(/^traced\/web-/);
  for (const hop of stage.hops) expect(storedFiles(hop.login('alice').world)).toEqual({});
  expect(traced.leftovers()).toEqual([]);
});

it.each([
  [
    'net://second,net://first,net://store',
    'at 10.0.0.4 5342, the relay refused forward: it does not forward to first 5342 (EIO)',
  ],
  [
    'net://first,net://second,net://first',
    'at second 5342, the relay refused forward: it does not forward to first 5342 (EIO)',
  ],
  [
    'net://first,net://second:5342:9,net://store',
    'at 10.0.0.3 5343, the relay refused forward: it does not forward to second 9 (EIO)',
  ],
])('says which relay refuses %s, and goes on as before (R3.3, R3.9)', (url, reason) => {
  const stage = new RemoteStage(1, HOPS);
  const { traced } = stage;
  traced.command(BEGIN, 1_000);
  traced.application('alice', steady(20, 1_000));
  expect(reasonOf(traced.command(to(url), 5_000))).toBe(CANNOT + reason);
  expect(codes(traced.command([STOP, DESTROY], 10_000))).toEqual(['reply', 'reply']);
  expect([...traced.read().counters.values()].flat()).toEqual(count(50));
  expect(traced.leftovers()).toEqual([]);
});

it.each([
  // Each of four relays takes that long to look up the next one, for control and for data.
  [3_000, undefined],
  [4_000, `${CANNOT}at store 5342, the way to the relay takes too long (ETIMEDOUT)`],
])('waits for a way with look-ups of %i ms as long as the consumer does', (delayMs, reason) => {
  const stage = new RemoteStage(1, { a: ['b'], b: ['c'], c: ['d'], d: ['store'] });
  const { traced } = stage;
  traced.command(BEGIN, 1_000);
  stage.network.names.delayMs = delayMs;
  const asked = to('net://a,net://b,net://c,net://d,net://store');
  expect(reasonOf(traced.command(asked, 60_000))).toBe(reason);
});
