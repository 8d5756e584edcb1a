/** The oracle of control commands, on hand-written histories: which orders it finds, and that it finds no others. */
import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../../../actors/client/plans/plan.ts';
import type { CommandAccount, Ledger, RegistryAccount } from '../../../../sim/ledger/ledger.ts';
import { checkLinearizable } from '../../../../sim/oracles/linearizable.ts';
import type { Operation, SessionInfo } from '../../../../src/wire/control/messages.ts';

const CALM = { forgets: false, losesConsumers: false };
const UUID = '11111111-1111-4111-8111-111111111111';
const REGISTRY: RegistryAccount = { who: 'first', scope: 'user', uid: 1001, readyAt: 0 };
const AGAIN: RegistryAccount = { ...REGISTRY, who: 'second', readyAt: 500 };

function info(state: SessionInfo['state'], change: Partial<SessionInfo> = {}): SessionInfo {
  const counts = { streams: 0, streamsMade: 0, writers: 0 };
  return {
    name: 'web',
    uuid: UUID,
    uid: 1001,
    state,
    output: '/t',
    channels: [],
    ...counts,
    ...change,
  };
}

function about(state: SessionInfo['state'], change: Partial<SessionInfo> = {}): StepResult {
  return { kind: 'reply', value: { session: info(state, change) } };
}

function list(...sessions: SessionInfo[]): StepResult {
  return { kind: 'reply', value: { sessions } };
}

function refusal(code: 'SESSION_BUSY' | 'NO_SESSION' | 'REGISTRY_LOST'): StepResult {
  return { kind: 'failure', code, reason: 'because' };
}

/** One operation from `askedAt` to `answeredAt`. */
function done(
  [askedAt, answeredAt]: readonly [number, number],
  operation: Operation,
  result: StepResult,
  change: Partial<CommandAccount> = {},
): CommandAccount {
  const step = { operation, askedAt, answeredAt };
  return {
    ...{
      who: 'lttng',
      user: 'alice',
      uid: 1001,
      startedAt: askedAt,
      doneAt: answeredAt,
      scope: 'user',
    },
    ...{ registry: 'first', expected: undefined, tolerated: [], steps: [step], results: [result] },
    ...change,
  };
}

function verdictOf(
  commands: readonly CommandAccount[],
  registries = [REGISTRY],
): readonly string[] {
  const ledger: Ledger = {
    threads: [],
    commands: [...commands],
    registries,
    terminations: [],
    adversaries: [],
    kept: [],
    relays: [],
    senders: [],
    views: [],
  };
  const { findings, isUndecided } = checkLinearizable(ledger, CALM);
  expect(isUndecided).toBe(false);
  return findings.map(({ text }) => text);
}

const create: Operation = { op: 'session.create', name: 'web', output: '/t' };
const get: Operation = { op: 'session.get', session: 'web' };
const start: Operation = { op: 'session.start', session: 'web' };
const stop: Operation = { op: 'session.stop', session: 'web' };
const destroy: Operation = { op: 'session.destroy', session: 'web' };
const lists: Operation = { op: 'session.list', from: 0 };
const created = done([0, 10], create, about('inactive'));

describe('linearizable', () => {
  test('commands one after the other', () => {
    const history = [
      created,
      done([20, 30], start, about('active')),
      done([40, 50], stop, about('stopped')),
      done([60, 70], destroy, about('destroying')),
      done([80, 90], get, refusal('NO_SESSION')),
    ];
    expect(verdictOf(history)).toEqual([]);
  });

  test('concurrent commands, in the order that the answers show', () => {
    expect(verdictOf([done([5, 40], get, refusal('NO_SESSION')), created])).toEqual([]);
    expect(verdictOf([done([5, 40], get, about('inactive')), created])).toEqual([]);
  });

  test('a command that waits keeps the session busy between its start and its end only', () => {
    const starting = done([20, 100], start, about('active'));
    const busy = done([50, 60], stop, refusal('SESSION_BUSY'));
    expect(verdictOf([created, starting, done([50, 60], get, about('starting')), busy])).toEqual(
      [],
    );
    const active = done([30, 40], get, about('active'));
    expect(verdictOf([created, starting, active, busy])).toEqual([
      'session.stop web of alice was answered SESSION_BUSY, which no order explains; ' +
        'it may be that web of 1001 is active',
    ]);
  });

  test('a command that does not wait keeps the session busy after its answer, until it has ended', () => {
    const before = [created, done([20, 30], start, about('active'))];
    const stopping = done([40, 50], { ...stop, noWait: true }, about('stopping'));
    const busy = done([60, 70], start, refusal('SESSION_BUSY'));
    for (const state of ['stopping', 'stopped'] as const) {
      expect(verdictOf([...before, stopping, busy, done([80, 90], get, about(state))])).toEqual([]);
    }
    expect(verdictOf([...before, stopping, done([80, 90], get, about('active'))])).toHaveLength(1);
    expect(verdictOf([...before, done([40, 50], stop, about('stopping'))])).toHaveLength(1);
    const unawaited = { ...stop, noWait: true } as const;
    expect(verdictOf([...before, done([40, 50], unawaited, about('stopped'))])).toHaveLength(1);
    // Once stopped, it is busy no more.
    const known = done([80, 90], get, about('stopped'));
    const late = done([100, 110], start, refusal('SESSION_BUSY'));
    expect(verdictOf([...before, stopping, known, late])).toHaveLength(1);
  });

  test('a destroy that does not wait ends the session later, also in the next registry', () => {
    const ending = done([20, 30], { ...destroy, noWait: true }, about('destroying'));
    const gone = done([600, 610], get, refusal('NO_SESSION'), { registry: 'second' });
    expect(verdictOf([created, ending, gone], [REGISTRY, AGAIN])).toEqual([]);
    const there = done([600, 610], get, about('destroying'), { registry: 'second' });
    expect(verdictOf([created, ending, there], [REGISTRY, AGAIN])).toEqual([]);
    const unasked = done([600, 610], get, refusal('NO_SESSION'), { registry: 'second' });
    expect(verdictOf([created, unasked], [REGISTRY, AGAIN])).toHaveLength(1);
  });

  test('a second destroy waits for the same end as the first', () => {
    const first = done([20, 100], destroy, about('destroying'));
    const second = done([50, 110], destroy, about('destroying'));
    const gone = done([120, 130], get, refusal('NO_SESSION'));
    expect(verdictOf([created, first, second, gone])).toEqual([]);
    const made = done([102, 105], create, about('inactive', { uuid: UUID.replaceAll('1', '2') }));
    expect(verdictOf([created, first, second, made])).toEqual([]);
    expect(
      verdictOf([created, first, done([50, 60], destroy, refusal('SESSION_BUSY'))]),
    ).toHaveLength(1);
    // There was no other command to wait with any more.
    const late = done([120, 130], destroy, about('destroying'));
    expect(verdictOf([created, first, late])).toHaveLength(1);
    // The first one is not over before the second has been answered.
    const there = done([70, 80], get, about('inactive'));
    const early = done([50, 60], destroy, about('destroying'));
    expect(verdictOf([created, first, early, there])).toHaveLength(1);
  });

  test('an answer from the past, of another session, or from nowhere has no order', () => {
    const late = done([20, 30], get, refusal('NO_SESSION'));
    expect(verdictOf([created, late])).toHaveLength(1);
    expect(verdictOf([created, done([20, 30], get, about('active'))])).toHaveLength(1);
    const other = about('inactive', { uuid: UUID.replaceAll('1', '2') });
    expect(verdictOf([created, done([20, 30], get, other)])).toHaveLength(1);
    expect(
      verdictOf([created, done([20, 30], destroy, { kind: 'reply', value: {} })]),
    ).toHaveLength(1);
  });

  test('a list names the sessions of its user: all of them, and no others', () => {
    const ofBob = done([0, 10], create, about('inactive', { uid: 1002 }), {
      user: 'bob',
      uid: 1002,
    });
    const mine = info('inactive');
    const his = info('inactive', { uid: 1002 });
    expect(verdictOf([created, ofBob, done([20, 30], lists, list(mine))])).toEqual([]);
    expect(verdictOf([created, ofBob, done([20, 30], lists, list(mine, his))])).toHaveLength(1);
    expect(verdictOf([created, ofBob, done([20, 30], lists, list())])).toHaveLength(1);
    const root = { user: 'root', uid: 0 };
    expect(verdictOf([created, ofBob, done([20, 30], lists, list(his, mine), root)])).toEqual([]);
  });

  test('a disabled rule is disabled', () => {
    const enable: Operation = {
      ...{ op: 'event.enable', session: 'web', patterns: ['*'], logLevelMax: 14 },
      target: { kind: 'all' },
    };
    const disable: Operation = { op: 'event.disable', session: 'web', patterns: ['*'] };
    const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
    const settings = { name: 'default', shape, switchTimerUs: 0, readTimerUs: 0 };
    const withRule = (enabled: boolean): StepResult => {
      const rules = [{ pattern: '*', logLevelMax: 14, target: { kind: 'all' as const }, enabled }];
      return about('inactive', { channels: [{ settings, rules }] });
    };
    const enabled = done([20, 30], enable, withRule(true));
    expect(verdictOf([created, enabled, done([40, 50], disable, withRule(false))])).toEqual([]);
    expect(verdictOf([created, enabled, done([40, 50], disable, withRule(true))])).toHaveLength(1);
  });

  test('an unanswered command happened at some time while its registry lived, or not at all', () => {
    const lost = done([20, 30], start, refusal('REGISTRY_LOST'));
    const inactive = done([40, 50], get, about('inactive'));
    const active = done([60, 70], get, about('active'));
    const later = { registry: 'second' };
    const after = [
      done([600, 610], get, about('inactive'), later),
      done([620, 630], get, about('active'), later),
    ];
    expect(verdictOf([created, lost, inactive, active])).toEqual([]);
    expect(verdictOf([created, lost, ...after.slice(0, 1)], [REGISTRY, AGAIN])).toEqual([]);
    expect(verdictOf([created, lost, ...after.slice(1)], [REGISTRY, AGAIN])).toEqual([]);
    // It was lost with the registry: it cannot begin under the next one.
    expect(verdictOf([created, lost, ...after], [REGISTRY, AGAIN])).toHaveLength(1);
  });

  test('an answered change survives the registry, unless the disk refused it', () => {
    const gone = done([600, 610], get, refusal('NO_SESSION'), { registry: 'second' });
    expect(verdictOf([created, gone], [REGISTRY, AGAIN])).toHaveLength(1);
    const ledger = {
      threads: [],
      commands: [created, gone],
      registries: [REGISTRY, AGAIN],
      terminations: [],
      adversaries: [],
      kept: [],
      relays: [],
      senders: [],
      views: [],
    };
    expect(checkLinearizable(ledger, { ...CALM, forgets: true }).findings).toEqual([]);
  });

  test('a registry that ends on request ends its sessions', () => {
    const gone = done([600, 610], get, refusal('NO_SESSION'), { registry: 'second' });
    const busy = done([300, 310], get, refusal('SESSION_BUSY'));
    const registries = [REGISTRY, AGAIN];
    const terminations = [{ uid: 1001, at: 200 }];
    const ledger = {
      threads: [],
      commands: [created, busy, gone],
      registries,
      terminations,
      adversaries: [],
      kept: [],
      relays: [],
      senders: [],
      views: [],
    };
    expect(checkLinearizable(ledger, CALM).findings).toEqual([]);
    const early = { ...ledger, terminations: [{ uid: 1001, at: 700 }] };
    expect(checkLinearizable(early, CALM).findings).toHaveLength(1);
  });

  test('a history with too many orders is reported as undecided', () => {
    // Each of them may have been carried out and creates another session.
    const unanswered = Array.from({ length: 16 }, (_, index) =>
      done([20, 30], { ...create, name: `s${index}` }, refusal('REGISTRY_LOST')),
    );
    const commands = [
      ...unanswered,
      done([40, 50], { ...get, session: 'x' }, refusal('NO_SESSION')),
    ];
    const ledger = {
      threads: [],
      commands,
      registries: [REGISTRY],
      terminations: [],
      adversaries: [],
      kept: [],
      relays: [],
      senders: [],
      views: [],
    };
    expect(checkLinearizable(ledger, CALM)).toEqual({
      ...{ findings: [], hasOverlaps: true, isUndecided: true },
    });
  });
});
