/**
 * H10: root records into a directory that is in the home of another user. That user moves it away again and again, and
 * puts a link to a directory of root in its place.
 */
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import {
  applicationsOf,
  DURATION_MS,
  operationsAt,
  recordingAll,
  SERVING_MS,
  sideBySide,
} from './parts.ts';

export const h10: Scenario = {
  id: 'H10',
  title: 'root writes only into the directory that it opened, whatever others put in its place',
  marks: ['event-recorded', 'registry-global'],
  draw,
};

const OUTPUT = '/home/dave/trace';
/** The consumer has opened the output by then. */
const OPENED_MS = SERVING_MS + 30;
const END_MS = 2 * DURATION_MS;

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const session = 'of-root';
  const begin = recordingAll(session, OUTPUT, whole.channel('small'));
  const at = whole.between(OPENED_MS, OPENED_MS + 20);
  const attack = {
    kind: 'swapped-directory',
    path: OUTPUT,
    target: '/root',
    staysMs: END_MS - at - 20,
  } as const;
  const programs = (user: string): Script[] =>
    sideBySide(user, applicationsOf(draws.of(`applications of ${user}`), 1));
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'dave', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, dave: 1005, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      {
        user: 'root',
        steps: [
          operationsAt(SERVING_MS, [...begin, { op: 'session.start', session }]),
          operationsAt(END_MS, [{ op: 'session.destroy', session }]),
        ],
      },
      { user: 'dave', steps: [{ at, do: 'attack', attack }] },
      ...programs('alice'),
      ...programs('dave'),
    ],
    samplesAt: [],
  };
}
