/**
 * H6: the consumer of a session sends false reports to the registry and disconnects. The user starts a correct one. The
 * trace contains everything that the lying consumer did not consume, and no command reports data complete too early.
 */

import { FALSE_REPORTS } from '../input/attack.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { type Scenario, type ScenarioInput, type ScriptStep } from '../input/scenario.ts';
import {
  applicationsOf,
  BOTH_IN_GROUP,
  DURATION_MS,
  operationsAt,
  recordingAll,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SESSION = 'lied-to';
/** By then the session exists, and the lying process is its consumer. */
const MADE_MS = SERVING_MS + 10;
const CONSUMED_MS = MADE_MS + 10;

export const h6: Scenario = {
  id: 'H6',
  title: 'a consumer sends false reports and leaves, and another one takes over',
  marks: ['event-recorded', 'consumer-lied'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const part = draws.of('liar');
  const [first, ...others] = FALSE_REPORTS;
  const falseReport = part.pick([first, ...others]);
  const staysMs = part.between(20, 2 * DURATION_MS);
  return {
    seed,
    ...BOTH_IN_GROUP,
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      {
        user: draws.of('owner').pick(['alice', 'bob']),
        steps: applicationsOf(draws.of('applications'), 1),
      },
      { user: 'alice', steps: commandsOf(draws.of('commands')) },
      {
        user: 'alice',
        steps: [
          {
            at: MADE_MS,
            do: 'attack',
            attack: { kind: 'lying-consumer', session: `@alice/${SESSION}`, falseReport, staysMs },
          },
        ],
      },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

function commandsOf(part: PartDraw): ScriptStep[] {
  const session = SESSION;
  // No timer: only the lying consumer reports when data is written.
  const channel = { ...part.channel('small'), switchTimerUs: 0, readTimerUs: 0 };
  const steps = [
    operationsAt(SERVING_MS, [...recordingAll(session, '/home/alice/lied-to', channel)]),
    operationsAt(CONSUMED_MS, [{ op: 'session.start', session }]),
  ];
  let at = CONSUMED_MS;
  for (let stops = part.between(0, 2); stops > 0; stops--) {
    at += part.between(10, DURATION_MS);
    steps.push(operationsAt(at, [{ op: 'session.stop', session }]));
    steps.push(operationsAt(at, [{ op: 'session.start', session }]));
  }
  at += part.between(10, DURATION_MS);
  // A consumer that disconnects during the destruction does not complete the trace.
  steps.push(operationsAt(at, [{ op: 'session.stop', session }]));
  steps.push(operationsAt(at, [{ op: 'session.destroy', session }]));
  return steps;
}
