/** One reason for each process: the first of a fixed order. */
import { describe, expect, it } from 'vitest';
import { explanationOf, type Seen } from '../../../../../bin/lttng/explain/explanation.ts';
import type { ProcessFacts } from '../../../../../bin/lttng/explain/process-facts.ts';
import type { AppInfo, SessionInfo } from '../../../../../src/wire/control/messages.ts';

const FACTS: ProcessFacts = {
  pid: 42,
  uid: 1000,
  gid: 100,
  name: 'app.js',
  hasLibrary: true,
  home: '/home/alice',
  spawnedFor: undefined,
  otherNamespaces: [],
};
const SEEN: Seen = {
  scope: 'user',
  apps: [],
  sessions: [],
  uid: 1000,
  home: '/home/alice',
  isMemberLater: false,
};
const APP: AppInfo = {
  pid: 42,
  tid: 42,
  uid: 1000,
  processName: 'app.js',
  tracepoints: [{ name: 'shop:order', logLevel: 6, fields: 'n: i32' }],
};
type Channel = SessionInfo['channels'][number];

function sessionWith(state: SessionInfo['state'], channel: Partial<Channel>): SessionInfo {
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
  return {
    name: 'web',
    uuid: '0f0e0d0c-0b0a-4908-8706-050403020100',
    uid: 1000,
    state,
    output: '/home/alice/web',
    channels: [
      { settings: { name: 'net', shape, switchTimerUs: 0, readTimerUs: 0 }, rules: [], ...channel },
    ],
    streams: 0,
    streamsMade: 0,
    writers: 0,
  };
}

function rule(pattern: string, more: Partial<Channel['rules'][number]> = {}): Channel['rules'] {
  return [{ pattern, logLevelMax: 14, target: { kind: 'all' }, enabled: true, ...more }];
}

function codeOf(facts: Partial<ProcessFacts>, seen: Partial<Seen>): string {
  return explanationOf({ ...FACTS, ...facts }, { ...SEEN, ...seen }).code;
}

describe('a process that is not registered', () => {
  it('has no library, no registry, another owner, or is elsewhere, in this order', () => {
    expect(codeOf({ hasLibrary: false }, { scope: undefined })).toBe('NO_LIBRARY');
    expect(codeOf({}, { scope: undefined })).toBe('NO_REGISTRY');
    expect(codeOf({ uid: 1001 }, {})).toBe('OTHER_USER');
    expect(codeOf({ uid: 1001 }, { isMemberLater: true })).toBe('NEXT_LOGIN');
    expect(codeOf({ otherNamespaces: ['ipc', 'pid'], home: '/root' }, {})).toBe('OTHER_NAMESPACE');
    expect(codeOf({ home: '/home/bob' }, {})).toBe('OTHER_HOME');
    expect(codeOf({ home: '/home/bob' }, { scope: 'global' })).toBe('NOT_REGISTERED');
    expect(codeOf({ uid: 1001, hasLibrary: false }, { scope: 'global' })).toBe('NO_LIBRARY');
    expect(codeOf({}, {})).toBe('NOT_REGISTERED');
  });
});

describe('a process that is registered', () => {
  const registered = (sessions: readonly SessionInfo[], facts: Partial<ProcessFacts> = {}) =>
    explanationOf({ ...FACTS, ...facts }, { ...SEEN, apps: [APP], sessions });

  it('cannot record, or has no session', () => {
    const unable = { ...APP, unable: 'it has too few descriptors' };
    expect(explanationOf(FACTS, { ...SEEN, apps: [unable] })).toMatchObject({
      code: 'UNABLE',
      reason: 'it has too few descriptors',
    });
    expect(registered([]).code).toBe('NO_SESSION');
    expect(registered([], { otherNamespaces: ['ipc'] }).code).toBe('OTHER_NAMESPACE');
    expect(registered([], { otherNamespaces: ['mnt'] }).code).toBe('NO_SESSION');
  });

  it.each([
    [{ vpid: [41] }, 'lttng track --vpid 42 -s web'],
    [{ vpid: [42], vuid: [] }, 'lttng track --vuid 1000 -s web'],
    [{ vgid: [1000] }, 'lttng track --vgid 100 -s web'],
  ])('is not in a set of a session that has a rule for it: %j', (trackers, remedy) => {
    const session = { ...sessionWith('active', { rules: rule('shop:*') }), trackers };
    expect(registered([session])).toEqual({
      code: 'UNTRACKED',
      reason: 'Session web has a rule for it, and traces other processes only',
      remedy,
    });
    const other = sessionWith('active', { rules: rule('shop:*') });
    expect(registered([session, other]).code).toBe('RECORDED');
    expect(registered([{ ...other, trackers: { vpid: [42], vgid: [100] } }]).code).toBe('RECORDED');
  });

  it('is recorded by a session that is active, has buffers, and a rule that matches', () => {
    const active = sessionWith('active', { rules: rule('shop:*') });
    expect(registered([active])).toEqual({
      code: 'RECORDED',
      reason: 'Session web records it by the rule shop:*',
    });
    const thread = { pid: 42, tid: 42, processName: 'app.js', code: 'ENOSPC' };
    const unbuffered = { threads: [{ ...thread, state: 'waiting' as const }], more: 0 };
    expect(registered([{ ...active, unbuffered }])).toMatchObject({
      code: 'NO_BUFFERS',
      remedy: '"lttng list web" says what they lack',
    });
  });

  it('has a rule in a session that is not started, or in a channel that is disabled', () => {
    expect(registered([sessionWith('stopped', { rules: rule('shop:*') })])).toMatchObject({
      code: 'NOT_STARTED',
      reason: 'Session web has a rule for it, and is stopped',
      remedy: 'lttng start web',
    });
    const disabled = sessionWith('active', { rules: rule('shop:*'), disabled: true });
    expect(registered([disabled])).toMatchObject({
      code: 'CHANNEL_DISABLED',
      remedy: 'lttng enable-channel net -s web',
    });
  });

  it('has no rule: of none at all, of a name that is misspelled, or of another process', () => {
    expect(registered([sessionWith('active', {})])).toMatchObject({
      code: 'NO_RULE',
      reason: 'No session of yours has a rule',
      remedy: `lttng add-event '*' -s web`,
    });
    expect(registered([sessionWith('active', { rules: rule('shop:ordr') })]).reason).toMatch(
      /did you mean shop:order\?$/,
    );
    const off = rule('shop:*', { enabled: false });
    expect(registered([sessionWith('active', { rules: off })]).code).toBe('NO_RULE');
    const other = rule('*', { target: { kind: 'pid', pid: 7 } });
    expect(registered([sessionWith('active', { rules: other })]).code).toBe('NO_RULE');
  });

  it('is of a recording if that has started it', () => {
    const session = sessionWith('active', { rules: rule('*', { target: { kind: 'spawned' } }) });
    expect(registered([session], { spawnedFor: session.uuid }).code).toBe('RECORDED');
    expect(registered([session]).code).toBe('NO_RULE');
  });
});
