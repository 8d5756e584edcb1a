/** Where the consumer of a session writes: files, a relay, nowhere (R3.4, R3.7). */

import { expect, it } from 'vitest';
import {
  APPLY_MS_MAX,
  CONSUMER_MS_MAX,
  OUTPUT_CHANGE_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { LinkFailure, SessionInput } from '../../../../../actors/sessiond/messages.ts';
import type { Destination } from '../../../../../src/wire/control/destination.ts';
import type { DestinationInfo } from '../../../../../src/wire/control/messages.ts';
import type { LinkOutcome } from '../../../../../src/wire/control/outcomes.ts';
import { passed } from '../../../../support/step.ts';
import { log, tell } from '../../../../support/step-events.ts';
import {
  attached,
  awaitConsumer,
  busy,
  CONSUMED,
  CONSUMED_BY,
  destroy,
  disableConsumer,
  enable,
  enableConsumer,
  FLIGHT_RECORDER,
  finished,
  flushed,
  INPUT,
  lost,
  noConsumer,
  notWritten,
  ONE_RECORD,
  opened,
  outcome,
  published,
  recorded,
  refusal,
  reply,
  setConsumer,
  start,
  steps,
  stop,
  stopConsumer,
  toConsumer,
  UUID,
} from './words.ts';

const RELAY = { control: 'tcp://relay:5342/sub', data: 'tcp://other:5343/sub' } as const;
const FILES = { output: '/home/alice/other' } as const;
const LOST: LinkFailure = { code: 'RELAY_UNREACHABLE', reason: 'Cannot connect' };
const HUNG_UP =
  'connection to tcp://relay:5342/sub (control), tcp://other:5343/sub (data) is lost: it hung up';
const NUMBERS = { packetsInFlight: 0, bytesInFlight: 0, packetsStored: 1, bytesStored: 9 };
const CONNECTED: LinkOutcome = { state: 'connected', ...NUMBERS };
const REMOTE: SessionInput = { ...INPUT, output: undefined, relay: RELAY };
const CONSUMER_LEFT = 'The consumer of session "web" exited before it could write; see its log';

const linkOf = (token: number) => `relay-link-${UUID}-${token}`;
const inviting = (token = 1) => ({ type: 'link.inviting', link: linkOf(token) }) as const;
const handed = (token = 1) => ({ type: 'link.passed', link: linkOf(token) }) as const;
const settled = (token = 1, failure?: LinkFailure, isInvited = true) =>
  ({
    type: 'link.settled',
    link: linkOf(token),
    isInvited,
    ...(failure === undefined ? {} : { failure }),
  }) as const;
const reached = (token = 1) => ({ type: 'consumer.reached', token }) as const;
const changedTo = (token = 1, failed?: { code: string; reason: string }) =>
  ({ type: 'consumer.changed', token, ...(failed === undefined ? {} : { failed }) }) as const;
const FULL_DISK = { code: 'ENOSPC', reason: 'no room' };

const LINKED = [...CONSUMED, setConsumer(RELAY, 1), enableConsumer(2), settled()] as const;
const LINK_LOST = [
  ...LINKED,
  outcome({ link: { ...CONNECTED, state: 'lost', reason: 'it hung up' } }),
] as const;

const outputOf = (...all: Parameters<typeof steps>): unknown =>
  (steps(...all).value as { output: unknown }).output;
const effectsOf = (...all: Parameters<typeof steps>) => steps(...all).effects;
const place = (
  to: Destination,
  state: DestinationInfo['state'],
  more: Omit<DestinationInfo, 'to' | 'state'> = {},
) => ({ destination: { to, state, ...more } });
const placed = (destination: Destination, use: string, present: string) => ({
  place: { destination, use, present },
});
const toLink = (event: object, token = 1) => tell(linkOf(token), event);
const failed = ({ code, reason }: LinkFailure) =>
  log('session.outputFailed', { session: 'web', code, reason });

it('sets a destination without using it (R3.7)', () => {
  const set = place(RELAY, 'set');
  expect(steps(INPUT, setConsumer(RELAY))).toMatchObject({
    value: { output: 'apart' },
    effects: [
      recorded('inactive', placed(RELAY, 'set', 'files')),
      published('inactive', set),
      reply('inactive', set),
    ],
  });
  expect(effectsOf(FLIGHT_RECORDER, setConsumer(RELAY))).toEqual([
    refusal(
      'NOT_ALLOWED',
      'Session "web" is a flight recorder without a consumer; use "lttng snapshot" to copy its buffers',
    ),
  ]);
});

it('needs a consumer that can write to enable a relay', () => {
  const set = setConsumer(RELAY, 1);
  expect(effectsOf(INPUT, set, enableConsumer())).toEqual([noConsumer()]);
  expect(effectsOf(INPUT, set, attached(), enableConsumer())).toEqual([busy()]);
  expect(effectsOf(REMOTE, enableConsumer())).toEqual([noConsumer()]);
  expect(effectsOf(REMOTE, attached(), enableConsumer())).toEqual([busy()]);
});

it('starts a link for a relay that is enabled, and passes its messages on', () => {
  const enabling = [...CONSUMED, setConsumer(RELAY, 1), enableConsumer(2)] as const;
  const [begun] = effectsOf(INPUT, ...enabling);
  expect(begun).toMatchObject({
    type: 'actor.start',
    logic: 'relay-link',
    id: linkOf(1),
    input: {
      consumer: { pid: 90, uid: 1000, gid: 1000 },
      passage: '/run/lttng-ts/link-00000000-1',
      control: { host: 'relay', port: 5342 },
      data: { host: 'other', port: 5343 },
    },
  });
  const passage = '/run/lttng-ts/link-00000000-1';
  const over = [...enabling, inviting(), reached(), handed()] as const;
  expect(effectsOf(INPUT, ...enabling, inviting())).toEqual([
    toConsumer({ type: 'output.passage', token: 1, passage }),
  ]);
  expect(effectsOf(INPUT, ...enabling, reached())).toEqual([toLink({ type: 'link.reached' })]);
  const direct = { control: [], data: [] };
  expect(effectsOf(INPUT, ...over)).toEqual([
    toConsumer({ type: 'output.passed', token: 1, subdirectory: 'sub', way: direct }),
  ]);
  expect(effectsOf(INPUT, ...over, changedTo())).toEqual([toLink({ type: 'link.changed' })]);
  expect(effectsOf(INPUT, ...over, changedTo(1, FULL_DISK))).toEqual([
    toLink({ type: 'link.changed', failed: FULL_DISK }),
  ]);
  expect(effectsOf(INPUT, ...enabling, disableConsumer())).toEqual([busy()]);
});

it('links to the first relay of each way, and tells the consumer the others (R3.8)', () => {
  const relay = { control: 'tcp://a:1,tcp://b:2/sub', data: 'tcp://a:4,tcp6://b:5/sub' };
  const enabling = [...CONSUMED, setConsumer(relay, 1), enableConsumer(2)] as const;
  const input = { control: { host: 'a', port: 1 }, data: { host: 'a', port: 4 } };
  expect(effectsOf(INPUT, ...enabling)[0]).toMatchObject({ input });
  const next = (port: number, isIpv6Only: boolean) => ({ host: 'b', port, isIpv6Only });
  const way = { control: [next(2, false)], data: [next(5, true)] };
  expect(effectsOf(INPUT, ...enabling, inviting(), reached(), handed())).toEqual([
    toConsumer({ type: 'output.passed', token: 1, subdirectory: 'sub', way }),
  ]);
});

it('ignores what earlier attempts say', () => {
  for (const event of [inviting(), handed(), settled(), reached(), changedTo()]) {
    expect(effectsOf(INPUT, event)).toEqual([]);
  }
});

it('is at the relay when the link is made, and then its destination is frozen (R3.7)', () => {
  const connected = { ...CONSUMED_BY, ...place(RELAY, 'connected') };
  expect(steps(INPUT, ...LINKED)).toMatchObject({
    value: { output: { relay: 'connected' } },
    effects: [
      recorded('inactive', placed(RELAY, 'enabled', 'relay')),
      published('inactive', connected),
      reply('inactive', connected, 2),
    ],
  });
  expect(effectsOf(INPUT, ...LINKED, enableConsumer())).toEqual([reply('inactive', connected)]);
  expect(effectsOf(INPUT, ...LINKED, setConsumer(FILES))).toEqual([
    refusal(
      'FROZEN',
      'The consumer of session "web" is enabled, so its destination is frozen; "lttng disable-consumer" comes first',
    ),
  ]);
});

it('goes on as before when the link is not made (R3.3)', () => {
  const enabling = [...CONSUMED, setConsumer(RELAY, 1), enableConsumer(2)] as const;
  const why = { ...CONSUMED_BY, ...place(RELAY, 'set', { failure: LOST }) };
  const unreached = settled(1, LOST, false);
  expect(steps(INPUT, ...enabling, unreached)).toMatchObject({
    value: { output: 'apart' },
    effects: [failed(LOST), published('inactive', why), refusal(LOST.code, LOST.reason, 2)],
  });
  // The consumer may be on its way to the relay: it is told where it stays.
  expect(effectsOf(INPUT, ...enabling, settled(1, LOST))).toContainEqual(
    toConsumer({ type: 'output.files', token: 2, output: INPUT.output ?? '' }),
  );
  expect(steps(INPUT, ...enabling, lost)).toMatchObject({ value: { output: 'apart' } });
  expect(effectsOf(INPUT, ...enabling, lost)).toEqual(
    expect.arrayContaining([
      toLink({ type: 'link.abort' }),
      refusal('CONSUMER_FAILED', CONSUMER_LEFT, 2),
    ]),
  );
});

it('says that a link is lost, and connects again when it is enabled again', () => {
  const failure: LinkFailure = { code: 'RELAY_LOST', reason: `The ${HUNG_UP}` };
  expect(outputOf(INPUT, ...LINK_LOST)).toEqual({ relay: 'lost' });
  expect(effectsOf(INPUT, ...LINK_LOST)).toContainEqual(failed(failure));
  expect(effectsOf(INPUT, ...LINK_LOST, start())).toEqual([
    refusal(
      'RELAY_LOST',
      `Session "web" cannot start: the ${HUNG_UP}; "lttng enable-consumer" connects again`,
    ),
  ]);
  const again = [...LINK_LOST, enableConsumer(3)] as const;
  expect(outputOf(INPUT, ...again)).toBe('connecting');
  expect(effectsOf(INPUT, ...again, start())).toEqual([
    refusal('RELAY_LOST', expect.stringContaining('cannot start') as unknown as string),
  ]);
  expect(outputOf(INPUT, ...again, settled(2))).toEqual({ relay: 'connected' });
  expect(outputOf(INPUT, ...again, settled(2, LOST))).toEqual({ relay: 'lost' });
  expect(effectsOf(INPUT, ...again, settled(2, LOST))).toContainEqual(
    refusal(LOST.code, LOST.reason, 3),
  );
  expect(outputOf(INPUT, ...again, lost)).toEqual({ relay: 'waiting' });
});

it('stops the consumer from writing, and keeps the destination (R3.7)', () => {
  const disabling = [...LINKED, disableConsumer(3)] as const;
  const disabled = { ...CONSUMED_BY, ...place(RELAY, 'disabled') };
  expect(effectsOf(INPUT, ...disabling)).toEqual([toConsumer({ type: 'output.none', token: 2 })]);
  expect(effectsOf(INPUT, ...disabling, enableConsumer())).toEqual([busy()]);
  expect(steps(INPUT, ...disabling, changedTo(2))).toMatchObject({
    value: { output: 'apart' },
    effects: [
      recorded('inactive', placed(RELAY, 'disabled', 'nowhere')),
      published('inactive', disabled),
      reply('inactive', disabled, 3),
    ],
  });
  expect(effectsOf(INPUT, ...disabling, changedTo(2), disableConsumer())).toEqual([
    refusal('ALREADY', 'The consumer of session "web" is already disabled'),
  ]);
  expect(effectsOf(INPUT, ...disabling, lost)).toContainEqual(
    reply('inactive', place(RELAY, 'disabled'), 3),
  );
  expect(effectsOf(INPUT, ...disabling, passed(OUTPUT_CHANGE_MS_MAX))).toContainEqual(
    refusal(
      'CONSUMER_FAILED',
      'The consumer of session "web" did not store what it had taken within 20 s; see its log',
      3,
    ),
  );
  expect(effectsOf(INPUT, ...CONSUMED, disableConsumer())).toEqual([
    toConsumer({ type: 'output.none', token: 1 }),
  ]);
  expect(effectsOf(INPUT, disableConsumer())).toContainEqual(
    reply('inactive', place({ output: INPUT.output ?? '' }, 'disabled')),
  );
  expect(outputOf(REMOTE, disableConsumer())).toBe('apart');
});

it('writes into files again (R3.4)', () => {
  const back = [
    ...LINKED,
    disableConsumer(3),
    changedTo(2),
    setConsumer(FILES, 4),
    enableConsumer(5),
  ] as const;
  const enabled = { ...CONSUMED_BY, output: FILES.output };
  expect(effectsOf(INPUT, ...back)).toEqual([
    toConsumer({ type: 'output.files', token: 3, output: FILES.output }),
  ]);
  expect(steps(INPUT, ...back, changedTo(3))).toMatchObject({
    value: { output: 'apart' },
    effects: [
      recorded('inactive', { output: FILES.output }),
      published('inactive', enabled),
      reply('inactive', enabled, 5),
    ],
  });
  expect(effectsOf(INPUT, ...back, lost)).toContainEqual(
    reply('inactive', { output: FILES.output }, 5),
  );
  expect(effectsOf(INPUT, setConsumer(FILES, 1), enableConsumer())).toContainEqual(
    reply('inactive', { output: FILES.output }),
  );
  expect(effectsOf(INPUT, enableConsumer())).toEqual([reply('inactive')]);
});

it('stays where it was when the files cannot be written', () => {
  const changing = [...CONSUMED, setConsumer(FILES, 1), enableConsumer(2)] as const;
  const back = toConsumer({ type: 'output.files', token: 2, output: INPUT.output ?? '' });
  expect(effectsOf(INPUT, ...changing, changedTo(1, FULL_DISK))).toEqual(
    expect.arrayContaining([
      back,
      refusal('NO_OUTPUT', 'The consumer cannot write there: no room (ENOSPC)', 2),
    ]),
  );
  expect(effectsOf(INPUT, ...changing, passed(OUTPUT_CHANGE_MS_MAX))).toContainEqual(back);
});

it('tells a consumer that attaches where it writes, before it can start', () => {
  const disabled = [disableConsumer(1), attached(), awaitConsumer(2), opened] as const;
  expect(steps(INPUT, ...disabled)).toMatchObject({
    value: { output: { changing: 'back' } },
    effects: [toConsumer({ type: 'output.none', token: 1 })],
  });
  expect(effectsOf(INPUT, ...disabled, passed(CONSUMER_MS_MAX))).toEqual([]);
  for (const event of [changedTo(), passed(OUTPUT_CHANGE_MS_MAX)]) {
    expect(effectsOf(INPUT, ...disabled, event)).toContainEqual(
      reply(
        'inactive',
        { ...CONSUMED_BY, ...place({ output: INPUT.output ?? '' }, 'disabled') },
        2,
      ),
    );
  }
  expect(outputOf(INPUT, ...disabled, lost)).toBe('apart');
  expect(effectsOf(INPUT, disableConsumer(1), attached(), stopConsumer(2), opened)).toEqual([]);
});

it('links a consumer that attaches to an enabled relay, unless it has kept its link', () => {
  expect(effectsOf(REMOTE, attached())[1]).toEqual(
    toConsumer({ type: 'session', name: 'web', uuid: UUID, segments: [] }),
  );
  expect(outputOf(REMOTE, ...CONSUMED)).toBe('connecting');
  expect(outputOf(REMOTE, attached(), stopConsumer(), opened)).toEqual({ relay: 'waiting' });
  expect(outputOf(REMOTE, attached(), outcome({ link: CONNECTED }), opened)).toEqual({
    relay: 'connected',
  });
  expect(outputOf(REMOTE, ...CONSUMED, settled(), lost)).toEqual({ relay: 'waiting' });
  const refused = [...CONSUMED, awaitConsumer(1), settled(1, LOST)] as const;
  expect(effectsOf(REMOTE, ...refused)).toContainEqual(
    reply(
      'inactive',
      {
        ...CONSUMED_BY,
        output: undefined,
        ...place(RELAY, 'lost', { failure: LOST }),
      },
      1,
    ),
  );
});

it('restores its destination from the record', () => {
  const restoredAs = (more: object): SessionInput => {
    const { record } = recorded('inactive', more);
    return { ...INPUT, restored: record as unknown as SessionInput['restored'] & object };
  };
  expect(outputOf(restoredAs(placed(RELAY, 'enabled', 'relay')))).toEqual({ relay: 'waiting' });
  expect(outputOf(restoredAs(placed(RELAY, 'disabled', 'nowhere')), ...CONSUMED)).toEqual({
    changing: 'back',
  });
});

it('says why events cannot be written', () => {
  const unwritten = { streams: 1, code: 'ENOTCONN' } as const;
  const isLost = outcome({
    link: { ...CONNECTED, state: 'lost', reason: 'it hung up' },
    unwritten,
  });
  const stopping = [enable(), ...LINKED, start(3), isLost, stop(4), flushed(1)] as const;
  expect(effectsOf(INPUT, ...stopping)).toContainEqual(
    notWritten(`events of 1 of its streams cannot be written (the ${HUNG_UP})`, 4),
  );
  const again = [...stopping, start(5)] as const;
  expect(effectsOf(INPUT, ...again)).toEqual([
    refusal('RELAY_LOST', expect.stringContaining('cannot start') as unknown as string, 5),
  ]);
});

it('tells a consumer to finish when it has its output, and ends its link with itself', () => {
  const { record } = recorded('destroying', {
    ...ONE_RECORD,
    output: undefined,
    ...placed(RELAY, 'enabled', 'relay'),
  });
  const input = {
    ...REMOTE,
    restored: record as unknown as SessionInput['restored'] & object,
  };
  const finish = toConsumer({ type: 'finish' });
  const ending = [passed(APPLY_MS_MAX), ...CONSUMED] as const;
  expect(effectsOf(input, ...ending)).not.toContainEqual(finish);
  expect(effectsOf(input, ...ending, settled())).toContainEqual(finish);
  expect(effectsOf(input, ...ending, settled(), finished)).toContainEqual(
    toLink({ type: 'link.abort' }),
  );
  expect(effectsOf(INPUT, ...LINKED, destroy(3))).toContainEqual(finish);
});
