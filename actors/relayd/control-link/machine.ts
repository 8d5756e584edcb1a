/**
 * The relay's end of a control connection of LTTng's relay protocol: one session of a session daemon and its consumer,
 * or the way of another relay's session (R3.8).
 *
 * ```
 *   negotiating ──version──▶ agreed ──session──▶ serving ──the peer ends, the relay ends──▶ closing ──▶ closed
 *        │                     └──▶ forwarding ──▶ tunnel ──one end, the relay ends────────────▲
 *        └──another message, another version, silence──────────────────────────────────────────┘
 * ```
 * The major versions must be equal, the lower minor version counts (R3.5). Packets come on another connection, so some
 * may arrive after the control connection has ended: closing waits for those that streams were promised.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { emit, on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { RELAY_MAJOR, RELAY_MINOR_MAX, RELAY_MINOR_MIN } from '../../../src/wire/relay/limits.ts';
import type { RelayRequestType } from '../../../src/wire/relay/requests.ts';
import { NEGOTIATION_MS_MAX, SETTLE_MS_MAX } from '../limits.ts';
import { linkActions } from '../link-actions.ts';
import type { LinkInput } from '../messages.ts';
import type { ControlLinkEvent } from './events.ts';

function isRequest(event: ControlLinkEvent, type: RelayRequestType): boolean {
  return event.type === 'relay.request' && event.request.type === type;
}

const SPEAKS = `${RELAY_MAJOR}.${RELAY_MINOR_MIN} to ${RELAY_MAJOR}.${RELAY_MINOR_MAX}`;

const controlLinkSetup = setup({
  types: {
    context: {} as LinkInput,
    input: {} as LinkInput,
    events: {} as ControlLinkEvent,
    emitted: {} as Effect,
  },
  guards: {
    isVersion: ({ event }) => isRequest(event, 'version'),
    isCreateSession: ({ event }) => isRequest(event, 'create-session'),
    isForward: ({ event }) => isRequest(event, 'forward'),
    isCompatible: ({ event }) =>
      event.type === 'relay.request' &&
      event.request.type === 'version' &&
      event.request.major === RELAY_MAJOR &&
      event.request.minor >= RELAY_MINOR_MIN,
  },
  actions: {
    ...linkActions<ControlLinkEvent>(),
    /** Also for a version that we do not speak: so the peer can name both. */
    agree: on('relay.request', ({ context, event: { request }, enqueue }) => {
      const asked = request.type === 'version' ? request.minor : RELAY_MINOR_MAX;
      const minor = Math.max(RELAY_MINOR_MIN, Math.min(asked, RELAY_MINOR_MAX));
      enqueue.emit({ type: 'relay.agree', connection: context.connection, minor });
    }),
    serve: emit(({ context: { connection } }) => ({ type: 'relay.serve' as const, connection })),
    answer: on('relay.request', ({ context: { connection }, event: { request }, enqueue }) =>
      enqueue.emit({ type: 'relay.answer', connection, request }),
    ),
    forward: on('relay.request', ({ context: { connection }, event: { request }, enqueue }) => {
      if (request.type === 'forward') enqueue.emit({ type: 'relay.forward', connection, request });
    }),
    abandon: emit(({ context: { connection } }) => ({
      type: 'relay.abandon' as const,
      connection,
    })),
  },
});

const VERSION_TWICE = { type: 'logCutOff', params: { reason: 'sent its version twice' } } as const;

const chart = {
  id: 'control-link',
  initial: 'negotiating',
  states: {
    negotiating: {
      entry: 'adopt',
      after: {
        [NEGOTIATION_MS_MAX]: {
          target: 'closing',
          actions: { type: 'logCutOff', params: { reason: 'did not send its version in time' } },
        },
      },
      on: {
        'relay.request': [
          { guard: 'isCompatible', target: 'agreed', actions: 'agree' },
          {
            guard: 'isVersion',
            target: 'closing',
            actions: [
              'agree',
              {
                type: 'logCutOff',
                params: { reason: `does not speak version ${SPEAKS}` },
              },
            ],
          },
          {
            target: 'closing',
            actions: { type: 'logCutOff', params: { reason: 'did not begin with its version' } },
          },
        ],
        'relay.closed': 'closing',
        'link.end': 'closing',
      },
    },
    agreed: {
      on: {
        'relay.request': [
          { guard: 'isVersion', target: 'closing', actions: VERSION_TWICE },
          { guard: 'isForward', target: 'forwarding', actions: 'forward' },
          { guard: 'isCreateSession', target: 'serving', actions: 'answer' },
          { actions: 'answer' },
        ],
        'relay.closed': 'closing',
        'link.end': 'closing',
      },
    },
    serving: {
      entry: 'serve',
      on: {
        'relay.request': [
          { guard: 'isVersion', target: 'closing', actions: VERSION_TWICE },
          {
            guard: 'isForward',
            target: 'closing',
            actions: { type: 'logCutOff', params: { reason: 'asks to forward a session' } },
          },
          { actions: 'answer' },
        ],
        'relay.closed': 'closing',
        'link.end': 'closing',
      },
    },
    forwarding: {
      on: {
        'relay.forwarded': 'tunnel',
        'relay.forwardFailed': 'closing',
        'relay.closed': 'closing',
        'link.end': 'closing',
      },
    },
    tunnel: { on: { 'relay.closed': 'closing', 'link.end': 'closing' } },
    closing: {
      entry: 'close',
      after: { [SETTLE_MS_MAX]: { actions: 'abandon' } },
      on: {
        'relay.request': {},
        'relay.forwarded': {},
        'relay.forwardFailed': {},
        'relay.closed': {},
        'link.end': {},
        'relay.settled': 'closed',
      },
    },
    closed: { type: 'final', entry: 'tellClosed' },
  },
} satisfies ChartOf<typeof controlLinkSetup>;

export const controlLinkMachine = controlLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => input,
});
