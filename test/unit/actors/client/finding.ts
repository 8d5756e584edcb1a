/** How a client finds the registry that serves its user, or starts it, or finds none (R1.4). */

import { expect, it } from 'vitest';
import { CONTROL_PROTOCOL_MAJOR } from '../../../../src/wire/control/messages.ts';
import { SESSIOND_EXIT } from '../../../../src/wire/exit-status.ts';
import { passed } from '../../../support/step.ts';
import { close, closed, LOST, open, opened, openFailed } from '../../../support/step-events.ts';
import {
  CONNECT_MS_MAX,
  chose,
  connection,
  doneAlone,
  failure,
  GLOBAL,
  greeting,
  inputOf,
  interrupted,
  joined,
  LIST,
  NONE_FOUND,
  processEnded,
  REPLY_MS_MAX,
  request,
  rootInputOf,
  SESSIOND,
  SPAWN_MS_MAX,
  SPAWN_RETRY_MS,
  says,
  spawn,
  spawnFailed,
  steps,
  USER,
  welcomed,
  welcomeOf,
  withoutSessiond,
  working,
} from './words.ts';

const spawnSessiond = (count = 1) => spawn(`sessiond-${count}`, SESSIOND);
/** The client has started the user's registry, and looks for its socket. */
const SPAWNING = NONE_FOUND;
const LOOKING = [...SPAWNING, passed(SPAWN_RETRY_MS)];
const at = (state: object, effects: readonly object[], ...delays: number[]) => ({
  value: state,
  effects,
  ...(delays.length === 0 ? {} : { delays }),
});
const notFound = (reason: string, attempt = 1) =>
  doneAlone([failure('NO_REGISTRY', reason)], attempt);
const nextCandidate = at(
  { finding: 'connecting' },
  [open(connection(2), USER.clientPath, 'control.client')],
  CONNECT_MS_MAX,
);

it('tries the global registry first (R1.4)', () => {
  expect(steps(inputOf())).toEqual(
    at(
      { finding: 'connecting' },
      [open(connection(), GLOBAL.clientPath, 'control.client')],
      CONNECT_MS_MAX,
    ),
  );
});

it('greets a registry of the expected user', () => {
  expect(steps(inputOf(), opened(connection(), 0))).toEqual(
    at({ finding: 'connecting' }, greeting()),
  );
});

it('carries out its plan with the first registry that welcomes it', () => {
  expect(steps(inputOf(LIST), ...joined())).toEqual(
    working(
      'requesting',
      [welcomed(), chose(LIST), request(1, { op: 'app.list', from: 0 })],
      REPLY_MS_MAX,
    ),
  );
});

/** Answers of a global registry that does not serve this user, and the reasons in the final error. */
const UNUSABLE = [
  ['is not there', [openFailed(connection(), 'ENOENT')], 'no process listens', []],
  [
    'admits only its group',
    [openFailed(connection(), 'EACCES')],
    'this user is not in its group',
    [],
  ],
  [
    'has too long a path',
    [openFailed(connection(), 'ENAMETOOLONG')],
    'its path is too long for a socket',
    [],
  ],
  ['cannot be reached for another reason', [openFailed(connection(), 'EMFILE')], 'EMFILE', []],
  ['closes the connection', [opened(connection(), 0), closed(connection())], LOST, []],
  [
    'runs as another user',
    [opened(connection(), 1001)],
    'run by another user, uid 1001',
    [close(connection())],
  ],
  ['does not answer', [passed(CONNECT_MS_MAX)], 'no answer', [close(connection())]],
  [
    'refuses this user',
    [opened(connection(), 0), says({ type: 'refused', code: 'NOT_ALLOWED', reason: 'not you' })],
    'not you',
    [close(connection())],
  ],
  [
    'has another version',
    [opened(connection(), 0), welcomeOf(CONTROL_PROTOCOL_MAJOR + 1)],
    'an unexpected answer',
    [close(connection())],
  ],
] as const;

it.each(UNUSABLE)("tries the user's own registry when the global one %s (R1.4)", (...unusable) => {
  const [, events, , effects] = unusable;
  const { value, effects: next, delays } = nextCandidate;
  expect(steps(inputOf(), ...events)).toEqual({ value, effects: [...effects, ...next], delays });
});

it.each(UNUSABLE)('fails, with the reason, when the only registry %s', (...unusable) => {
  const [, events, reason, effects] = unusable;
  const input = { ...rootInputOf(), sessiond: undefined };
  const { value, effects: last } = notFound(
    `No registry serves this user (${GLOBAL.clientPath}: ${reason})`,
  );
  expect(steps(input, ...events)).toEqual({ value, effects: [...effects, ...last] });
});

it('names the reasons of all registries when none may be started (R2.1)', () => {
  const reasons = `${GLOBAL.clientPath}: no process listens; ${USER.clientPath}: no process listens`;
  expect(steps(withoutSessiond(), ...NONE_FOUND)).toEqual(
    notFound(`No registry serves this user (${reasons})`, 2),
  );
});

it("starts the user's registry when none is there (R1.4)", () => {
  expect(steps(inputOf(), ...SPAWNING)).toEqual(
    at({ spawning: 'waiting' }, [spawnSessiond()], SPAWN_MS_MAX, SPAWN_RETRY_MS),
  );
});

it('looks for the registry that it has started until its socket is there', () => {
  const look = [open(connection(3), USER.clientPath, 'control.client')];
  expect(steps(inputOf(), ...LOOKING)).toEqual(at({ spawning: 'connecting' }, look));
  const again = at({ spawning: 'waiting' }, [], SPAWN_RETRY_MS);
  expect(steps(inputOf(), ...LOOKING, openFailed(connection(3), 'ENOENT'))).toEqual(again);
  expect(steps(inputOf(), ...LOOKING, closed(connection(3)))).toEqual(again);
});

it('uses no registry of another user, or of another version, that answers instead', () => {
  const again = at({ spawning: 'waiting' }, [close(connection(3))], SPAWN_RETRY_MS);
  expect(steps(inputOf(), ...LOOKING, opened(connection(3), 0))).toEqual(again);
  const other = [
    opened(connection(3), 1000),
    welcomeOf(CONTROL_PROTOCOL_MAJOR + 1, 'user', 3),
  ] as const;
  expect(steps(inputOf(), ...LOOKING, ...other)).toEqual(again);
});

it('works with the registry that it has started', () => {
  const ours = opened(connection(3), 1000);
  expect(steps(inputOf(LIST), ...LOOKING, ours)).toEqual(
    at({ spawning: 'connecting' }, greeting(3)),
  );
  const welcome = welcomeOf(CONTROL_PROTOCOL_MAJOR, 'user', 3);
  expect(steps(inputOf(LIST), ...LOOKING, ours, welcome)).toEqual(
    working(
      'requesting',
      [
        welcomed({ scope: 'user', isNew: true }),
        chose(LIST),
        request(1, { op: 'app.list', from: 0 }, 3),
      ],
      REPLY_MS_MAX,
    ),
  );
});

it.each([
  [
    'does not answer in time',
    passed(SPAWN_MS_MAX),
    `The registry that was started does not answer (${USER.clientPath}: no process listens)`,
  ],
  ['cannot be started', spawnFailed('sessiond-1'), 'Cannot start a registry: sessiond-1 (ENOENT)'],
  [
    'ends at once',
    processEnded('sessiond-1', { code: 1 }),
    'The registry that was started ended at once (status 1); see its log',
  ],
  [
    'may open too few files',
    processEnded('sessiond-1', { code: SESSIOND_EXIT.fewDescriptors }),
    'The registry that was started may open too few files; see "ulimit -n"',
  ],
  [
    'is killed',
    processEnded('sessiond-1', { signal: 'SIGKILL' }),
    'The registry that was started ended at once (SIGKILL); see its log',
  ],
])('fails when the registry that it has started %s', (_, event, reason) => {
  expect(steps(inputOf(), ...SPAWNING, event)).toEqual(notFound(reason, 2));
});

it('waits for the registry that another client has started at the same time (R1.11)', () => {
  const second = processEnded('sessiond-1', { code: SESSIOND_EXIT.alreadyRunning });
  expect(steps(inputOf(), ...SPAWNING, second)).toEqual(at({ spawning: 'waiting' }, []));
});

it('ends at a signal while it looks for a registry', () => {
  const reason = 'Interrupted before a registry was found';
  expect(steps(inputOf(), interrupted)).toEqual(doneAlone([failure('INTERRUPTED', reason)]));
  expect(steps(inputOf(), ...LOOKING, interrupted)).toEqual(
    doneAlone([failure('INTERRUPTED', 'Interrupted while the registry was starting')], 3),
  );
});

it('ignores late messages of a registry that it has given up', () => {
  const second = openFailed(connection(), 'ENOENT');
  for (const event of [openFailed(connection(), 'EACCES'), closed(connection())]) {
    expect(steps(inputOf(), second, event)).toEqual(at({ finding: 'connecting' }, []));
  }
  expect(steps(inputOf(), second, opened(connection(), 0))).toEqual(
    at({ finding: 'connecting' }, [close(connection())]),
  );
});
