/** Oracles distinguish processes that had the same id one after the other by the time at which a stream begins. */
import { describe, expect, test } from 'vitest';
import type { Emission } from '../../../../sim/ledger/emission.ts';
import type { Ledger, ThreadAccount } from '../../../../sim/ledger/ledger.ts';
import type { SessionAccount } from '../../../../sim/ledger/sessions.ts';
import { streamsOf, writersOf } from '../../../../sim/ledger/stream-writers.ts';
import type { StreamContent } from '../../../../sim/ledger/trace-content.ts';
import { TRACKED_AT_FIRST } from '../../../../sim/ledger/trackers.ts';
import { checkConservation } from '../../../../sim/oracles/conservation.ts';

const PID = 1007;
const ALWAYS = { askedAt: 0, activeAt: 0, endAskedAt: Infinity, endedAt: Infinity };
const SESSION: SessionAccount = {
  ...{ name: 'web', uuid: 'u', user: 'alice', uid: 1001, scope: 'user', output: '/t' },
  ...{ isFlightRecorder: false, isShared: false, isOverwriting: false, shape: undefined },
  tracefiles: new Map(),
  switchTimerUs: undefined,
  laterOutputs: [],
  rotations: [],
  isRelayed: false,
  rules: [{ channel: 'only', pattern: '*', logLevelMax: 14, target: { kind: 'all' }, ...ALWAYS }],
  disabled: new Map(),
  abandoned: 0,
  unbuffered: undefined,
  doubtfulFrom: Infinity,
  windows: [ALWAYS],
  tracked: TRACKED_AT_FIRST,
};

/** A thread that starts at `startedAt` and emits three events. */
function threadFrom(who: string, startedAt: number): ThreadAccount {
  const emissions = [0, 1, 2].map((counter): Emission => {
    const at = startedAt + 10 + counter;
    const event = { counter, name: 'sim:a', text: `${counter}`, logLevel: 14 };
    return { ...event, at, isEnabled: true, isDone: true };
  });
  const times = { startedAt, settledAt: startedAt + 5 };
  const thread = { who, pid: PID, uid: 1001, gid: 1001, processName: 'x', sessionUuid: undefined };
  return { ...thread, ...times, emissions };
}

const DEAD = threadFrom('alice/x.0', 1000);
const NEXT = threadFrom('alice/x.1', 2000);
const LEDGER: Ledger = {
  threads: [DEAD, NEXT],
  commands: [],
  registries: [{ who: 'alice/lttng-sessiond.0', scope: 'user', uid: 1001, readyAt: 0 }],
  terminations: [],
  adversaries: [],
  kept: [],
  relays: [],
  senders: [],
  views: [],
};

/** A stream with the events of these threads. */
function streamOf(directory: string, number: number, ...threads: ThreadAccount[]): StreamContent {
  const events = threads.flatMap(({ emissions }) =>
    emissions.map(({ counter, name, text, at }) => ({
      counter,
      name,
      text,
      context: {},
      timestamp: BigInt(at),
    })),
  );
  const none = { discarded: 0, lostPackets: 0, gaps: 0 };
  const file = `/t/ust/pid/${directory}/only_${number}`;
  const since = events[0]?.timestamp;
  return { file, pid: PID, session: 'web', clockOffsetNs: 0n, events, since, ...none };
}

function findingsOf(...streams: StreamContent[]): string[] {
  const found = checkConservation(LEDGER, [SESSION], SESSION, { streams, problems: [] });
  return found.map(({ oracle, text }) => `${oracle}: ${text}`);
}

describe('two processes with one id', () => {
  test('have a stream each', () => {
    const streams = [streamOf('x-2', 2, NEXT), streamOf('x-1', 1, DEAD)];
    expect(writersOf(LEDGER, streams).map(({ writers }) => writers)).toEqual([[NEXT], [DEAD]]);
    expect(findingsOf(...streams)).toEqual([]);
  });

  test('have a trace each', () => {
    expect(findingsOf(streamOf('x-1', 1, DEAD), streamOf('x-1', 2, NEXT))).toEqual([
      `conservation: /t/ust/pid/x-1 is the trace of another process with id ${PID}, too`,
    ]);
  });

  test('are not recorded into one stream', () => {
    const findings = findingsOf(streamOf('x-1', 1, DEAD, NEXT));
    expect(findings).toContain('conservation: /t/ust/pid/x-1/only_1: event 0 comes twice');
    expect(findings).toContainEqual(
      expect.stringContaining('application 1007 of 1001: 3 emitted, 0 readable'),
    );
  });

  test('are not distinguished by an empty stream', () => {
    const silent = streamOf('x-3', 3);
    const [written] = writersOf(LEDGER, [silent]);
    expect(written?.writers).toEqual([DEAD, NEXT]);
    expect(streamsOf([{ stream: silent, writers: [DEAD, NEXT] }], DEAD)).toEqual([]);
    expect(findingsOf(streamOf('x-1', 1, DEAD), streamOf('x-2', 2, NEXT), silent)).toEqual([]);
  });

  test('are no writers of a stream that begins before both', () => {
    const early = { ...streamOf('x-1', 1, DEAD), since: 500n };
    expect(writersOf(LEDGER, [early])[0]?.writers).toEqual([]);
  });
});
