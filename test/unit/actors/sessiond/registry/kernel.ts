/** What a registry says of the kernel, and the kernel parts of its sessions (R1.24). */

import { expect, it } from 'vitest';
import { SESSIONS_MAX } from '../../../../../actors/sessiond/limits.ts';
import type { KernelDescription } from '../../../../../src/port/kernel-tracer.ts';
import type { Operation, SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { log, osError, tell } from '../../../../support/step-events.ts';
import {
  ALICE,
  APP,
  BOB,
  changed,
  creating,
  DIRECTORY,
  directoryMade,
  end,
  ended,
  INPUT,
  infoOf,
  inspected,
  joining,
  LOCKING,
  made,
  notify,
  PLACE,
  ROOT,
  refusal,
  reply,
  requested,
  SERVING,
  SESSION,
  serving,
  startSession,
  steps,
  terminated,
  UUID,
  uuidOf,
} from './words.ts';

const KERNEL: KernelDescription = {
  release: '6.1',
  version: '#1 SMP',
  machine: 'x86_64',
  tracers: ['nop'],
  clocks: ['local', 'mono'],
  cpus: [0, 1],
  pageLayout: 'layout',
  pageKbMax: 512,
  hasKprobes: false,
  hasUprobes: true,
};
const KEY = 'kernel client-0 8';
const PART_UUID = uuidOf(2);
const PART = `session-${PART_UUID}`;
const LINK = `kernel-link-${PART_UUID}`;
const OPEN = { op: 'kernel.open', session: 'web' } as const;
const DESCRIBE = { op: 'kernel.describe' } as const;

const described = { type: 'kernel.described', key: KEY, kernel: KERNEL } as const;
const failed = { type: 'kernel.failed', key: KEY, error: osError('ENOENT', 'tracefs') } as const;
const uuidMade = { type: 'random.uuidMade', key: KEY, uuid: PART_UUID } as const;
const linkEnded = { type: 'kernel.linkEnded', link: LINK } as const;
const WEB = infoOf(ALICE, 'web', UUID);
const PART_INFO = { ...infoOf(ALICE, 'web', PART_UUID), domain: 'kernel' as const };

const WITH_SESSION = [...SERVING, ...made(ALICE, 'web')] as const;
const OPENING = [...WITH_SESSION, requested(ALICE, OPEN), described] as const;
const OPENED = [...OPENING, uuidMade, changed(PART_INFO)] as const;

const refused = (code: string, reason: string) => serving(refusal(code, reason));
const askDescription = { type: 'kernel.describe', key: KEY };

it('questions are asked of the kernel', () => {
  const ask = (operation: Operation) => steps(INPUT, ...SERVING, requested(ALICE, operation));
  expect(ask(DESCRIBE)).toEqual(serving(askDescription));
  expect(ask({ op: 'kernel.events', from: 0 })).toEqual(serving({ type: 'kernel.list', key: KEY }));
  expect(ask({ op: 'kernel.formats', events: ['a:b'] })).toEqual(
    serving({ type: 'kernel.readFormats', key: KEY, events: ['a:b'] }),
  );
});

it('questions are answered with what it has', () => {
  expect(steps(INPUT, ...SERVING, requested(ALICE, DESCRIBE), described)).toEqual(
    serving(
      reply({
        kernel: {
          release: '6.1',
          version: '#1 SMP',
          machine: 'x86_64',
          tracers: ['nop'],
          clocks: ['local', 'mono'],
          cpus: [0, 1],
          kprobes: false,
          uprobes: true,
        },
      }),
    ),
  );
  const events = ['a:b', 'a:c'];
  const listed = { type: 'kernel.listed', key: KEY, events } as const;
  const list = (from: number) => requested(ALICE, { op: 'kernel.events', from });
  expect(steps(INPUT, ...SERVING, list(1), listed)).toEqual(serving(reply({ events: ['a:c'] })));
  const many = Array.from({ length: 1025 }, (_, index) => `a:${index}`);
  expect(steps(INPUT, ...SERVING, list(0), { ...listed, events: many })).toEqual(
    serving(reply({ events: many.slice(0, 1024), next: 1024 })),
  );
});

it('questions about formats are answered as far as they fit into a message', () => {
  const formats = requested(ALICE, { op: 'kernel.formats', events: ['a:b', 'a:no', 'a:c'] });
  const found = (bytes: number) =>
    ({
      type: 'kernel.formatsRead',
      key: KEY,
      formats: ['a:b', 'a:c'].map((event) => ({ event, text: 'x'.repeat(bytes) })),
    }) as const;
  expect(steps(INPUT, ...SERVING, formats, found(1))).toEqual(
    serving(
      reply({
        formats: [{ event: 'a:b', text: 'x' }, { event: 'a:no' }, { event: 'a:c', text: 'x' }],
      }),
    ),
  );
  const large = found(60_000);
  expect(steps(INPUT, ...SERVING, formats, large)).toEqual(
    serving(reply({ formats: [{ event: 'a:b', text: 'x'.repeat(60_000) }, { event: 'a:no' }] })),
  );
});

it('questions are refused where the kernel has no tracer', () => {
  for (const operation of [DESCRIBE, { op: 'kernel.events', from: 0 } as const]) {
    expect(steps(INPUT, ...SERVING, requested(ALICE, operation), failed)).toEqual(
      refused('NO_KERNEL_TRACER', 'The tracer of this kernel cannot be used (ENOENT)'),
    );
  }
  const { error } = failed;
  const why = { ...failed, error: { ...error, detail: 'no such device' } };
  expect(steps(INPUT, ...SERVING, requested(ALICE, DESCRIBE), why)).toEqual(
    refused(
      'NO_KERNEL_TRACER',
      'The tracer of this kernel cannot be used (ENOENT: no such device)',
    ),
  );
});

it('questions are refused by the registry of a user', () => {
  const input = { ...INPUT, location: { ...PLACE, scope: 'user' as const, uid: ALICE.uid } };
  const start = [directoryMade, inspected({ uid: ALICE.uid }), ...SERVING.slice(LOCKING.length)];
  for (const operation of [DESCRIBE, OPEN]) {
    expect(steps(input, ...start, requested(ALICE, operation))).toEqual(
      refused('NOT_ALLOWED', 'Only the registry of root traces the kernel'),
    );
  }
});

it('questions that nobody asked any more are dropped', () => {
  const late = [
    described,
    failed,
    { type: 'kernel.listed', key: KEY, events: [] },
    { type: 'kernel.formatsRead', key: KEY, formats: [] },
  ] as const;
  for (const event of late) {
    expect(steps(INPUT, ...SERVING, event)).toEqual(serving());
    expect(steps(INPUT, ...WITH_SESSION, terminated, event)).toEqual({
      value: 'draining',
      effects: [],
    });
  }
});

const kernel = { user: UUID, release: '6.1', version: '#1 SMP', pageKbMax: 512 };
const startLink = {
  type: 'actor.start',
  logic: 'kernel-link',
  id: LINK,
  input: {
    link: LINK,
    session: PART,
    registry: 'registry',
    uuid: PART_UUID,
    directory: DIRECTORY,
  },
};

it('a kernel part is made as a session of the same name, owner and directory', () => {
  expect(steps(INPUT, ...WITH_SESSION, requested(ALICE, OPEN))).toEqual(serving(askDescription));
  expect(steps(INPUT, ...OPENING)).toEqual(serving({ type: 'random.uuid', key: KEY }));
  expect(steps(INPUT, ...OPENING, uuidMade)).toEqual(
    serving(startSession(ALICE, 'web', PART_UUID, { kernel }), startLink),
  );
  expect(steps(INPUT, ...OPENED)).toEqual(
    serving(
      reply({ session: PART_INFO }),
      tell(SESSION, { type: 'kernel.published', info: PART_INFO }),
    ),
  );
});

it('a kernel part belongs to the owner of the session also if root opens it', () => {
  const byRoot = [...WITH_SESSION, requested(ROOT, { ...OPEN, session: UUID }), described];
  expect(steps(INPUT, ...byRoot, uuidMade).effects[0]).toEqual(
    startSession(ALICE, 'web', PART_UUID, { kernel }),
  );
});

it('a kernel part writes where the session writes by now', () => {
  const opened = (info: Partial<SessionInfo>) => {
    const events = [...WITH_SESSION, changed({ ...WEB, ...info }), requested(ALICE, OPEN)];
    return steps(INPUT, ...events, described, uuidMade).effects[0];
  };
  const relay = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
  expect(opened({ destination: { to: relay, state: 'connected' } })).toEqual(
    startSession(ALICE, 'web', PART_UUID, { kernel, relay }),
  );
  expect(opened({ destination: { to: { output: '/other' }, state: 'enabled' } })).toEqual(
    startSession(ALICE, 'web', PART_UUID, { kernel, output: '/other' }),
  );
});

it('a kernel part is answered when it is there already, and is not made twice', () => {
  expect(steps(INPUT, ...OPENED, requested(ALICE, OPEN))).toEqual(
    serving(reply({ session: PART_INFO })),
  );
  const busy = 'The kernel part of session "web" is beginning or ending';
  for (const events of [OPENING, [...OPENING, uuidMade]]) {
    expect(steps(INPUT, ...events, requested(ALICE, OPEN))).toEqual(refused('SESSION_BUSY', busy));
  }
  const destroying = changed({ ...PART_INFO, state: 'destroying' });
  expect(steps(INPUT, ...OPENED, destroying, requested(ALICE, OPEN))).toEqual(
    refused('SESSION_BUSY', busy),
  );
  // Both asked before the kernel answered.
  const second = { ...requested(ALICE, OPEN), id: 9 };
  const answeredLate = { ...described, key: 'kernel client-0 9' };
  const twice = [...WITH_SESSION, requested(ALICE, OPEN), second, described] as const;
  const [late] = steps(INPUT, ...twice, answeredLate).effects;
  expect(late).toMatchObject({ event: { id: 9, code: 'SESSION_BUSY' } });
  const [present] = steps(INPUT, ...twice, uuidMade, changed(PART_INFO), answeredLate).effects;
  expect(present).toMatchObject({ event: { id: 9, value: { session: PART_INFO } } });
});

it.each([
  ['a session that is not there', { session: 'x' }, WEB, 'NO_SESSION', 'There is no session "x"'],
  [
    'a flight recorder',
    {},
    { ...WEB, flightRecorder: true as const },
    'NOT_ALLOWED',
    'Session "web" is a flight recorder, which has no kernel part',
  ],
  [
    'a live session',
    {},
    { ...WEB, liveTimerUs: 1000 },
    'NOT_ALLOWED',
    'Session "web" is live, and has no kernel part',
  ],
  [
    'a session that ends',
    {},
    { ...WEB, state: 'destroying' as const },
    'SESSION_BUSY',
    'Session "web" is beginning or ending',
  ],
])('a kernel part is refused for %s', (_, of, info, code, reason) => {
  const events = [...WITH_SESSION, changed(info), requested(ALICE, { ...OPEN, ...of })] as const;
  expect(steps(INPUT, ...events)).toEqual(refused(code, reason));
});

it('a kernel part is refused for the session of another user, and for a kernel part', () => {
  expect(steps(INPUT, ...WITH_SESSION, requested(BOB, OPEN))).toEqual(
    refused('NOT_ALLOWED', 'Session "web" belongs to another user'),
  );
  const ofPart = requested(ALICE, { ...OPEN, session: PART_UUID });
  expect(steps(INPUT, ...OPENED, ofPart)).toEqual(
    refused('NOT_ALLOWED', 'Session "web" is a kernel part itself'),
  );
});

it('a kernel part is refused when the session has gone, or there is no room, by the time the kernel answers', () => {
  const asked = [...WITH_SESSION, requested(ALICE, OPEN)] as const;
  expect(steps(INPUT, ...asked, ended(UUID), described)).toEqual(
    refused('NO_SESSION', 'There is no session "web"'),
  );
  const most = Array.from({ length: SESSIONS_MAX - 1 }, (_, index) =>
    creating(ALICE, `${index}`, index + 100),
  );
  expect(steps(INPUT, ...asked, ...most, described)).toEqual(
    refused('LIMIT', `A registry has at most ${SESSIONS_MAX} sessions`),
  );
  expect(steps(INPUT, ...asked, ...most.slice(1), described)).toEqual(
    serving({ type: 'random.uuid', key: KEY }),
  );
  expect(steps(INPUT, ...asked, failed)).toEqual(
    refused('NO_KERNEL_TRACER', 'The tracer of this kernel cannot be used (ENOENT)'),
  );
});

it('a kernel part is described with its session, and has no name of its own', () => {
  const both = { ...WEB, kernel: PART_INFO };
  const ask = (operation: Operation) => steps(INPUT, ...OPENED, requested(ALICE, operation));
  expect(ask({ op: 'session.list', from: 0 })).toEqual(serving(reply({ sessions: [both] })));
  expect(ask({ op: 'session.get', session: 'web' })).toEqual(serving(reply({ session: both })));
  expect(ask({ op: 'session.get', session: PART_UUID })).toEqual(
    serving(reply({ session: PART_INFO })),
  );
  expect(ask({ op: 'session.start', session: PART_UUID }).effects).toMatchObject([{ to: PART }]);
  expect(ask({ op: 'session.start', session: 'web' }).effects).toMatchObject([{ to: SESSION }]);
});

it('a kernel part hears nothing of applications', () => {
  expect(steps(INPUT, ...OPENED, ...joining())).toEqual(
    serving(
      tell(APP.link, { type: 'sessions.listed', uuids: [UUID] }),
      tell(SESSION, { type: 'app.joined', app: APP }),
    ),
  );
  expect(
    steps(INPUT, ...WITH_SESSION, ...joining(), requested(ALICE, OPEN), described, uuidMade)
      .effects[0],
  ).toEqual(startSession(ALICE, 'web', PART_UUID, { kernel }));
});

it('a kernel part is destroyed before its session', () => {
  const destroy = (session: string) => requested(ALICE, { op: 'session.destroy', session });
  expect(steps(INPUT, ...OPENED, destroy('web'))).toEqual(
    refused('SESSION_BUSY', 'Session "web" has a kernel part: that is destroyed first'),
  );
  expect(steps(INPUT, ...OPENED, destroy(PART_UUID)).effects).toMatchObject([{ to: PART }]);
  const over = [...OPENED, ended(PART_UUID)] as const;
  expect(steps(INPUT, ...over)).toEqual(
    serving(
      { type: 'actor.stop', id: PART },
      tell(LINK, { type: 'part.over' }),
      tell(SESSION, { type: 'kernel.published', info: undefined }),
    ),
  );
  expect(steps(INPUT, ...over, destroy('web')).effects).toMatchObject([{ to: SESSION }]);
  // The link has removed the instances by then.
  expect(steps(INPUT, ...OPENED, linkEnded, ended(PART_UUID)).effects).toHaveLength(2);
});

it('a kernel part ends before its session when the registry ends, and keeps it if it stays', () => {
  const draining = [...OPENED, terminated] as const;
  const ending = { type: 'registry.ending' };
  expect(steps(INPUT, ...draining)).toMatchObject({
    value: 'draining',
    effects: [notify('stopping'), log('registry.ending'), tell(PART, ending)],
  });
  expect(steps(INPUT, ...draining, changed({ ...WEB, state: 'stopped' })).effects).toEqual([]);
  expect(steps(INPUT, ...draining, ended(PART_UUID)).effects[0]).toEqual(tell(SESSION, ending));
  const isKept = { ...ended(PART_UUID), isKept: true } as const;
  expect(steps(INPUT, ...draining, isKept).effects[0]).toEqual(
    tell(SESSION, { ...ending, isKept: true }),
  );
  expect(steps(INPUT, ...draining, ended(UUID)).effects[0]).toEqual({
    type: 'actor.stop',
    id: SESSION,
  });
  // Instances may still be removed.
  const both = [...draining, ended(PART_UUID), ended(UUID)] as const;
  expect(steps(INPUT, ...both).value).toBe('draining');
  expect(steps(INPUT, ...both, linkEnded)).toEqual({ value: 'ended', effects: end() });
});
