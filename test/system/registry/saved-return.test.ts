/**
 * T2: what was saved for the start of a registry returns after the registry has lost everything it knew, with every
 * setting, whatever was drawn; and what it still knows is not loaded over.
 */
import { expect, it } from 'vitest';
import { allPages, failureIn, sessionsIn } from '../../../actors/client/plans/plan.ts';
import { setUpPlan } from '../../../actors/client/plans/set-up.ts';
import { loadingWhenReady } from '../../../bin/control/saved/auto-load.ts';
import { writeSaved } from '../../../src/kept/saved-files.ts';
import { savedSessionOf } from '../../../src/kept/saved-session.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { ControlStage } from '../../support/simulated/control-stage.ts';

const HOME = '/home/alice';
const AUTO = `${HOME}/.lttng-ts/saved/auto`;
const RECORDS = `${HOME}/.lttng-ts/sessions`;
const SEEDS = 20;
/** More than loading takes, and more than the registry waits for applications that are gone. */
const LOADED_MS = 30_000;

/** What is drawn of one session. */
function settingsOf(session: string, drawn: number): Operation[] {
  const has = (bit: number): boolean => (drawn & (1 << bit)) !== 0;
  const channel = has(0) ? 'net' : 'default';
  const buffers = { switchTimerUs: has(1) ? 0 : 5000, readTimerUs: 200_000 };
  const shape = { subbufferBytes: 4096, subbufferCount: has(2) ? 2 : 8, overwrite: has(3) };
  const rule = { logLevelMax: has(4) ? 6 : 14, target: { kind: 'all' as const } };
  return [
    { op: 'channel.add', session, channel: { name: channel, shape, ...buffers } },
    { op: 'event.enable', session, channel, patterns: ['a:*', 'b:*'], ...rule },
    ...(has(5)
      ? [{ op: 'event.disable' as const, session, channel, patterns: ['a:*'] }]
      : [{ op: 'context.add' as const, session, channel, contexts: ['vpid'] }]),
    ...(has(6) ? [{ op: 'rotation.enable' as const, session, everyUs: 3_600_000_000 }] : []),
    ...(has(7)
      ? [{ op: 'tracker.add' as const, session, tracker: 'vpid' as const, ids: [7] }]
      : []),
    ...(has(8) ? [{ op: 'session.start' as const, session }] : []),
  ];
}

async function listed({ client, settle }: Pick<ControlStage, 'client' | 'settle'>) {
  return sessionsIn(await settle(client.run(allPages(['session.list']), 'start-registry')));
}

async function pass(stage: ControlStage): Promise<void> {
  await listed({ client: stage.client, settle: (pending) => stage.settle(pending) });
  const rest = stage.client.run(
    (results) => (results.length === 0 ? { kind: 'rest', ms: LOADED_MS } : undefined),
    'start-registry',
  );
  await stage.settle(rest);
}

/** All that a user has said of the sessions. */
function saidOf(sessions: readonly SessionInfo[]): readonly object[] {
  return sessions
    .map((session) => savedSessionOf(session, `${HOME}/lttng-traces`))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

for (let seed = 1; seed <= SEEDS; seed++) {
  it(`sessions return, seed ${seed}`, async () => {
    const stage = new ControlStage({
      seed,
      worldOf: (world) => loadingWhenReady(world, undefined),
    });
    const { world } = stage.hands;
    for (let made = 0; made <= seed % 3; made++) {
      const name = `web-${made}`;
      const output = `${HOME}/lttng-traces/${name}`;
      const plan = setUpPlan({ op: 'session.create', name, output }, (session) =>
        settingsOf(session, (seed * 37 + made * 101) % 512),
      );
      const results = await stage.settle(stage.client.run(plan, 'start-registry'));
      expect(failureIn(results)).toBeUndefined();
    }
    const settle: ControlStage['settle'] = (pending) => stage.settle(pending);
    const before = await listed({ client: stage.client, settle });
    for (const session of before) {
      const saved = savedSessionOf(session, `${HOME}/lttng-traces`);
      expect(writeSaved(world, AUTO, saved).ok).toBe(true);
    }
    stage.killRegistry();
    const isLost = seed % 4 !== 0;
    const records = world.files.list(RECORDS);
    expect(records.ok && records.value.length).toBe(before.length);
    for (const name of isLost && records.ok ? records.value : []) {
      world.files.remove(`${RECORDS}/${name}`);
    }
    await pass(stage);
    const after = await listed({ client: stage.client, settle });
    expect(saidOf(after)).toEqual(saidOf(before));
    // A loaded session is a new one; a restored one is the same.
    const known = new Set(before.map(({ uuid }) => uuid));
    expect(after.map(({ uuid }) => known.has(uuid))).toEqual(before.map(() => !isLost));
  });
}
