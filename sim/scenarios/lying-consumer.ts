/**
 * H6: the consumer of a session lies to the registry, and leaves; the user brings one that does not. What the lying
 * one has not taken is in the trace, and no user hears that it is there before it is.
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
/** The session is there, and the lying process is its consumer, by then. */
const MADE_MS = SERVING_MS + 10;
const CONSUMED_MS = MADE_MS + 10;

export const h6: Scenario = {
  id: 'H6',
  title: 'a consumer that lies and leaves, and one that comes after it',
  marks: ['event-recorded', 'consumer-lied'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const part = draws.of('liar');
  const [first, ...others] = FALSE_REPORTS;
  const lie = part.pick([first, ...others]);
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
            do: 'hostile',
            trick: { kind: 'consume', session: `@alice/${SESSION}`, lie, staysMs },
          },
        ],
      },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

function commandsOf(part: PartDraw): ScriptStep[] {
  const session = SESSION;
  // No timer: only the lying consumer is to say when anything is written.
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
  // A trace is not ended by whoever leaves while it is.
  steps.push(operationsAt(at, [{ op: 'session.stop', session }]));
  steps.push(operationsAt(at, [{ op: 'session.destroy', session }]));
  return steps;
}
