/**
 * D2: a session is changed while the disk is full, and its registry may be killed meanwhile. The answer to a change
 * that is not on the disk says so. The registry writes it later, and may forget it when it dies before that.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault } from '../input/fault.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { operationsAt, SERVING_MS } from './parts.ts';

const SESSION = 'changed';
const CHANGES_MAX = 5;
/** Changes also occur before and after the disk is full. */
const AROUND_MS = 30;

export const d2: Scenario = {
  id: 'D2',
  title: 'a session is changed while a disk is full, and its registry dies',
  marks: ['registry-came-back', 'change-unwritten'],
  labels: ['disk-full', 'kill-at-time'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const part = draws.of('disk');
  const at = part.between(20, 100);
  const forMs = part.pick([50, 200, 600]);
  const leaving = part.pick([0, 1, 100, 500]);
  // Sometimes the disk has no room even for the registry's first records.
  const startsAt = part.pick([0, 0, at + 1]);
  return {
    seed,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
    groups: { root: 0, alice: 1001, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'alice', steps: [{ at: startsAt, do: 'sessiond' }] },
      { user: 'alice', steps: changesOf(draws.of('changes'), startsAt + SERVING_MS, at, forMs) },
    ],
    samplesAt: [at, at + forMs],
    faults: [{ kind: 'disk-full', at, forMs, leaving }, ...deathOf(draws.of('death'), at, forMs)],
  };
}

function changesOf(part: PartDraw, madeAt: number, at: number, forMs: number): ScriptStep[] {
  const times = Array.from({ length: part.between(1, CHANGES_MAX) }, () =>
    part.between(at - AROUND_MS, at + forMs + AROUND_MS),
  );
  const enable = (index: number): Operation => ({
    op: 'event.enable',
    session: SESSION,
    patterns: [`p${index}`],
    logLevelMax: LOG_LEVEL_ALL,
    target: { kind: 'all' },
  });
  return [
    operationsAt(madeAt, [{ op: 'session.create', name: SESSION, output: '/home/alice/changed' }]),
    ...times
      .map((time) => Math.max(madeAt + 1, time))
      .toSorted((one, other) => one - other)
      .map((time, index) => operationsAt(time, [enable(index)])),
  ];
}

/** Sometimes kills the registry. The next one starts while the disk is still full, or when there is room again. */
function deathOf(part: PartDraw, at: number, forMs: number): Fault[] {
  if (part.chance(3)) return [];
  const killedAt = part.between(at, at + forMs);
  return [
    { kind: 'kill-at-time', of: { program: 'lttng-sessiond', index: 0 }, at: killedAt },
    { kind: 'registry-starts', user: 'alice', at: part.pick([killedAt + 1, at + forMs + 1]) },
  ];
}
