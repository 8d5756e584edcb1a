/**
 * A registration as a pure step (R1.10 to R1.18). This file tests a registration that has succeeded, and its end; the
 * other files test the way there. This file imports them all, so that its last test covers every step.
 */
import './handshake.ts';
import './waiting.ts';
import { expect, it } from 'vitest';
import { registrationMachine } from '../../../../../actors/library/registration/machine.ts';
import { APP_PROTOCOL_MAJOR } from '../../../../../src/wire/app/messages.ts';
import { LIST_ENTRIES_MAX } from '../../../../../src/wire/limits.ts';
import { passed, untried } from '../../../../support/step.ts';
import {
  close,
  closed,
  log,
  opened,
  openFailed,
  osError,
  send,
} from '../../../../support/step-events.ts';
import {
  accepted,
  applied,
  apply,
  awaitPipe,
  changedTo,
  closeBoth,
  defined,
  describeTracepoints,
  detach,
  directoryFound,
  giveFailed,
  given,
  IDENTIFIED,
  INPUT,
  identified,
  identify,
  identifyFailed,
  LISTENING,
  main,
  own,
  PIPE,
  part,
  pipeSignalled,
  probe,
  REGISTERED,
  resting,
  restless,
  SCOPE,
  SOCKET,
  settle,
  socketFound,
  stateOf,
  steps,
  wants,
  welcomeOf,
} from './words.ts';

it('applies the state of the registry, and acknowledges it (R1.18)', () => {
  expect(steps(INPUT, ...REGISTERED, wants(1, []))).toEqual({
    value: { registered: 'unidentified' },
    effects: [apply(stateOf(1, []))],
  });
  expect(steps(INPUT, ...IDENTIFIED, wants(2, [part('b')]))).toEqual({
    value: { registered: 'identified' },
    effects: [apply(stateOf(2, [part('b')]))],
  });
  expect(steps(INPUT, ...REGISTERED, applied)).toEqual({
    value: { registered: 'unidentified' },
    effects: [send(own(), { type: 'applied', revision: 1 }), settle],
  });
  expect(steps(INPUT, ...REGISTERED, applied, applied).effects).toEqual([
    send(own(), { type: 'applied', revision: 1 }),
  ]);
});

it('asks who listens before it attaches memory, and then applies the newest state (R1.12, R1.18)', () => {
  const first = wants(1, [part('a')]);
  expect(steps(INPUT, ...REGISTERED, first)).toEqual({
    value: { registered: 'identifying' },
    effects: [identify],
  });
  expect(steps(INPUT, ...REGISTERED, first, identified())).toEqual({
    value: { registered: 'identified' },
    effects: [apply(stateOf(1, [part('a')]))],
  });
  const second = wants(2, [part('b')]);
  expect(steps(INPUT, ...REGISTERED, first, second, identified()).effects).toEqual([
    apply(stateOf(2, [part('b')])),
  ]);
});

it('leaves a listener that runs as another user (R1.12)', () => {
  const fields = { scope: SCOPE, path: SOCKET, 'owner-uid': 0, 'found-uid': 1000 };
  expect(steps(INPUT, ...REGISTERED, wants(1, [part('a')]), identified(1000))).toEqual(
    resting([log('registration.wrongOwner', fields), detach, ...closeBoth, settle]),
  );
});

it('says why the thread cannot record, and stays registered', () => {
  const reason = 'the program runs with --no-addons';
  const events = [...REGISTERED, wants(1, [part('a')]), identifyFailed(reason)] as const;
  expect(steps(INPUT, ...events)).toEqual({
    value: { registered: 'unable' },
    effects: [
      log('registration.unable', { reason }),
      send(own(), { type: 'unable', reason }),
      settle,
    ],
  });
  expect(steps(INPUT, ...events, wants(2, [part('b')]))).toEqual({
    value: { registered: 'unable' },
    effects: [],
  });
});

it('shortens a reason to its bound', () => {
  const events = [...REGISTERED, wants(1, [part('a')]), identifyFailed('x'.repeat(301))] as const;
  const message = { type: 'unable', reason: 'x'.repeat(300) };
  expect(steps(INPUT, ...events).effects).toContainEqual(send(own(), message));
});

it('says which sessions have streams that it could not attach, as many as a message may name', () => {
  const refused = Array.from({ length: LIST_ENTRIES_MAX + 1 }, () => ({
    session: 'a',
    code: 'EIDRM',
  }));
  const first = { ...applied, refused: refused.slice(0, 1) };
  expect(steps(INPUT, ...REGISTERED, first).effects[0]).toEqual(
    send(own(), { type: 'applied', revision: 1, refused: [{ session: 'a', code: 'EIDRM' }] }),
  );
  expect(steps(INPUT, ...REGISTERED, { ...applied, refused }).effects[0]).toEqual(
    send(own(), { type: 'applied', revision: 1, refused: refused.slice(0, LIST_ENTRIES_MAX) }),
  );
});

it('applies a state of several messages when all have arrived', () => {
  const first = wants(1, [part('a')], true);
  expect(steps(INPUT, ...REGISTERED, first)).toEqual({
    value: { registered: 'unidentified' },
    effects: [],
  });
  expect(steps(INPUT, ...IDENTIFIED, first, wants(1, [part('b')])).effects).toEqual([
    apply(stateOf(1, [part('a'), part('b')])),
  ]);
});

it('accepts the maximum of sessions', () => {
  const all = Array.from({ length: LIST_ENTRIES_MAX - 1 }, () => part('a'));
  const events = [wants(1, all, true), wants(1, [part('b')])] as const;
  expect(steps(INPUT, ...IDENTIFIED, ...events).effects).toEqual([
    apply(stateOf(1, [...all, part('b')])),
  ]);
});

it('ends the registration when the registry sends one session more', () => {
  const all = Array.from({ length: LIST_ENTRIES_MAX }, () => part('a'));
  const fields = { scope: SCOPE, 'sessions-max': LIST_ENTRIES_MAX };
  const message = 'registration.sessionsFull';
  expect(steps(INPUT, ...REGISTERED, wants(1, all, true), wants(1, [part('b')]))).toEqual(
    resting([log(message, fields), detach, ...closeBoth, settle]),
  );
});

it('describes its tracepoints again when there are new ones', () => {
  expect(steps(INPUT, ...REGISTERED, defined)).toEqual({
    value: { registered: 'unidentified' },
    effects: [describeTracepoints],
  });
  const described = { type: 'tracer.described', scope: SCOPE, defined: [] } as const;
  expect(steps(INPUT, ...REGISTERED, described)).toEqual({
    value: { registered: 'unidentified' },
    effects: [send(own(), { type: 'tracepoints', defined: [] })],
  });
});

it('detaches removed streams when the channel closes, and probes for the next registry', () => {
  expect(steps(INPUT, ...REGISTERED, applied, closed(own()))).toEqual(resting([detach]));
  expect(steps(INPUT, ...REGISTERED, closed(own()), passed(20))).toEqual({
    value: { probing: 'directory' },
    effects: probe,
  });
});

it('begins with the shortest rest again after a registration of ten seconds', () => {
  const register = [
    directoryFound,
    socketFound,
    opened(main(4)),
    welcomeOf(APP_PROTOCOL_MAJOR, 4),
    given(4),
    accepted(4),
  ] as const;
  const events = [...restless(3), ...register] as const;
  expect(steps(INPUT, ...events, closed(own(4)))).toEqual(resting([detach], 160));
  expect(steps(INPUT, ...events, passed(10_000), closed(own(4)))).toEqual(resting([detach], 20));
});

it('ends at once, with its streams, when the process changes its user (R1.15)', () => {
  const other = { ...INPUT, ownerUid: 7, socketPath: '/other/apps.sock' };
  const leave = [apply(stateOf(0, [])), detach, send(own(), { type: 'leaving' }), ...closeBoth];
  expect(steps(INPUT, ...REGISTERED, applied, changedTo(other))).toEqual(resting(leave));
  expect(steps(INPUT, ...REGISTERED, changedTo(other), passed(20)).effects).toEqual([
    ...awaitPipe,
    { type: 'file.inspect', path: '/other' },
  ]);
});

it('ends for good when the new user has no registry of this scope', () => {
  expect(steps(INPUT, ...REGISTERED, changedTo(undefined))).toEqual({
    value: 'left',
    effects: [
      apply(stateOf(0, [])),
      detach,
      send(own(), { type: 'leaving' }),
      ...closeBoth,
      settle,
      { type: 'pipe.unawait', path: PIPE },
    ],
  });
});

it('logs that it cannot wait on the common pipe, and waits for its timer', () => {
  const failed = { type: 'pipe.failed', path: PIPE, error: osError('EACCES', PIPE) } as const;
  const fields = { path: PIPE, code: 'EACCES' };
  expect(steps(INPUT, failed)).toEqual({
    value: { probing: 'directory' },
    effects: [log('registration.waitFailed', fields)],
  });
});

it('ignores events of an attempt that is over', () => {
  const late = [
    closed(main()),
    accepted(),
    openFailed(main(), 'ECONNREFUSED'),
    given(),
    giveFailed('ECONNREFUSED'),
    applied,
    { type: 'tracer.described', scope: SCOPE, defined: [] },
    defined,
    identified(),
    identifyFailed('late'),
  ] as const;
  for (const event of late) {
    expect(steps(INPUT, ...LISTENING, event)).toEqual({
      value: { waitingOnPipe: 'listening' },
      effects: [],
    });
  }
});

it('ignores late events during the next attempt', () => {
  const again = [...LISTENING, pipeSignalled, directoryFound, socketFound] as const;
  for (const event of [closed(main()), openFailed(main(), 'EAGAIN'), giveFailed('EAGAIN')]) {
    expect(steps(INPUT, ...again, event)).toEqual({
      value: { handshaking: 'connecting' },
      effects: [],
    });
  }
});

it('closes a connection that opens for an attempt that is over', () => {
  const again = [...LISTENING, pipeSignalled, directoryFound, socketFound] as const;
  expect(steps(INPUT, ...again, opened(main(1))).effects).toEqual([close(main(1))]);
  expect(steps(INPUT, ...LISTENING, opened(main(1))).effects).toEqual([close(main(1))]);
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(registrationMachine)).toEqual([]);
});
