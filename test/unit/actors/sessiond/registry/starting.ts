/** The start of a registry, with and without success (R1.5, R1.11). */

import { expect, it } from 'vitest';
import { CREATORS_MAX, SESSIONS_MAX } from '../../../../../actors/sessiond/limits.ts';
import { COMMON_PIPE_MODE } from '../../../../../src/wire/endpoints.ts';
import { SESSIOND_EXIT } from '../../../../../src/wire/exit-status.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { log, osError } from '../../../../support/step-events.ts';
import {
  ALICE,
  APP,
  changed,
  DIRECTORY,
  directoryMade,
  end,
  ended,
  INPUT,
  infoOf,
  inspected,
  LISTENING,
  LOCKING,
  listening,
  loaded,
  lockedWith,
  notify,
  OWN_MARK,
  PLACE,
  RECORDS,
  RESTORING,
  reply,
  requested,
  SERVING,
  SESSION,
  serving,
  startSession,
  steps,
  swept,
  terminated,
  UUID,
  uuidOf,
} from './words.ts';

const at = (starting: string, ...effects: object[]) => ({ value: { starting }, effects });
const LOCK = `${DIRECTORY}/registry.lock`;
const gaveUp = (code: number, reason: string) => ({
  value: 'ended',
  effects: [log('registry.startFailed', { reason }), ...end(code)],
});
const cannotStart = (reason: string) => gaveUp(SESSIOND_EXIT.cannotStart, reason);

it('creates its directory first, and checks its owner', () => {
  const make = { type: 'file.makeDirectory', path: DIRECTORY, mode: 0o755 };
  expect(steps(INPUT)).toEqual(at('preparing', make));
  expect(steps(INPUT, directoryMade)).toEqual(
    at('preparing', { type: 'file.inspect', path: DIRECTORY }),
  );
});

it('takes the lock of a directory that only it can write (R1.11)', () => {
  expect(steps(INPUT, ...LOCKING)).toEqual(
    at('locking', { type: 'file.lock', path: LOCK, mode: 0o600 }),
  );
});

it.each([
  ['belongs to another user', { uid: 1000 }],
  ['can be written by others', { mode: 0o777 }],
  ['is a file', { kind: 'file' }],
] as const)('does not start in a directory that %s', (_, info) => {
  expect(steps(INPUT, directoryMade, inspected(info))).toEqual(
    cannotStart(`${DIRECTORY} is not a directory that only this user can write`),
  );
});

it('does not start when it cannot create its directory', () => {
  const failed = { type: 'file.directoryFailed', path: DIRECTORY } as const;
  expect(steps(INPUT, { ...failed, error: osError('EACCES', DIRECTORY) })).toEqual(
    cannotStart(`Cannot create ${DIRECTORY} (EACCES)`),
  );
});

it.each([
  ['EAGAIN', SESSIOND_EXIT.alreadyRunning, `Another registry serves ${DIRECTORY}`],
  ['ENOSPC', SESSIOND_EXIT.cannotStart, `Cannot lock ${LOCK} (ENOSPC)`],
] as const)('does not start without the lock, and says why: %s (R1.11)', (code, status, reason) => {
  const failed = { type: 'file.lockFailed', path: LOCK, error: osError(code, LOCK) } as const;
  expect(steps(INPUT, ...LOCKING, failed)).toEqual(gaveUp(status, reason));
});

it('loads the records of an earlier registry, once it has the lock', () => {
  expect(steps(INPUT, ...RESTORING)).toEqual(
    at('restoring', { type: 'journal.load', directory: RECORDS }),
  );
});

const recordOf = (uuid: string, more: object = {}) => ({
  version: 3,
  name: 'web',
  uuid,
  owner: { uid: ALICE.uid, gid: ALICE.gid },
  output: '/home/alice/web',
  isFlightRecorder: false,
  state: 'active',
  channels: [],
  streams: [],
  nextStreamId: 1,
  ...more,
});
const { link: _, ...app } = APP;
const CHANNEL = {
  settings: {
    name: 'default',
    shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
    switchTimerUs: 0,
    readTimerUs: 0,
  },
  rules: [],
};
const STREAM = {
  streamId: 0,
  channel: 'default',
  app,
  wakePath: `${DIRECTORY}/wake-1`,
  memory: { dataSegment: segmentRef(70), positionSegment: segmentRef(71) },
  ended: false,
};
/** Marks of earlier registries. */
const MARKS = ['00000000000c', 'fedcba987654'];
const textOf = (record: object) => JSON.stringify(record);
const sweep = (
  creators: readonly string[],
  {
    streams = [],
    isWhole = true,
  }: { streams?: readonly (typeof STREAM)[]; isWhole?: boolean } = {},
) => ({
  type: 'memory.sweep',
  creators,
  streams: streams.map(({ memory }) => ({
    ...memory,
    writerUid: app.uid,
    shape: CHANNEL.settings.shape,
  })),
  pipes: {
    directory: DIRECTORY,
    prefix: 'wake-',
    passagePrefix: 'link-',
    paths: streams.map(({ wakePath }) => wakePath),
  },
  isWhole,
});
/** Of instances, when every record could be read. */
const sweepKernel = (...kept: string[]) => ({
  type: 'kernel.sweep',
  prefix: 'lttng-ts-f33827d3-',
  kept: kept.map((uuid) => `lttng-ts-f33827d3-${uuid}-`),
});
const setAside = (name: string, reason: string) => [
  { type: 'journal.setAside', directory: RECORDS, name },
  log('session.recordSetAside', { record: name, reason }),
];

it('restores the recorded sessions, and removes memory that no record names', () => {
  const record = recordOf(UUID, { channels: [CHANNEL], streams: [STREAM] });
  const records = [{ name: UUID, text: textOf(record) }];
  expect(
    steps(
      INPUT,
      ...LOCKING,
      lockedWith(`12 ${MARKS.join(' ')} x -1 A1B2C3D4E5F6`),
      loaded(records),
    ),
  ).toEqual(
    at(
      'restoring',
      startSession(ALICE, 'web', UUID, { restored: record }),
      log('session.restored', { session: 'web', state: 'active' }),
      sweep(MARKS, { streams: [STREAM] }),
      sweepKernel(),
    ),
  );
});

it('restores a kernel part with its link, whose instances stay (R1.24)', () => {
  const kernel = { user: UUID, release: '6.1', version: '#1', pageKbMax: 512 };
  const of = (uuid: string, more: object = {}) => ({
    name: uuid,
    text: textOf(recordOf(uuid, more)),
  });
  const records = [of(UUID), of(uuidOf(2), { kernel })];
  const { effects } = steps(INPUT, ...LOCKING, lockedWith(''), loaded(records));
  const record = recordOf(uuidOf(2), { kernel });
  const startPart = (more: object = {}) =>
    startSession(ALICE, 'web', uuidOf(2), { restored: record, kernel, ...more });
  const startLink = {
    type: 'actor.start',
    logic: 'kernel-link',
    id: `kernel-link-${uuidOf(2)}`,
    input: {
      link: `kernel-link-${uuidOf(2)}`,
      session: `session-${uuidOf(2)}`,
      registry: 'registry',
      uuid: uuidOf(2),
      directory: DIRECTORY,
    },
  };
  expect(effects.slice(2, 4)).toEqual([startPart(), startLink]);
  expect(effects.at(-1)).toEqual(sweepKernel(uuidOf(2)));
  // Without a user part no client can name it; a record that cannot be read now may be that of the user part.
  const alone = (isWhole: boolean) =>
    steps(INPUT, ...LOCKING, lockedWith(''), loaded(records.slice(1), isWhole)).effects[0];
  expect(alone(true)).toEqual(startPart({ isOrphan: true }));
  expect(alone(false)).toEqual(startPart());
});

it('of a user removes no instances', () => {
  const place = { ...PLACE, scope: 'user' as const, uid: ALICE.uid };
  const ours = inspected({ uid: ALICE.uid });
  const input = { ...INPUT, location: place };
  const { effects } = steps(input, directoryMade, ours, lockedWith(''), loaded());
  expect(effects.map(({ type }) => type)).toEqual(['memory.sweep']);
});

it('sets an invalid record aside, and then removes nothing', () => {
  const records = [{ name: UUID, text: '{' }];
  expect(steps(INPUT, ...RESTORING, loaded(records))).toEqual(
    at('restoring', ...setAside(UUID, 'the record is not JSON'), sweep([], { isWhole: false })),
  );
  expect(steps(INPUT, ...RESTORING, loaded([], false))).toEqual(
    at('restoring', sweep([], { isWhole: false })),
  );
});

it(`restores ${SESSIONS_MAX} sessions, and sets the record of one more aside`, () => {
  const names = Array.from({ length: SESSIONS_MAX + 1 }, (_value, index) => uuidOf(index));
  const records = names.map((name) => ({ name, text: textOf(recordOf(name)) }));
  const { effects } = steps(INPUT, ...RESTORING, loaded(records));
  const starts = effects.filter(({ type }) => type === 'actor.start');
  expect(starts).toHaveLength(SESSIONS_MAX);
  expect(effects.slice(-3)).toEqual([
    ...setAside(uuidOf(SESSIONS_MAX), `there are more than ${SESSIONS_MAX} records`),
    sweep([], { isWhole: false }),
  ]);
});

const listen = (groupAccess: object, appMode = 0o666) => [
  {
    type: 'wire.listen',
    listener: 'apps',
    path: PLACE.appPath,
    mode: appMode,
    protocol: 'app.registry',
  },
  {
    type: 'wire.listen',
    listener: 'clients',
    path: PLACE.clientPath,
    protocol: 'control.registry',
    ...groupAccess,
  },
];
const stale = [
  { type: 'file.remove', path: PLACE.clientPath },
  { type: 'file.remove', path: PLACE.appPath },
];
const note = (line: string, isAll: boolean) => ({
  type: 'file.noteInLock',
  path: LOCK,
  line,
  isAll,
});

it('writes its mark into the lock file, takes over stale sockets, and admits the group (R1.5, R1.11)', () => {
  expect(steps(INPUT, ...LISTENING)).toEqual(
    at('listening', note(OWN_MARK, true), ...stale, ...listen({ mode: 0o660, gid: 500 })),
  );
});

it('also writes the marks of earlier registries whose memory still exists', () => {
  const events = [...RESTORING, loaded(), swept(MARKS)] as const;
  expect(steps(INPUT, ...events).effects[0]).toEqual(note([...MARKS, OWN_MARK].join(' '), false));
});

it(`writes the last ${CREATORS_MAX} of them`, () => {
  const creators = Array.from({ length: CREATORS_MAX + 1 }, (_value, index) =>
    String(index).padStart(12, '0'),
  );
  const events = [...RESTORING, loaded(), swept(creators)] as const;
  const line = [...creators.slice(1), OWN_MARK].join(' ');
  expect(steps(INPUT, ...events).effects[0]).toEqual(note(line, false));
});

it('keeps the sockets that a service manager has created', () => {
  expect(steps({ ...INPUT, areSocketsGiven: true }, ...LISTENING).effects).toEqual([
    note(OWN_MARK, true),
    ...listen({ mode: 0o660, gid: 500 }),
  ]);
});

it('admits only its own user when it has no group, or is a user registry (R1.4)', () => {
  const { groupId: _group, ...place } = PLACE;
  expect(steps({ ...INPUT, location: place }, ...LISTENING).effects.slice(3)).toEqual(
    listen({ mode: 0o600 }),
  );
  const own = { ...INPUT, location: { ...place, scope: 'user' as const } };
  expect(steps(own, ...LISTENING).effects.slice(3)).toEqual(listen({ mode: 0o600 }, 0o600));
});

it('serves once the client socket exists, and wakes all applications (R1.16)', () => {
  expect(steps(INPUT, ...LISTENING, listening('apps'))).toEqual(at('listening'));
  const fields = { scope: 'global', directory: DIRECTORY, pid: 77 };
  expect(steps(INPUT, ...SERVING)).toEqual(
    serving(
      { type: 'pipe.signal', path: PLACE.pipePath, mode: COMMON_PIPE_MODE },
      log('registry.ready', fields),
      notify('ready'),
    ),
  );
});

it('does not start when it cannot listen', () => {
  const failed = { type: 'wire.listenFailed', listener: 'apps' } as const;
  const error = osError('EADDRINUSE', PLACE.appPath);
  expect(steps(INPUT, ...LISTENING, { ...failed, error })).toEqual(
    cannotStart(`Cannot listen at ${PLACE.appPath} (EADDRINUSE)`),
  );
});

it('ends at a signal while it starts', () => {
  for (const events of [[], LOCKING, RESTORING, LISTENING]) {
    expect(steps(INPUT, ...events, terminated)).toEqual({ value: 'ended', effects: end() });
  }
});

it('accepts events of restored sessions before it serves', () => {
  const records = [{ name: UUID, text: textOf(recordOf(UUID)) }];
  const restored = [...RESTORING, loaded(records), changed(infoOf(ALICE, 'web', UUID))] as const;
  const rest = [swept(), listening('clients'), requested(ALICE, { op: 'session.list', from: 0 })];
  expect(steps(INPUT, ...restored, ...rest)).toEqual(
    serving(reply({ sessions: [infoOf(ALICE, 'web', UUID)] })),
  );
  expect(steps(INPUT, ...restored, ended(UUID))).toEqual(
    at('restoring', { type: 'actor.stop', id: SESSION }),
  );
  expect(steps(INPUT, ...restored, ended(UUID), ...rest)).toEqual(serving(reply({ sessions: [] })));
});
