/**
 * H9: a user misuses the pipe on which the applications of all users wait, before it, while it and after it a registry
 * starts. The applications register as soon as the bound on a wait says.
 */
import { PIPE_MISUSES } from '../input/attack.ts';
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import { operationsAt, recordingAll } from './parts.ts';

export const h9: Scenario = {
  id: 'H9',
  title: 'a user who misuses the common pipe delays no registration of others',
  marks: ['event-recorded', 'registry-of-a-user', 'application-waited-on-pipe'],
  draw,
};

const PIPE = '/tmp/.lttng-ts-apps';
/** A registry starts by then, and applications have registered so long after. */
const STARTED_MS_MAX = 8000;
const REGISTERED_MS = 3500;
const END_MS = STARTED_MS_MAX + REGISTERED_MS + 1000;

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const startedMs = whole.between(100, STARTED_MS_MAX);
  const recordingMs = startedMs + REGISTERED_MS;
  const misuses = Array.from({ length: whole.between(1, 2) }, (): ScriptStep => {
    const at = whole.between(0, startedMs);
    const misuse = whole.pick(PIPE_MISUSES);
    const attack = { kind: 'pipe-misuse', path: PIPE, misuse, staysMs: END_MS } as const;
    return { at, do: 'attack', attack };
  });
  const application = (): Script => ({
    user: 'alice',
    steps: [
      {
        at: whole.between(0, startedMs),
        do: 'application',
        workload: emittingAfter(whole.between(0, 100)),
      },
    ],
  });
  const session = 'of-alice';
  const begin = recordingAll(session, '/home/alice/trace', whole.channel('small'));
  const commands: readonly ScriptStep[] = [
    { at: startedMs, do: 'sessiond' },
    operationsAt(recordingMs, [...begin, { op: 'session.start', session }]),
    operationsAt(END_MS, [{ op: 'session.destroy', session }]),
  ];
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'eve', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, eve: 1005, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'eve', steps: misuses.toSorted((one, other) => one.at - other.at) },
      ...Array.from({ length: whole.between(1, 3) }, application),
      { user: 'alice', steps: commands },
    ],
    samplesAt: [END_MS],
  };
}

/** An application that emits until the recording ends. */
function emittingAfter(offsetMs: number): Workload {
  const emissions = Array.from({ length: 2 * (END_MS / 1000) }, (_, index) => ({
    at: offsetMs + 500 * index,
    do: 'emit' as const,
    count: 2,
    of: 'a',
    characters: 5,
  }));
  return { steps: [...emissions, { at: END_MS, do: 'exit', code: 0 }] };
}
