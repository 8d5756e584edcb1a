/**
 * P1: the power fails while a user creates, changes and saves sessions. The next registry knows all answered changes,
 * and what was saved can be loaded.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { type KeptCommand, LOG_LEVEL_ALL } from '../input/command.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { applicationsOf, DURATION_MS, operationsAt, SERVING_MS } from './parts.ts';

const SESSIONS_MAX = 5;
const SAVES_MAX = 6;

export const p1: Scenario = {
  id: 'P1',
  title: 'the power fails while sessions are created and changed',
  marks: ['registry-came-back', 'saved-before-power-cut'],
  labels: ['power-cut'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const at = whole.between(2 * SERVING_MS, DURATION_MS);
  const sessions = Array.from({ length: whole.between(1, SESSIONS_MAX) }, (_, index) =>
    sessionOf(draws.of(`session ${index}`), `session-${index}`),
  );
  return {
    seed,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
    groups: { root: 0, alice: 1001, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'alice', steps: applicationsOf(draws.of('applications'), 0) },
      ...sessions.map((steps) => ({ user: 'alice', steps })),
      { user: 'alice', steps: savesOf(draws.of('saves'), sessions.length) },
    ],
    samplesAt: [],
    faults: [{ kind: 'power-cut', at, writtenBackAt: whole.between(0, at) }],
  };
}

/** Some sessions are saved, and one is chosen. */
function savesOf(part: PartDraw, count: number): ScriptStep[] {
  const moments = Array.from({ length: SAVES_MAX }, () => part.between(SERVING_MS, DURATION_MS));
  moments.sort((one, other) => one - other);
  return moments.map((at): ScriptStep => {
    const session = `session-${part.between(0, count - 1)}`;
    const command = part.pick<KeptCommand>([
      { kind: 'save', session, replaces: true },
      { kind: 'set-session', session },
    ]);
    return { at, do: 'lttng', command: { ...command, tolerated: ['NO_SESSION'] } };
  });
}

/** Created at some time and changed later; a few are destroyed. */
function sessionOf(part: PartDraw, session: string): ScriptStep[] {
  const enable = (pattern: string): Operation => ({
    op: 'event.enable',
    session,
    patterns: [pattern],
    logLevelMax: LOG_LEVEL_ALL,
    target: { kind: 'all' },
  });
  const changes: Operation[] = ['sim:a', 'sim:b', 'sim:c'].slice(part.between(0, 2)).map(enable);
  if (part.chance(2)) changes.push({ op: 'session.start', session });
  if (part.chance(4)) changes.push({ op: 'session.destroy', session });
  const made: Operation = { op: 'session.create', name: session, output: `/home/alice/${session}` };
  const times = [made, ...changes].map(() => part.between(SERVING_MS, DURATION_MS));
  times.sort((one, other) => one - other);
  return [made, ...changes].map((operation, index) => operationsAt(times[index] ?? 0, [operation]));
}
