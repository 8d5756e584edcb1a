/** The relay as a pure step: its listeners, its links and their bounds, its end. */
import { expect, it } from 'vitest';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_HOST_MAX,
  ENDING_MS_MAX,
  RELAY_STREAMS_MAX,
  VIEWERS_MAX,
} from '../../../../../actors/relayd/limits.ts';
import type { RelayInput } from '../../../../../actors/relayd/messages.ts';
import { relayMachine } from '../../../../../actors/relayd/relay/machine.ts';
import type { RelayListener } from '../../../../../src/effects/contract/relay.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import { exit, log, osError, signalled, tell } from '../../../../support/step-events.ts';

const LOGICS = { control: 'control-link', data: 'data-link', live: 'viewer' };

const steps = stepsOf(relayMachine);

const CONTROL = { host: '0.0.0.0', port: 5342 };
const DATA = { host: '127.0.0.1', port: 5343 };
const STORE = { output: '/var/traces', grouping: 'host', isClearAllowed: true } as const;
const INPUT: RelayInput = {
  relay: 'relay',
  listeners: [
    { listener: 'control', address: CONTROL },
    { listener: 'data', address: DATA },
  ],
  ...STORE,
  descriptors: 1_048_576,
  pidFile: '/run/relayd.pid',
  portDirectory: undefined,
};

const opened = { type: 'relay.storeOpened' } as const;
const controlListens = { type: 'relay.listening', listener: 'control', address: CONTROL } as const;
const dataListens = { type: 'relay.listening', listener: 'data', address: DATA } as const;
const error = osError('EADDRINUSE', '0.0.0.0');
const listenFailed = { type: 'relay.listenFailed', listener: 'data', error } as const;
const storeFailed = { type: 'relay.storeFailed', error } as const;
const accepted = (number: number, listener: RelayListener = 'control', host = '10.0.0.2') =>
  ({
    type: 'relay.accepted',
    listener,
    connection: `${listener}-${number}`,
    peer: { host, port: 9 },
  }) as const;
const linkClosed = { type: 'link.closed', link: 'link-control-1' } as const;
const announced = { type: 'relay.announced' } as const;
const announceFailed = { type: 'relay.announceFailed', error } as const;
const LISTENERS = [opened, controlListens, dataListens] as const;
const LISTENING = [...LISTENERS, announced] as const;
const ENDING = [...LISTENING, accepted(1), signalled('SIGTERM')] as const;

const starts = (number: number, listener: RelayListener, host = '10.0.0.2') => ({
  type: 'actor.start',
  logic: LOGICS[listener],
  id: `link-${listener}-${number}`,
  input: {
    link: `link-${listener}-${number}`,
    relay: 'relay',
    connection: `${listener}-${number}`,
    peer: { host, port: 9 },
  },
});
const refuses = (number: number, reason: string, host = '10.0.0.2') => [
  log('relay.connectionRefused', { peer: host, port: 9, reason }),
  { type: 'relay.close', connection: `control-${number}` },
];
const notify = (state: string) => ({ type: 'process.notify', state });
const exits = (code: number) => [{ type: 'relay.withdraw' }, exit(code)];
const ends = [log('relay.ending'), notify('stopping'), { type: 'relay.unlisten' }];

it('opens its directory, then its listeners, and says who can reach them', () => {
  expect(steps(INPUT)).toEqual({
    value: 'opening',
    effects: [{ type: 'relay.openStore', ...STORE, streamsMax: RELAY_STREAMS_MAX }],
  });
  expect(steps(INPUT, opened)).toEqual({
    value: 'opening',
    effects: [
      { type: 'relay.listen', listener: 'control', address: CONTROL },
      { type: 'relay.listen', listener: 'data', address: DATA },
    ],
  });
  expect(steps(INPUT, opened, controlListens)).toEqual({
    value: 'opening',
    effects: [
      log('relay.listening', { listener: 'control', ...CONTROL }),
      log('relay.reachable', { listener: 'control', ...CONTROL }),
    ],
  });
  const live = { type: 'relay.listening', listener: 'live', address: CONTROL } as const;
  expect(steps(INPUT, opened, live).effects).toEqual([
    log('relay.listening', { listener: 'live', ...CONTROL }),
    log('relay.readable', { listener: 'live', ...CONTROL }),
  ]);
  expect(steps(INPUT, ...LISTENERS)).toEqual({
    value: 'opening',
    effects: [
      log('relay.listening', { listener: 'data', ...DATA }),
      {
        type: 'relay.announce',
        pidFile: '/run/relayd.pid',
        portDirectory: undefined,
        addresses: INPUT.listeners,
      },
    ],
  });
  expect(steps(INPUT, ...LISTENING)).toEqual({
    value: 'listening',
    effects: [log('relay.ready', { output: '/var/traces' }), notify('ready')],
  });
});

it('takes fewer streams where it may open few files, and says so', () => {
  expect(steps({ ...INPUT, descriptors: 1024 }).effects).toEqual([
    { type: 'relay.openStore', ...STORE, streamsMax: 384 },
    log('relay.fewDescriptors', { descriptors: 1024, streams: 384 }),
  ]);
});

it('ends without a directory, an address or its files', () => {
  const reason = 'EADDRINUSE from some.call on 0.0.0.0';
  const failed = { value: 'ended', effects: [log('relay.startFailed', { reason }), ...exits(1)] };
  expect(steps(INPUT, storeFailed)).toEqual(failed);
  expect(steps(INPUT, opened, controlListens, listenFailed)).toEqual(failed);
  expect(steps(INPUT, ...LISTENERS, announceFailed)).toEqual(failed);
});

it('starts a link for each connection, also before the last listener listens', () => {
  for (const before of [[opened, controlListens], LISTENING]) {
    expect(steps(INPUT, ...before, accepted(1)).effects).toEqual([starts(1, 'control')]);
    expect(steps(INPUT, ...before, accepted(1), linkClosed).effects).toEqual([]);
  }
  for (const listener of ['data', 'live'] as const) {
    expect(steps(INPUT, ...LISTENING, accepted(2, listener)).effects).toEqual([
      starts(2, listener),
    ]);
  }
});

it('refuses more connections than the bounds, of one address and in all', () => {
  const ofOne = Array.from({ length: CONNECTIONS_PER_HOST_MAX }, (_, number) => accepted(number));
  const reason = `${CONNECTIONS_PER_HOST_MAX} connections from this address are open`;
  const next = CONNECTIONS_PER_HOST_MAX;
  for (const before of [[opened, controlListens], LISTENING]) {
    expect(steps(INPUT, ...before, ...ofOne, accepted(next)).effects).toEqual(
      refuses(next, reason),
    );
  }
  const freed = [...ofOne, linkClosed, accepted(next)];
  expect(steps(INPUT, ...LISTENING, ...freed).effects).toEqual([starts(next, 'control')]);
  const another = accepted(next, 'control', '10.0.0.3');
  expect(steps(INPUT, ...LISTENING, ...ofOne, another).effects).toEqual([
    starts(next, 'control', '10.0.0.3'),
  ]);
  const all = Array.from({ length: CONNECTIONS_MAX }, (_, number) =>
    accepted(number, 'control', `10.0.1.${Math.floor(number / CONNECTIONS_PER_HOST_MAX)}`),
  );
  expect(steps(INPUT, ...LISTENING, ...all, accepted(CONNECTIONS_MAX)).effects).toEqual(
    refuses(CONNECTIONS_MAX, `${CONNECTIONS_MAX} connections are open`),
  );
});

it('refuses more viewers than their bound, and takes others', () => {
  const viewers = Array.from({ length: VIEWERS_MAX }, (_, number) => accepted(number, 'live'));
  const before = [...LISTENING, ...viewers];
  expect(steps(INPUT, ...before, accepted(VIEWERS_MAX, 'live')).effects).toEqual([
    log('relay.connectionRefused', {
      peer: '10.0.0.2',
      port: 9,
      reason: `${VIEWERS_MAX} viewers are here`,
    }),
    { type: 'relay.close', connection: `live-${VIEWERS_MAX}` },
  ]);
  expect(steps(INPUT, ...before, accepted(VIEWERS_MAX)).effects).toEqual([
    starts(VIEWERS_MAX, 'control'),
  ]);
});

it('ends its links on a signal, and exits after the last one', () => {
  const nothingOpen = { value: 'ended', effects: [...ends, ...exits(0)] };
  expect(steps(INPUT, signalled('SIGTERM'))).toEqual(nothingOpen);
  expect(steps(INPUT, ...LISTENING, signalled('SIGINT'))).toEqual(nothingOpen);
  expect(steps(INPUT, ...ENDING)).toEqual({
    value: 'ending',
    effects: [...ends, tell('link-control-1', { type: 'link.end' })],
    delays: [ENDING_MS_MAX],
  });
  expect(steps(INPUT, ...ENDING, linkClosed)).toEqual({ value: 'ended', effects: exits(0) });
});

it('does not wait longer than its bound, or than a second signal', () => {
  const ended = { value: 'ended', effects: exits(0) };
  expect(steps(INPUT, ...ENDING, passed(ENDING_MS_MAX))).toEqual(ended);
  expect(steps(INPUT, ...ENDING, signalled('SIGTERM'))).toEqual(ended);
});

it('takes nothing new while it ends', () => {
  expect(steps(INPUT, ...ENDING, accepted(7)).effects).toEqual(refuses(7, 'the relay is ending'));
  const hangup = { type: 'configuration.read' } as const;
  const outcomes = [opened, storeFailed, controlListens, listenFailed, announced, announceFailed];
  for (const late of [...outcomes, hangup]) {
    expect(steps(INPUT, ...ENDING, late)).toEqual({ value: 'ending', effects: [] });
  }
});

it('says that its configuration was read again, once it is ready', () => {
  const hangup = { type: 'configuration.read' } as const;
  expect(steps(INPUT, opened, hangup)).toEqual({ value: 'opening', effects: [] });
  expect(steps(INPUT, ...LISTENING, hangup)).toEqual({
    value: 'listening',
    effects: [notify('reloading'), log('configuration.reloaded'), notify('ready')],
  });
});

it('has no other transition', () => {
  expect(untried(relayMachine)).toEqual([]);
});
