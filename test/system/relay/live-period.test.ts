/** The period of a live session: its bounds, what it does to channels, and that it outlives its registry. */
import { expect, it } from 'vitest';
import { lastSessionIn } from '../../../actors/client/plans/plan.ts';
import { LIVE_TIMER_US_MAX, LIVE_TIMER_US_MIN } from '../../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { RELAY, RemoteStage } from '../../support/simulated/remote-stage.ts';
import { BEGIN, codes, steady } from '../../support/simulated/stage.ts';

const session = 'web';
const LIVE_US = 50_000;
const RULE = BEGIN[1];
if (RULE === undefined) throw new Error('no rule');
const create = (liveTimerUs: number): Operation => ({
  op: 'session.create',
  name: session,
  relay: RELAY,
  liveTimerUs,
});

function sessionOf(stage: RemoteStage): SessionInfo | undefined {
  return lastSessionIn(stage.traced.command([{ op: 'session.get', session }], 500) ?? []);
}

it.each([1, 2, 3])('is restored by the registry after one that was killed, seed %i', (seed) => {
  const stage = new RemoteStage(seed);
  const { traced } = stage;
  const begin = [create(LIVE_US), RULE, { op: 'session.start', session }] as const;
  expect(codes(traced.command(begin, 1_500))).toEqual(['reply', 'reply', 'reply']);
  traced.application('alice', steady(20, 8_000));
  stage.pass(1_000);
  const before = sessionOf(stage);
  expect(before?.liveTimerUs).toBe(LIVE_US);
  expect(before?.channels?.map(({ settings }) => settings.switchTimerUs)).toEqual([LIVE_US]);
  const [registry] = traced.simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'lttng-sessiond' && isAlive);
  traced.simulation.kill(registry?.pid ?? -1);
  stage.pass(1_000);
  traced.registry();
  stage.pass(2_000);
  const after = sessionOf(stage);
  expect(after).toMatchObject({ state: 'active', liveTimerUs: LIVE_US });
  // A channel that comes later has the period, too.
  const channel = {
    name: 'later',
    shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
    switchTimerUs: 0,
    readTimerUs: 0,
  };
  const added: Operation = { op: 'channel.add', session, channel };
  expect(codes(traced.command([added], 500))).toEqual(['reply']);
  const later = sessionOf(stage)?.channels?.find(({ settings }) => settings.name === 'later');
  expect(later?.settings.switchTimerUs).toBe(LIVE_US);
  const end = [
    { op: 'session.stop', session },
    { op: 'session.destroy', session },
  ] as const;
  expect(codes(traced.command(end, 10_000))).toEqual(['reply', 'reply']);
});

it.each([
  [LIVE_TIMER_US_MIN, 'reply'],
  [LIVE_TIMER_US_MAX, 'reply'],
])('may be %i µs', (periodUs, code) => {
  const stage = new RemoteStage(1);
  expect(codes(stage.traced.command([create(periodUs)], 1_500))).toEqual([code]);
  expect(sessionOf(stage)?.liveTimerUs).toBe(periodUs);
});
