/** A viewer of live sessions as a pure step: version, list, attachments, end. */
import { expect, it } from 'vitest';
import type { LiveOutcome, LiveViewInput } from '../../../../actors/live-view/context.ts';
import { FOLLOWED_SESSIONS_MAX, liveViewMachine } from '../../../../actors/live-view/machine.ts';
import type { ViewerAnswer } from '../../../../src/effects/contract/viewer.ts';
import type { ListedSession } from '../../../../src/wire/live/list-sessions.ts';
import type { ViewerRequest } from '../../../../src/wire/live/requests.ts';
import { stepsOf, untried } from '../../../support/step.ts';
import { osError, signalled } from '../../../support/step-events.ts';

const steps = stepsOf(liveViewMachine);

const RELAY = { host: 'store', port: 5344, isIpv6Only: false };
const LIST: LiveViewInput = { relay: RELAY, target: undefined };
const FOLLOW: LiveViewInput = {
  relay: RELAY,
  target: { host: 'box', session: 'w*', seek: 'beginning' },
};

const session = (id: bigint, name: string, host = 'box'): ListedSession => ({
  session: id,
  name,
  host,
  liveTimerUs: 1000,
  viewers: 0,
  streams: 0,
});
const WEB = session(1n, 'web');
const WORK = session(2n, 'work');
const OTHERS = [session(3n, 'other'), session(4n, 'web', 'bag')];

const replied = (answer: ViewerAnswer) => ({ type: 'viewer.replied', answer }) as const;
const version = (major: number, minor: number) =>
  replied({ type: 'connect', reply: { viewer: 0n, major, minor, purpose: 1 } });
const lists = (...sessions: ListedSession[]) =>
  replied({ type: 'list-sessions', reply: { sessions } });
const created = (status: 'ok' | 'error') => replied({ type: 'create-viewer', reply: { status } });
const attached = (status: 'ok' | 'already' | 'unknown' = 'ok') =>
  replied({ type: 'attach', reply: { status, streams: [] } });
const connected = { type: 'viewer.connected' } as const;
const closed = { type: 'viewer.closed', reason: 'the relay closed the connection' } as const;
const outputClosed = { type: 'output.closed' } as const;
const SUMMARY = {
  events: 1,
  discardedEvents: 0n,
  discardedPackets: 0n,
  problems: 0,
  packetsLeftOut: 0,
};
const followed = { type: 'viewer.followed', summary: SUMMARY } as const;

const asks = (request: ViewerRequest) => ({ type: 'viewer.ask', request });
const attaches = (id: bigint) =>
  asks({ type: 'attach', session: id, offset: 0n, seek: 'beginning' });
const ends = (outcome: LiveOutcome) => ({
  value: 'ended',
  effects: [{ type: 'viewer.close' }, { type: 'live-view.done', outcome }],
});
const fails = (code: 'RELAY_LOST' | 'RELAY_REFUSED' | 'NO_SESSION', reason: string) =>
  ends({ failure: { code, reason } });

const LISTING = [connected, version(2, 13)] as const;
const PREPARING = [...LISTING, lists(...OTHERS, WEB)] as const;
const ATTACHING = [...PREPARING, created('ok')] as const;
const FOLLOWING = [...ATTACHING, attached()] as const;

it('connects, and says why it cannot', () => {
  expect(steps(LIST)).toEqual({
    value: 'connecting',
    effects: [{ type: 'viewer.connect', relay: RELAY }],
  });
  const error = osError('ECONNREFUSED', '10.0.0.2 5344');
  const reason =
    'cannot connect to the relay at store, port 5344: ECONNREFUSED from some.call on 10.0.0.2 5344';
  expect(steps(LIST, { type: 'viewer.connectFailed', error })).toEqual(
    ends({ failure: { code: 'RELAY_UNREACHABLE', reason } }),
  );
});

it.each([
  [4, 4],
  [15, 15],
  [16, 15],
])('agrees with a relay of revision 2.%i on 2.%i', (theirs, minor) => {
  expect(steps(LIST, connected)).toEqual({
    value: 'negotiating',
    effects: [asks({ type: 'connect', viewer: 0n, major: 2, minor: 15, purpose: 1 })],
  });
  expect(steps(LIST, connected, version(2, theirs))).toEqual({
    value: 'listing',
    effects: [{ type: 'viewer.agree', minor }, asks({ type: 'list-sessions' })],
  });
});

it.each([
  [1, 15],
  [2, 3],
])('refuses a relay of version %i.%i', (major, minor) => {
  expect(steps(LIST, connected, version(major, minor))).toEqual(
    fails('RELAY_REFUSED', 'the relay does not speak version 2 of the live viewer protocol'),
  );
});

it('lists all sessions', () => {
  expect(steps(LIST, ...LISTING, lists(WEB, ...OTHERS))).toEqual(
    ends({ sessions: [WEB, ...OTHERS] }),
  );
});

it('attaches to the sessions that match, one after the other, and follows them', () => {
  expect(steps(FOLLOW, ...LISTING, lists(...OTHERS, { ...WEB, traceFormat: 2 }))).toEqual(
    fails('NO_SESSION', 'the relay has no live session box/w* with traces in CTF 1.8'),
  );
  const both = [...LISTING, lists(...OTHERS, WEB, WORK)] as const;
  expect(steps(FOLLOW, ...both)).toEqual({
    value: 'preparing',
    effects: [asks({ type: 'create-viewer' })],
  });
  expect(steps(FOLLOW, ...both, created('ok'))).toEqual({
    value: 'attaching',
    effects: [attaches(1n)],
  });
  expect(steps(FOLLOW, ...both, created('ok'), attached())).toEqual({
    value: 'attaching',
    effects: [attaches(2n)],
  });
  const sessions = [WEB, WORK].map((one) => ({ session: one, streams: [] }));
  expect(steps(FOLLOW, ...both, created('ok'), attached(), attached())).toEqual({
    value: 'following',
    effects: [{ type: 'viewer.follow', sessions }],
  });
  expect(steps(FOLLOW, ...FOLLOWING, followed)).toEqual(ends({ summary: SUMMARY }));
});

it('attaches to a bounded number of sessions', () => {
  const many = Array.from({ length: FOLLOWED_SESSIONS_MAX + 1 }, (_, at) =>
    session(BigInt(at), 'web'),
  );
  const before = [...LISTING, lists(...many), created('ok')] as const;
  const all = Array.from({ length: FOLLOWED_SESSIONS_MAX }, () => attached());
  expect(steps(FOLLOW, ...before, ...all.slice(1)).value).toBe('attaching');
  expect(steps(FOLLOW, ...before, ...all).value).toBe('following');
});

it('says why the relay does not serve it', () => {
  expect(steps(FOLLOW, ...PREPARING, created('error'))).toEqual(
    fails('RELAY_REFUSED', 'the relay takes no more viewers'),
  );
  const refused = 'the relay does not serve box/w*: ';
  expect(steps(FOLLOW, ...ATTACHING, attached('already'))).toEqual(
    fails('RELAY_REFUSED', `${refused}it has a viewer, and this relay serves one at a time`),
  );
  expect(steps(FOLLOW, ...ATTACHING, attached('unknown'))).toEqual(
    fails('RELAY_REFUSED', `${refused}it has ended`),
  );
});

it('ends when the relay does, on a signal, or without a reader, before it has an answer', () => {
  const interrupted = {
    code: 'INTERRUPTED',
    reason: 'interrupted before the relay answered',
  } as const;
  for (const before of [[], [connected], LISTING, PREPARING, ATTACHING]) {
    expect(steps(FOLLOW, ...before, closed)).toEqual(fails('RELAY_LOST', closed.reason));
    expect(steps(FOLLOW, ...before, signalled('SIGINT'))).toEqual(ends({ failure: interrupted }));
    expect(steps(FOLLOW, ...before, outputClosed)).toEqual(ends({}));
  }
});

it('finishes what it has when the relay is lost or on a signal, and at once without a reader', () => {
  const stops = { type: 'viewer.stop' };
  const cancels = { type: 'viewer.cancel' };
  const lost = { code: 'RELAY_LOST', reason: closed.reason } as const;
  expect(steps(FOLLOW, ...FOLLOWING, closed)).toEqual({ value: 'finishing', effects: [stops] });
  expect(steps(FOLLOW, ...FOLLOWING, closed, followed)).toEqual(
    ends({ failure: lost, summary: SUMMARY }),
  );
  expect(steps(FOLLOW, ...FOLLOWING, signalled('SIGINT'))).toEqual({
    value: 'finishing',
    effects: [stops],
  });
  expect(steps(FOLLOW, ...FOLLOWING, signalled('SIGINT'), closed)).toEqual({
    value: 'finishing',
    effects: [],
  });
  expect(steps(FOLLOW, ...FOLLOWING, outputClosed)).toEqual({
    value: 'finishing',
    effects: [cancels, stops],
  });
  for (const second of [signalled('SIGINT'), outputClosed]) {
    expect(steps(FOLLOW, ...FOLLOWING, signalled('SIGINT'), second)).toEqual({
      value: 'finishing',
      effects: [cancels],
    });
  }
});

it('has no other transition', () => {
  expect(untried(liveViewMachine)).toEqual([]);
});
