/** A link of a session's consumer to a relay as a pure step: both connections or none, then passed on (R3.3, R3.4). */

import { describe, expect, it } from 'vitest';
import {
  ADDRESS_CONNECT_MS_MAX,
  ADDRESSES_TRIED_MAX,
  PASSAGE_REACH_MS_MAX,
  RELAY_AGREE_MS_MAX,
  RELAY_CONNECT_MS_MAX,
  RESOLVE_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { LinkFailure, RelayLinkInput } from '../../../../../actors/sessiond/messages.ts';
import { relayLinkMachine } from '../../../../../actors/sessiond/relay-link/machine.ts';
import type { OsErrorCode } from '../../../../../src/port/os-error.ts';
import { wayOf } from '../../../../../src/wire/control/destination.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import { osError, tell } from '../../../../support/step-events.ts';

const [CONTROL] = wayOf({ control: 'tcp://relay:5342', data: '' }, 'control');
const [DATA] = wayOf({ control: '', data: 'tcp://other:5343' }, 'data');
const [DATA6] = wayOf({ control: '', data: 'tcp6://other:5343' }, 'data');
const [UDP] = wayOf({ control: '', data: 'udp://other:5343' }, 'data');
const [UDP6] = wayOf({ control: '', data: 'udp6://relay:5343' }, 'data');
if (CONTROL === undefined || DATA === undefined || DATA6 === undefined) throw new Error('no URI');
if (UDP === undefined || UDP6 === undefined) throw new Error('no URI');
const CONSUMER = { pid: 90, uid: 1000, gid: 1000 };
const LINK = 'relay-link-1';
const INPUT: RelayLinkInput = {
  link: LINK,
  session: 'session-1',
  consumer: CONSUMER,
  passage: '/run/lttng-ts/link-1-1',
  control: CONTROL,
  data: DATA,
};

const steps = stepsOf(relayLinkMachine);
const resolved = (...addresses: string[]) => ({ type: 'network.resolved', addresses }) as const;
const connected = { type: 'network.connected', connection: 'control' } as const;
const failedAt = (code: OsErrorCode) =>
  ({ type: 'network.connectFailed', connection: 'control', error: osError(code, 'x') }) as const;
const passageOpened = { type: 'network.passageOpened' } as const;
const reached = { type: 'link.reached' } as const;
const handed = { type: 'network.passed' } as const;
const changed = { type: 'link.changed' } as const;
const abort = { type: 'link.abort' } as const;

const CONTROLLED = [resolved('10.0.0.1'), connected] as const;
const OPENING = [...CONTROLLED, resolved('10.0.0.2'), connected] as const;
const INVITING = [...OPENING, passageOpened] as const;
const PASSING = [...INVITING, reached] as const;
const CHANGING = [...PASSING, handed] as const;

const resolve = (host: string) => ({ type: 'network.resolve', host });
const connect = (connection: string, host: string, port: number) => ({
  type: 'network.connect',
  connection,
  address: { host, port },
});
const say = (event: object) => tell('session-1', { link: LINK, ...event });
const release = { type: 'network.release' };
const settled = (isInvited: boolean, failure?: LinkFailure) => [
  release,
  say({ type: 'link.settled', isInvited, ...(failure === undefined ? {} : { failure }) }),
];
const failed = (isInvited: boolean, code: LinkFailure['code'], reason: string) => ({
  value: 'failed',
  effects: settled(isInvited, { code, reason }),
});

it('connects to the control port, then to the data port, then opens a passage', () => {
  expect(steps(INPUT).effects).toEqual([resolve('relay')]);
  expect(steps(INPUT, resolved('10.0.0.1')).effects).toEqual([
    connect('control', '10.0.0.1', 5342),
  ]);
  expect(steps(INPUT, ...CONTROLLED).effects).toEqual([resolve('other')]);
  expect(steps(INPUT, ...CONTROLLED, resolved('10.0.0.2')).effects).toEqual([
    connect('data', '10.0.0.2', 5343),
  ]);
  expect(steps(INPUT, ...OPENING).effects).toEqual([
    { type: 'network.openPassage', path: INPUT.passage, uid: 1000 },
  ]);
});

it('passes both connections when the consumer has come, and ends when that uses them', () => {
  expect(steps(INPUT, ...INVITING).effects).toEqual([say({ type: 'link.inviting' })]);
  expect(steps(INPUT, ...PASSING).effects).toEqual([
    { type: 'network.pass', to: CONSUMER, connections: ['control', 'data'] },
  ]);
  expect(steps(INPUT, ...CHANGING).effects).toEqual([say({ type: 'link.passed' })]);
  expect(steps(INPUT, ...CHANGING, changed)).toEqual({ value: 'done', effects: settled(true) });
});

it('tries each address of a name in order, and says what became of each (R3.9)', () => {
  const two = resolved('fd00::1', '10.0.0.1');
  expect(steps(INPUT, two, failedAt('ENETUNREACH')).effects).toEqual([
    connect('control', '10.0.0.1', 5342),
  ]);
  const slow = [two, passed(ADDRESS_CONNECT_MS_MAX)] as const;
  expect(steps(INPUT, ...slow).effects).toEqual([connect('control', '10.0.0.1', 5342)]);
  const all = [two, failedAt('ENETUNREACH'), passed(ADDRESS_CONNECT_MS_MAX)] as const;
  expect(steps(INPUT, ...all)).toEqual(
    failed(
      false,
      'RELAY_UNREACHABLE',
      'Cannot connect to the relay at relay, control port 5342: fd00::1 (ENETUNREACH), 10.0.0.1 (no answer)',
    ),
  );
});

it('tries at most ADDRESSES_TRIED_MAX addresses', () => {
  const addresses = Array.from({ length: ADDRESSES_TRIED_MAX + 1 }, (_, at) => `10.0.0.${at}`);
  const tries = addresses.slice(0, -1).map(() => failedAt('ECONNREFUSED'));
  expect(steps(INPUT, resolved(...addresses), ...tries.slice(1)).value).toEqual({
    connecting: 'trying',
  });
  expect(steps(INPUT, resolved(...addresses), ...tries).value).toBe('failed');
});

it('leaves nothing when the data port does not take a connection (R3.3)', () => {
  const events = [...CONTROLLED, resolved('10.0.0.2'), failedAt('ECONNREFUSED')] as const;
  expect(steps(INPUT, ...events)).toEqual(
    failed(
      false,
      'RELAY_UNREACHABLE',
      'Cannot connect to the relay at other, data port 5343: 10.0.0.2 (ECONNREFUSED)',
    ),
  );
});

it('has a limit for all addresses together', () => {
  const waiting = [resolved('10.0.0.1'), passed(RELAY_CONNECT_MS_MAX)] as const;
  expect(RELAY_CONNECT_MS_MAX).toBeGreaterThan(ADDRESS_CONNECT_MS_MAX);
  expect(steps(INPUT, passed(RELAY_CONNECT_MS_MAX))).toEqual(
    failed(
      false,
      'RELAY_UNREACHABLE',
      'Cannot connect to the relay at relay, control port 5342: no answer',
    ),
  );
  expect(steps(INPUT, ...waiting).value).toBe('failed');
});

it('says in one sentence that a host is not known (R3.9)', () => {
  const unresolved = (code: OsErrorCode) =>
    ({ type: 'network.resolveFailed', error: osError(code, 'relay') }) as const;
  expect(steps(INPUT, unresolved('ENOTFOUND'))).toEqual(
    failed(false, 'HOST_UNKNOWN', 'There is no host "relay"'),
  );
  expect(steps(INPUT, unresolved('EAI_AGAIN'))).toEqual(
    failed(false, 'HOST_UNKNOWN', 'The addresses of host "relay" cannot be found (EAI_AGAIN)'),
  );
  expect(steps(INPUT, passed(RESOLVE_MS_MAX))).toEqual(
    failed(false, 'HOST_UNKNOWN', 'The addresses of host "relay" cannot be found (no answer)'),
  );
});

it('uses only IPv6 addresses for a protocol of IPv6 (R3.1)', () => {
  const events = [...CONTROLLED, resolved('10.0.0.2')] as const;
  expect(steps({ ...INPUT, data: DATA6 }, ...events)).toEqual(
    failed(false, 'HOST_UNKNOWN', 'Host "other" has no address that can be used'),
  );
});

describe('of datagrams (R3.10)', () => {
  const apart = { ...INPUT, data: UDP };
  const same = { ...INPUT, data: { ...UDP, host: 'relay' } };
  const opening = [{ type: 'network.openPassage', path: INPUT.passage, uid: 1000 }];
  const use = [passageOpened, reached, handed] as const;
  const passedTo = (input: RelayLinkInput, ...before: Parameters<typeof steps>[1][]) =>
    steps(input, ...before, ...use).effects;
  const toldOf = (host: string) => [
    say({ type: 'link.passed', datagramsTo: { host, port: 5343 } }),
  ];

  it('passes the control connection alone, and the address that took it', () => {
    expect(steps(same, ...CONTROLLED).effects).toEqual(opening);
    expect(steps(same, ...CONTROLLED, passageOpened, reached).effects).toEqual([
      { type: 'network.pass', to: CONSUMER, connections: ['control'] },
    ]);
    const second = [resolved('fd00::1', '10.0.0.1'), failedAt('ENETUNREACH'), connected] as const;
    expect(passedTo(same, ...second)).toEqual(toldOf('10.0.0.1'));
    expect(steps(same, ...CONTROLLED, ...use, changed).value).toBe('done');
  });

  it('looks up another host, and prefers the family of the control connection', () => {
    expect(steps(apart, ...CONTROLLED).effects).toEqual([resolve('other')]);
    const both = [...CONTROLLED, resolved('fd00::2', '10.0.0.2', '10.0.0.3')] as const;
    expect(steps(apart, ...both).effects).toEqual(opening);
    expect(passedTo(apart, ...both)).toEqual(toldOf('10.0.0.2'));
    expect(passedTo(apart, ...CONTROLLED, resolved('fd00::2', 'fd00::3'))).toEqual(
      toldOf('fd00::2'),
    );
  });

  it('uses only IPv6 addresses for udp6, also of the same host', () => {
    const six = { ...INPUT, data: UDP6 };
    expect(steps(six, ...CONTROLLED).effects).toEqual([resolve('relay')]);
    expect(passedTo(six, ...CONTROLLED, resolved('10.0.0.1', 'fd00::1'))).toEqual(
      toldOf('fd00::1'),
    );
    expect(passedTo(six, resolved('fd00::9'), connected)).toEqual(toldOf('fd00::9'));
  });

  it('leaves nothing when the host for them has no address (R3.3)', () => {
    const none = failed(false, 'HOST_UNKNOWN', 'Host "other" has no address that can be used');
    expect(steps(apart, ...CONTROLLED, resolved('localhost'))).toEqual(none);
    expect(steps(apart, ...CONTROLLED, passed(RESOLVE_MS_MAX))).toEqual(
      failed(false, 'HOST_UNKNOWN', 'The addresses of host "other" cannot be found (no answer)'),
    );
  });
});

it('fails when the connections cannot be passed', () => {
  const cannot = (code: string) =>
    `The connections to the relay cannot be passed to the consumer (${code})`;
  const error = osError('EMFILE', INPUT.passage);
  expect(steps(INPUT, ...OPENING, { type: 'network.passageFailed', error })).toEqual(
    failed(false, 'CONSUMER_FAILED', cannot('EMFILE')),
  );
  expect(steps(INPUT, ...PASSING, { type: 'network.passFailed', error })).toEqual(
    failed(true, 'CONSUMER_FAILED', cannot('EMFILE')),
  );
  expect(steps(INPUT, ...INVITING, passed(PASSAGE_REACH_MS_MAX))).toEqual(
    failed(
      true,
      'CONSUMER_FAILED',
      'The consumer did not come for the connections to the relay within 5 s',
    ),
  );
});

it('fails when the consumer cannot use the relay', () => {
  const refused = { code: 'EIO', reason: 'it has another version' };
  expect(steps(INPUT, ...CHANGING, { ...changed, failed: refused })).toEqual(
    failed(true, 'RELAY_FAILED', 'The relay cannot be used: it has another version (EIO)'),
  );
  expect(steps(INPUT, ...CHANGING, passed(RELAY_AGREE_MS_MAX))).toEqual(
    failed(true, 'CONSUMER_FAILED', 'The consumer and the relay did not agree within 50 s'),
  );
});

it('ends silently when nobody needs it', () => {
  expect(steps(INPUT, abort)).toEqual({ value: 'aborted', effects: [release] });
});

it('ignores outcomes of attempts that are over', () => {
  const late = [
    resolved('10.0.0.3'),
    { type: 'network.resolveFailed', error: osError('ENOTFOUND', 'x') } as const,
    connected,
    failedAt('ECONNREFUSED'),
    changed,
  ];
  for (const event of late) {
    expect(steps(INPUT, ...INVITING, event)).toEqual({ value: 'inviting', effects: [] });
  }
  expect(steps(INPUT, reached).effects).toEqual([]);
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(relayLinkMachine)).toEqual([]);
});
