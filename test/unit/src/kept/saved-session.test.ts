/** A session that is saved and loaded again is the same, whatever was said of it; and files that are refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../../../actors/client/plans/load-saved.ts';
import { inOrder, lastSessionIn, type Plan } from '../../../../actors/client/plans/plan.ts';
import {
  parseSaved,
  type SavedSession,
  savedSessionOf,
} from '../../../../src/kept/saved-session.ts';
import type { Operation, SessionInfo } from '../../../../src/wire/control/messages.ts';
import type { SnapshotOutput } from '../../../../src/wire/control/snapshot-output.ts';
import { TRACKERS } from '../../../../src/wire/control/trackers.ts';
import { ControlStage } from '../../../support/simulated/control-stage.ts';

const TRACES = '/home/alice/lttng-traces';
const NAMES = ['default', 'net'];
const PATTERNS = ['a', 'b:*'];

const INFO: SessionInfo = {
  name: 'web',
  uuid: '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11',
  uid: 1001,
  state: 'inactive',
  channels: [],
  streams: 0,
  streamsMade: 0,
  writers: 0,
};
const EMPTY: SavedSession = { version: 1, name: 'web', channels: [], isActive: false };

const name = fc.constantFrom(...NAMES);
const target = fc.constantFrom(
  { kind: 'all' as const },
  { kind: 'pid' as const, pid: 7 },
  { kind: 'command' as const, name: 'x.js' },
  { kind: 'spawned' as const },
);
const buffers = fc.record({
  shape: fc.record({
    subbufferBytes: fc.constantFrom(4096, 65_536),
    subbufferCount: fc.constantFrom(2, 8),
    overwrite: fc.boolean(),
  }),
  switchTimerUs: fc.constantFrom(0, 1000),
  readTimerUs: fc.constantFrom(0, 2000),
});
const scheme = fc.constantFrom(
  {},
  { bufferScheme: 'pid' as const },
  { bufferScheme: 'uid' as const },
);
const patterns = fc.uniqueArray(fc.constantFrom(...PATTERNS), { minLength: 1 });
const contexts = fc.uniqueArray(fc.constantFrom('vpid', 'vtid', 'procname'), { minLength: 1 });
const selection = fc.constantFrom(
  { logLevelMax: 14 },
  { logLevelMax: 6, logLevelMin: 6 },
  { logLevelMax: 14, filter: 'n > 1' },
);
const exclusions = fc.constantFrom(undefined, ['b:x']);
/** Those that are refused change nothing. */
const change: fc.Arbitrary<(session: string) => Operation> = fc.oneof(
  fc.tuple(name, buffers, scheme, fc.option(target, { nil: undefined })).map(
    ([channel, of, bufferScheme, to]) =>
      (session: string): Operation => ({
        op: 'channel.add',
        session,
        channel: { name: channel, ...of, ...bufferScheme },
        ...(to === undefined ? {} : { target: to }),
      }),
  ),
  name.map(
    (channel) =>
      (session: string): Operation => ({
        op: 'channel.disable',
        session,
        channels: [channel],
      }),
  ),
  fc.tuple(name, patterns, selection, target, exclusions).map(
    ([channel, of, more, to, excluded]) =>
      (session: string): Operation => ({
        op: 'event.enable',
        session,
        channel,
        patterns: of,
        ...more,
        target: to,
        ...(excluded === undefined ? {} : { exclusions: [...excluded] }),
      }),
  ),
  fc.tuple(name, patterns, fc.option(target, { nil: undefined })).map(
    ([channel, of, to]) =>
      (session: string): Operation => ({
        op: 'event.disable',
        session,
        channel,
        patterns: of,
        ...(to === undefined ? {} : { target: to }),
      }),
  ),
  fc.tuple(name, fc.option(patterns, { nil: undefined }), contexts).map(
    ([channel, of, added]) =>
      (session: string): Operation => ({
        op: 'context.add',
        session,
        channel,
        contexts: added,
        ...(of === undefined ? {} : { events: of }),
      }),
  ),
  fc.constantFrom({ everyUs: 1_000_000 }, { atBytes: 65_536 }).map(
    (schedule) =>
      (session: string): Operation => ({ op: 'rotation.enable', session, ...schedule }),
  ),
  fc.constantFrom<Partial<SnapshotOutput>>({}, { name: 'other', bytesMax: 4096 }).map(
    (more) =>
      (session: string): Operation => ({
        op: 'snapshot.add',
        session,
        output: '/home/alice/other',
        ...more,
      }),
  ),
  fc.constant((session: string): Operation => ({ op: 'snapshot.remove', session, id: '1' })),
  fc
    .tuple(
      fc.constantFrom('tracker.add' as const, 'tracker.remove' as const),
      fc.constantFrom(...TRACKERS),
      fc.option(fc.subarray([7, 1001], { minLength: 1 }), { nil: undefined }),
    )
    .map(
      ([op, tracker, ids]) =>
        (session: string): Operation => ({
          op,
          session,
          tracker,
          ...(ids === undefined ? {} : { ids }),
        }),
    ),
);

/** Asks one after the other, also after a refusal. */
async function ask(stage: ControlStage, operations: readonly Operation[]): Promise<SessionInfo> {
  const plan: Plan = ({ length }) => {
    const operation = operations[length];
    return operation === undefined ? undefined : { kind: 'request', operation };
  };
  const last = lastSessionIn(await stage.settle(stage.client.run(plan, 'start-registry')));
  if (last === undefined) throw new Error('no answer had a session');
  return last;
}

/** Makes a session, saves it, destroys it, and loads it: it is as before. */
async function expectSame(
  stage: ControlStage,
  session: string,
  changes: readonly ((session: string) => Operation)[],
  isRecorder = false,
): Promise<void> {
  const output = `${TRACES}/${session}`;
  const create: Operation = {
    op: 'session.create',
    name: session,
    output,
    ...(isRecorder ? { flightRecorder: true } : {}),
  };
  const before = await ask(stage, [
    create,
    ...changes.map((each) => each(session)),
    { op: 'session.get', session },
  ]);
  const saved = savedSessionOf(before, TRACES);
  const parsed = parseSaved(JSON.parse(JSON.stringify(saved)));
  if (!parsed.ok) throw new Error(parsed.error);
  await ask(stage, [
    { op: 'session.get', session },
    { op: 'session.destroy', session },
  ]);
  const plan = loadPlan(parsed.value, { output });
  const results = await stage.settle(stage.client.run(plan, 'start-registry'));
  expect(results.filter(({ kind }) => kind !== 'reply')).toEqual([]);
  const after = lastSessionIn(results);
  expect(after === undefined ? undefined : comparable(after)).toEqual(comparable(before));
  await ask(stage, [
    { op: 'session.get', session },
    { op: 'session.destroy', session },
  ]);
}

/** The order of rules and of contexts says nothing. */
function comparable(session: SessionInfo): unknown {
  const { name: of, flightRecorder, rotation, channels, state, trackers, snapshotOutput } = session;
  const { everyUs, atBytes } = rotation ?? {};
  return {
    of,
    flightRecorder,
    snapshotOutput,
    state,
    schedule: { everyUs, atBytes },
    trackers,
    channels: channels.map(({ rules, ...channel }) => ({
      ...channel,
      rules: rules
        .map((rule) => JSON.stringify({ ...rule, contexts: rule.contexts?.toSorted() }))
        .toSorted(),
    })),
  };
}

describe('a saved session', () => {
  it('is the same when it is loaded, whatever was said of it', async () => {
    const stage = new ControlStage();
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 16 }), fc.boolean(), (changes, isRecorder) => {
        made += 1;
        return expectSame(stage, `web-${made}`, changes, isRecorder);
      }),
      { numRuns: 60 },
    );
  });

  it('has the contexts of each rule, also of one that was enabled again after another', async () => {
    const of = { channel: 'default', target: { kind: 'all' as const } };
    const wide = { op: 'event.enable' as const, ...of, patterns: ['a'], logLevelMax: 14 };
    await expectSame(new ControlStage(), 'web', [
      (session) => ({ ...wide, session }),
      (session) => ({ op: 'context.add', ...of, session, events: ['a'], contexts: ['vpid'] }),
      (session) => ({ ...wide, session, logLevelMax: 6 }),
      (session) => ({ ...wide, session }),
    ]);
  });

  it('has every rule of one name that was disabled', async () => {
    const of = { channel: 'default', target: { kind: 'all' as const }, patterns: ['a'] };
    await expectSame(new ControlStage(), 'web', [
      (session) => ({ op: 'event.enable', ...of, session, logLevelMax: 14 }),
      (session) => ({ op: 'event.enable', ...of, session, logLevelMax: 6 }),
      (session) => ({ op: 'event.disable', ...of, session }),
    ]);
  });

  it('has its enabled rules although a disabled one has their name, in a file by hand', async () => {
    const stage = new ControlStage();
    const rule = { pattern: 'a', target: { kind: 'all' as const } };
    const rules = [
      { ...rule, logLevelMax: 14, enabled: true },
      { ...rule, logLevelMax: 6, enabled: false },
    ];
    const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
    const settings = { name: 'net', shape, switchTimerUs: 0, readTimerUs: 0 };
    const saved = { ...EMPTY, channels: [{ settings, rules }] };
    const plan = loadPlan(saved, { output: `${TRACES}/web` });
    const results = await stage.settle(stage.client.run(plan, 'start-registry'));
    expect(lastSessionIn(results)?.channels[0]?.rules).toEqual(rules.slice(0, 1));
  });

  it('is not there at all if a part of it is refused', async () => {
    const stage = new ControlStage();
    const saved = { ...EMPTY, rotation: { everyUs: 1_000_000 }, flightRecorder: true as const };
    const plan = loadPlan(saved, { output: `${TRACES}/web` });
    const results = await stage.settle(stage.client.run(plan, 'start-registry'));
    expect(
      results.map((result) => (result.kind === 'failure' ? result.code : result.kind)),
    ).toEqual(['reply', 'NOT_ALLOWED', 'reply']);
    const list = inOrder([{ op: 'session.list', from: 0 }]);
    const listed = await stage.settle(stage.client.run(list, 'running-registry'));
    expect(listed).toMatchObject([{ value: { sessions: [] } }]);
  });

  it('keeps another directory, a relay with its period, and whether it recorded', () => {
    const relay = { control: 'tcp://127.0.0.1:5342', data: 'tcp://127.0.0.1:5343' };
    const saved = (more: Partial<SessionInfo>): unknown =>
      savedSessionOf({ ...INFO, ...more }, TRACES);
    expect(saved({ output: `${TRACES}/web` })).toEqual(EMPTY);
    expect(saved({ output: `${TRACES}2/web` })).toEqual({ ...EMPTY, output: `${TRACES}2/web` });
    expect(saved({ output: '/x', destination: { to: { output: '/y' }, state: 'set' } })).toEqual({
      ...EMPTY,
      output: '/y',
    });
    const sent = { output: '/x', destination: { to: relay, state: 'connected' as const } };
    const rotation = { archives: 1, everyUs: 1_000_000 };
    expect(saved({ ...sent, liveTimerUs: 1000, rotation })).toEqual({
      ...EMPTY,
      relay,
      liveTimerUs: 1000,
    });
    expect(saved({ rotation: { archives: 1 } })).toEqual(EMPTY);
    expect(saved({ rotation })).toEqual({ ...EMPTY, rotation: { everyUs: 1_000_000 } });
    const states = ['inactive', 'starting', 'active', 'pausing', 'paused', 'stopped'] as const;
    expect(states.filter((state) => savedSessionOf({ ...INFO, state }, TRACES).isActive)).toEqual([
      'starting',
      'active',
    ]);
  });

  it('has its consumer connected before anything else, at a relay', () => {
    const relay = { control: 'tcp://127.0.0.1:5342', data: 'tcp://127.0.0.1:5343' };
    const plan = loadPlan({ ...EMPTY, liveTimerUs: 1000, isActive: true }, { relay });
    const replied = { kind: 'reply' as const, value: { session: INFO } };
    const steps = [[], [replied], [replied, replied], [replied, replied, replied]].map(plan);
    expect(steps).toEqual([
      {
        kind: 'request',
        operation: { op: 'session.create', name: 'web', relay, liveTimerUs: 1000 },
      },
      { kind: 'request', operation: { op: 'consumer.enable', session: INFO.uuid } },
      { kind: 'request', operation: { op: 'session.start', session: INFO.uuid } },
      undefined,
    ]);
  });
});

describe('a file that is no saved session', () => {
  it.each([
    [undefined, 'is not a saved session'],
    [[], 'is not a saved session: version is wrong'],
    ['web', 'is not a saved session'],
    [{ ...EMPTY, version: 2 }, 'has version 2 of the format; this lttng reads version 1'],
    [{ ...EMPTY, more: 1 }, 'is not a saved session: more is wrong'],
    [{ ...EMPTY, name: '../../x' }, 'is not a saved session: name is wrong'],
    [{ ...EMPTY, output: 'x' }, 'is not a saved session: output is wrong'],
    [
      { ...EMPTY, channels: [{ settings: {}, rules: [] }] },
      'is not a saved session: channels.0.settings.name is wrong',
    ],
  ])('%j', (json, reason) => {
    expect(parseSaved(json)).toEqual({ ok: false, error: reason });
  });
});
