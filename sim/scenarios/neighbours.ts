/**
 * H11: a hostile program removes the segments that a registry made for it, and the kernel gives their ids to segments
 * of other programs and of other users' streams. H12: a hostile program registers threads that it does not have, beside
 * an honest one with many workers.
 */
import { Draw, type PartDraw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import {
  applicationsOf,
  DURATION_MS,
  operationsAt,
  recordingAll,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SESSION = 'shared';
const OUTPUT = `/home/alice/${SESSION}`;
/** Hostile programs have ended by then, and the programs with memory of their own have not. */
const END_MS = 450;

export const h11: Scenario = {
  id: 'H11',
  title: "segments of other programs get the ids of a registry's removed ones",
  marks: ['event-recorded', 'impostor-traced'],
  labels: ['segment-id-reused'],
  draw: drawTaken,
};

export const h12: Scenario = {
  id: 'H12',
  title: 'a program registers threads that it does not have, beside one with many workers',
  marks: ['event-recorded', 'thread-refused'],
  draw: drawCrowd,
};

function drawTaken(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const part = draws.of('hostile');
  const isFlightRecorder = part.chance(2);
  const rogues = Array.from({ length: part.between(1, 4) }, (): ScriptStep => {
    const attack = { kind: 'rogue-application', misbehaviour: 'removed' } as const;
    return { at: part.between(2 * SERVING_MS, DURATION_MS), do: 'attack', attack };
  });
  const neighbour = { kind: 'own-memory', segments: part.between(10, 150) } as const;
  return {
    ...besideAlice(seed, isFlightRecorder ? { flightRecorder: true } : {}, [
      { user: 'eve', steps: inOrder(rogues) },
      { user: 'bob', steps: [{ at: 2 * SERVING_MS, do: 'attack', attack: neighbour }] },
      { user: 'bob', steps: applicationsOf(draws.of('applications of bob'), 1) },
    ]),
    quirks: ['segment-id-reused'],
  };
}

function drawCrowd(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const part = draws.of('hostile');
  const attack = { kind: 'made-up-threads', threads: part.between(10, 100) } as const;
  const workers = Array.from(
    { length: part.between(10, 40) },
    (_, index): ScriptStep => ({
      at: 2 * SERVING_MS + index,
      do: 'application',
      workload: draws.of(`worker ${index}`).workload(DURATION_MS),
    }),
  );
  return besideAlice(seed, {}, [
    { user: 'eve', steps: [{ at: 2 * SERVING_MS, do: 'attack', attack }] },
    { user: 'bob', steps: workers },
  ]);
}

/** Alice records all programs through the global registry. */
function besideAlice(
  seed: number,
  kind: { readonly flightRecorder?: true },
  others: readonly Script[],
): ScenarioInput {
  const draws = new Draw(seed);
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
      { name: 'eve', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, eve: 1005, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'alice', steps: sessionOf(draws.of('session'), kind) },
      { user: 'alice', steps: applicationsOf(draws.of('applications of alice'), 1) },
      ...others,
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

function sessionOf(part: PartDraw, kind: { readonly flightRecorder?: true }): ScriptStep[] {
  return [
    operationsAt(SERVING_MS, [
      ...recordingAll(SESSION, OUTPUT, part.channel('small'), kind),
      { op: 'session.start', session: SESSION },
    ]),
    operationsAt(END_MS, [{ op: 'session.destroy', session: SESSION }]),
  ];
}

function inOrder(steps: readonly ScriptStep[]): ScriptStep[] {
  return steps.toSorted((one, other) => one.at - other.at);
}
