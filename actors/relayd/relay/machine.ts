/**
 * A relay (`lttng-relayd`): the root actor of the daemon that stores what session daemons and their consumers of other
 * hosts stream to it (R3.5, R3.6).
 *
 * ```
 *   opening: output directory ▶ listeners ▶ pid file ──▶ listening ──SIGTERM, SIGINT──▶ ending ──▶ ended
 *       └──────────── no directory, no address, no file ───────────────────────────────────────────▲
 * ```
 * Anybody who reaches its addresses can write traces, so it says at its start which they are. Ending closes the links;
 * packets that are on their way are still stored.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import type { RelayListener } from '../../../src/effects/contract/relay.ts';
import { type OsError, osErrorText } from '../../../src/port/os-error.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { RELAYD_EXIT } from '../../../src/wire/exit-status.ts';
import { forwardPatternText } from '../../../src/wire/relay/forward-pattern.ts';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_HOST_MAX,
  ENDING_MS_MAX,
  RELAY_STREAMS_MAX,
  VIEWERS_MAX,
} from '../limits.ts';
import type { RelayInput, ToLink } from '../messages.ts';
import { initialContext, type RelayContext, type RelayStart } from './context.ts';
import type { RelayEvent } from './events.ts';

const LOGICS = { control: 'control-link', data: 'data-link', live: 'viewer' } as const;

/** Addresses that only processes of the same machine reach. */
const LOOPBACK = /^(?:127\.|::1$)/;

/** A stream has two files open: three quarters of the descriptors are for streams, the others for connections. */
function streamsWithin(descriptors: number): number {
  return Math.min(RELAY_STREAMS_MAX, Math.floor((descriptors * 3) / 8));
}

/** Why the relay takes no connection from this address; undefined: it does. */
function refusalOf(
  { links }: RelayContext,
  listener: RelayListener,
  host: string,
): string | undefined {
  if (links.length >= CONNECTIONS_MAX) return `${CONNECTIONS_MAX} connections are open`;
  const viewers = links.filter((other) => other.listener === 'live');
  if (listener === 'live' && viewers.length >= VIEWERS_MAX)
    return `${VIEWERS_MAX} viewers are here`;
  const ofHost = links.filter((other) => other.host === host);
  if (ofHost.length < CONNECTIONS_PER_HOST_MAX) return undefined;
  return `${CONNECTIONS_PER_HOST_MAX} connections from this address are open`;
}

const relaySetup = setup({
  types: {
    context: {} as RelayContext,
    input: {} as RelayInput,
    events: {} as RelayEvent,
    emitted: {} as Effect | RelayStart,
  },
  guards: {
    isLastListener: ({ context }) => context.listening.length + 1 === context.listeners.length,
    isRefused: ({ context, event }) =>
      event.type === 'relay.accepted' &&
      refusalOf(context, event.listener, event.peer.host) !== undefined,
    hasNoLink: ({ context }) => context.links.length === 0,
  },
  actions: {
    openStore: act(({ context, enqueue }) => {
      const { output, grouping, isClearAllowed, descriptors } = context;
      const streamsMax = streamsWithin(descriptors);
      enqueue.emit({ type: 'relay.openStore', output, grouping, isClearAllowed, streamsMax });
      if (streamsMax === RELAY_STREAMS_MAX) return;
      const fields = { descriptors, streams: streamsMax };
      enqueue.emit({ type: 'log.write', event: 'relay.fewDescriptors', fields });
    }),
    listen: act(({ context, enqueue }) => {
      for (const { listener, address } of context.listeners) {
        enqueue.emit({ type: 'relay.listen', listener, address });
      }
    }),
    noteListening: on('relay.listening', ({ context, event, enqueue }) => {
      const { listener, address } = event;
      const { host, port } = address;
      enqueue.assign({ listening: [...context.listening, { listener, address }] });
      enqueue.emit({
        type: 'log.write',
        event: 'relay.listening',
        fields: { listener, host, port },
      });
      if (LOOPBACK.test(host)) return;
      enqueue.emit({
        type: 'log.write',
        event: listener === 'live' ? 'relay.readable' : 'relay.reachable',
        fields: { listener, host, port },
      });
    }),
    announce: emit(({ context: { pidFile, portDirectory, listening: addresses } }) => ({
      type: 'relay.announce' as const,
      pidFile,
      portDirectory,
      addresses,
    })),
    noteReady: act(({ context: { output, forwardTo = [] }, enqueue }) => {
      if (forwardTo.length > 0) {
        const fields = { to: forwardTo.map(forwardPatternText).join(', ') };
        enqueue.emit({ type: 'log.write', event: 'relay.forwards', fields });
      }
      enqueue.emit({ type: 'log.write', event: 'relay.ready', fields: { output } });
      enqueue.emit({ type: 'process.notify', state: 'ready' });
    }),
    reload: act(({ enqueue }) => {
      enqueue.emit({ type: 'process.notify', state: 'reloading' });
      enqueue.emit({ type: 'log.write', event: 'configuration.reloaded' });
      enqueue.emit({ type: 'process.notify', state: 'ready' });
    }),
    giveUp: act(({ enqueue }, { error }: { error: OsError }) => {
      enqueue.assign({ exitCode: RELAYD_EXIT.cannotStart });
      const fields = { reason: osErrorText(error) };
      enqueue.emit({ type: 'log.write', event: 'relay.startFailed', fields });
    }),
    startLink: on('relay.accepted', ({ context, event, enqueue }) => {
      const { listener, connection, peer } = event;
      const link = `link-${connection}`;
      enqueue.assign({ links: [...context.links, { link, host: peer.host, listener }] });
      enqueue.emit({
        type: 'actor.start',
        logic: LOGICS[listener],
        id: link,
        input: { link, relay: context.relay, connection, peer },
      });
    }),
    refuse: on('relay.accepted', ({ context, event, enqueue }) => {
      const { listener, connection, peer } = event;
      const reason = refusalOf(context, listener, peer.host) ?? 'the relay is ending';
      const fields = { peer: peer.host, port: peer.port, reason };
      enqueue.emit({ type: 'log.write', event: 'relay.connectionRefused', fields });
      enqueue.emit({ type: 'relay.close', connection });
    }),
    forgetLink: on('link.closed', ({ context, event, enqueue }) => {
      enqueue.assign({ links: context.links.filter(({ link }) => link !== event.link) });
    }),
    endLinks: act(({ context, enqueue }) => {
      enqueue.emit({ type: 'log.write', event: 'relay.ending' });
      enqueue.emit({ type: 'process.notify', state: 'stopping' });
      enqueue.emit({ type: 'relay.unlisten' });
      for (const { link } of context.links) {
        tell<ToLink>(enqueue, link, { type: 'link.end' });
      }
    }),
    exit: act(({ context, enqueue }) => {
      enqueue.emit({ type: 'relay.withdraw' });
      enqueue.emit({ type: 'process.exit', code: context.exitCode });
    }),
  },
});

const chart = {
  id: 'relay',
  initial: 'opening',
  states: {
    opening: {
      entry: 'openStore',
      on: {
        'relay.storeOpened': { actions: 'listen' },
        'relay.storeFailed': {
          target: 'ended',
          actions: { type: 'giveUp', params: ({ event }) => ({ error: event.error }) },
        },
        'relay.listening': [
          { guard: 'isLastListener', actions: ['noteListening', 'announce'] },
          { actions: 'noteListening' },
        ],
        'relay.listenFailed': {
          target: 'ended',
          actions: { type: 'giveUp', params: ({ event }) => ({ error: event.error }) },
        },
        'relay.announced': { target: 'listening', actions: 'noteReady' },
        'relay.announceFailed': {
          target: 'ended',
          actions: { type: 'giveUp', params: ({ event }) => ({ error: event.error }) },
        },
        'configuration.read': {},
        'relay.accepted': [{ guard: 'isRefused', actions: 'refuse' }, { actions: 'startLink' }],
        'link.closed': { actions: 'forgetLink' },
        'process.signalled': 'ending',
      },
    },
    listening: {
      on: {
        'configuration.read': { actions: 'reload' },
        'relay.accepted': [{ guard: 'isRefused', actions: 'refuse' }, { actions: 'startLink' }],
        'link.closed': { actions: 'forgetLink' },
        'process.signalled': 'ending',
      },
    },
    ending: {
      entry: 'endLinks',
      after: { [ENDING_MS_MAX]: 'ended' },
      always: { guard: 'hasNoLink', target: 'ended' },
      on: {
        'relay.storeOpened': {},
        'relay.storeFailed': {},
        'relay.listening': {},
        'relay.listenFailed': {},
        'relay.announced': {},
        'relay.announceFailed': {},
        'configuration.read': {},
        'relay.accepted': { actions: 'refuse' },
        'link.closed': { actions: 'forgetLink' },
        'process.signalled': 'ended',
      },
    },
    ended: { type: 'final', entry: 'exit' },
  },
} satisfies ChartOf<typeof relaySetup>;

export const relayMachine = relaySetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
