/**
 * The relay's end of a control connection of LTTng's relay protocol: one session of a session daemon and its consumer.
 *
 * ```
 *   negotiating ──version──▶ serving ──the peer ends, the relay ends──▶ closing ──▶ closed
 *        └────────────another message, another version, silence───────────▲
 * ```
 * The major versions must be equal, the lower minor version counts (R3.5). Packets come on another connection, so some
 * may arrive after the control connection has ended: closing waits for those that streams were promised.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { emit, on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { RELAY_MAJOR, RELAY_MINOR_MAX, RELAY_MINOR_MIN } from '../../../src/wire/relay/limits.ts';
import { NEGOTIATION_MS_MAX, SETTLE_MS_MAX } from '../limits.ts';
import { linkActions } from '../link-actions.ts';
import type { LinkInput } from '../messages.ts';
import type { ControlLinkEvent } from './events.ts';

function isVersion(event: ControlLinkEvent): boolean {
  return event.type === 'relay.request' && event.request.type === 'version';
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
    isVersion: ({ event }) => isVersion(event),
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
    answer: on('relay.request', ({ context: { connection }, event: { request }, enqueue }) =>
      enqueue.emit({ type: 'relay.answer', connection, request }),
    ),
    abandon: emit(({ context: { connection } }) => ({
      type: 'relay.abandon' as const,
      connection,
    })),
  },
});

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
          { guard: 'isCompatible', target: 'serving', actions: 'agree' },
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
    serving: {
      on: {
        'relay.request': [
          {
            guard: 'isVersion',
            target: 'closing',
            actions: { type: 'logCutOff', params: { reason: 'sent its version twice' } },
          },
          { actions: 'answer' },
        ],
        'relay.closed': 'closing',
        'link.end': 'closing',
      },
    },
    closing: {
      entry: 'close',
      after: { [SETTLE_MS_MAX]: { actions: 'abandon' } },
      on: {
        'relay.request': {},
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
