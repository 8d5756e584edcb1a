/** The handshake of a registration, with and without success (R1.12 to R1.15). */

import { expect, it } from 'vitest';
import { VERSION_TEXT } from '../../../../../src/base/version.ts';
import { APP_PROTOCOL_MAJOR } from '../../../../../src/wire/app/messages.ts';
import { passed } from '../../../../support/step.ts';
import { adopt, close, log, open, send } from '../../../../support/step-events.ts';
import {
  CONNECTING,
  closeBoth,
  describeTracepoints,
  directoryFound,
  directoryInspected,
  INPUT,
  inspected,
  main,
  NEGOTIATING,
  nothingFound,
  own,
  PASSING,
  PIPE,
  probe,
  REGISTERED,
  REGISTERING,
  resting,
  SCOPE,
  SOCKET,
  says,
  settle,
  stateOf,
  steps,
  welcomeOf,
} from './words.ts';

it('waits on the common pipe before it checks the socket (R1.12, R1.16)', () => {
  expect(steps(INPUT)).toEqual({ value: { probing: 'directory' }, effects: probe });
  expect(steps(INPUT, directoryFound)).toEqual({
    value: { probing: 'socket' },
    effects: [{ type: 'file.inspect', path: SOCKET }],
  });
});

it('connects to a socket of the right owner, and gives the handshake ten seconds (R1.14)', () => {
  expect(steps(INPUT, ...CONNECTING)).toEqual({
    value: { handshaking: 'connecting' },
    effects: [open(main(), SOCKET, 'app.library', false)],
    delays: [10_000],
  });
});

it.each([
  ['there is none', nothingFound],
  ['it belongs to another user', inspected({ uid: 1000 })],
  ['it is no socket', inspected({ kind: 'file' })],
])('does not touch the socket when %s: it waits on the pipe (R1.12)', (_, event) => {
  expect(steps(INPUT, directoryFound, event)).toEqual(resting([settle]));
});

it.each([
  ['of another user', { uid: 1000, mode: 0o755 }],
  ['that its group may change', { uid: 0, mode: 0o775 }],
  ['that everybody may change', { uid: 0, mode: 0o1777 }],
])('does not look at a socket in a directory %s (R1.12)', (_, info) => {
  const fields = {
    scope: SCOPE,
    path: '/run/lttng-ts',
    uid: info.uid,
    mode: info.mode.toString(8),
  };
  expect(steps(INPUT, directoryInspected(info))).toEqual(
    resting([log('registration.unsafeDirectory', fields), settle]),
  );
});

it('accepts a directory of root around the socket of a user', () => {
  expect(steps({ ...INPUT, ownerUid: 1000 }, directoryFound).value).toEqual({ probing: 'socket' });
});

it('negotiates the version first (R1.13)', () => {
  expect(steps(INPUT, ...NEGOTIATING)).toEqual({
    value: { handshaking: 'negotiatingVersion' },
    effects: [adopt(main()), send(main(), { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 })],
  });
});

it('opens a channel of its own once the versions agree (R1.15)', () => {
  expect(steps(INPUT, ...PASSING)).toEqual({
    value: { handshaking: 'passingSocket' },
    effects: [
      {
        type: 'wire.passSocket',
        connection: own(),
        path: SOCKET,
        protocol: 'channel.library',
      },
    ],
  });
});

it.each([
  ['nothing when it was not spawned for one', {}],
  ['the session that it was spawned for (R1.17)', { sessionUuid: 'a-session' }],
])('registers, and names %s', (_, session) => {
  const message = {
    type: 'register',
    token: 'f00d',
    processName: 'web',
    tid: 41,
    incarnation: '5',
    libraryVersion: VERSION_TEXT,
  };
  expect(steps({ ...INPUT, ...session }, ...REGISTERING)).toEqual({
    value: { handshaking: 'registering' },
    effects: [send(main(), { ...message, ...session })],
  });
});

it('keeps the channel as the only connection, and describes its tracepoints (R1.15)', () => {
  expect(steps(INPUT, ...REGISTERED)).toEqual({
    value: { registered: 'unidentified' },
    effects: [
      close(main()),
      { type: 'pipe.unawait', path: PIPE },
      adopt(own()),
      describeTracepoints,
    ],
    delays: [10_000],
  });
});

it.each([
  [
    'another version',
    [...NEGOTIATING, welcomeOf(APP_PROTOCOL_MAJOR + 1)],
    `this library speaks version ${APP_PROTOCOL_MAJOR}, the registry version ${APP_PROTOCOL_MAJOR + 1}`,
  ],
  [
    'that it is refused',
    [...NEGOTIATING, says({ type: 'refused', reason: 'there are too many' })],
    'there are too many',
  ],
  [
    'a word out of turn',
    [...REGISTERING, says(stateOf(1, []))],
    'the registry sent an unexpected "state" message',
  ],
])('ends the attempt when the registry says %s (R1.13)', (_, events, reason) => {
  const line = log('registration.refused', { scope: SCOPE, reason });
  expect(steps(INPUT, ...events)).toEqual(resting([line, ...closeBoth, settle]));
});

it('cuts off a registry that does not complete the handshake in ten seconds (R1.14)', () => {
  expect(steps(INPUT, ...REGISTERING, passed(10_000))).toEqual(resting([...closeBoth, settle]));
});
