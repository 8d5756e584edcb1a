/**
 * The relay's end of a viewer's connection, in LTTng's live viewer protocol: the viewer asks, the relay answers.
 *
 * ```
 *   negotiating ──connect──▶ serving ──the relay ends──▶ closing ──▶ closed
 *        ├──another message, another version, silence───────▲           ▲
 *        └──the peer ends (from any state)──────────────────────────────┘
 * ```
 * The major versions must be equal, the lower minor version counts.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { VIEWER_COMMANDS } from '../../../src/wire/live/connect.ts';
import { LIVE_MAJOR, LIVE_MINOR_MAX, LIVE_MINOR_MIN } from '../../../src/wire/live/limits.ts';
import { NEGOTIATION_MS_MAX } from '../limits.ts';
import { linkActions } from '../link-actions.ts';
import type { LinkInput } from '../messages.ts';
import type { ViewerEvent } from './events.ts';

const VERSIONS = `${LIVE_MAJOR}.${LIVE_MINOR_MIN} to ${LIVE_MAJOR}.${LIVE_MINOR_MAX}`;

function isConnect(event: ViewerEvent): boolean {
  return event.type === 'relay.viewerRequest' && event.request.type === 'connect';
}

const viewerSetup = setup({
  types: {
    context: {} as LinkInput,
    input: {} as LinkInput,
    events: {} as ViewerEvent,
    emitted: {} as Effect,
  },
  guards: {
    isConnect: ({ event }) => isConnect(event),
    isCompatible: ({ event }) =>
      event.type === 'relay.viewerRequest' &&
      event.request.type === 'connect' &&
      event.request.major === LIVE_MAJOR &&
      event.request.minor >= LIVE_MINOR_MIN &&
      event.request.purpose === VIEWER_COMMANDS,
  },
  actions: {
    ...linkActions<ViewerEvent>(),
    /** Also for a version that we do not speak: so the viewer can name both. */
    agree: on('relay.viewerRequest', ({ context, event: { request }, enqueue }) => {
      const asked = request.type === 'connect' ? request.minor : LIVE_MINOR_MAX;
      const minor = Math.max(LIVE_MINOR_MIN, Math.min(asked, LIVE_MINOR_MAX));
      enqueue.emit({ type: 'relay.agree', connection: context.connection, minor });
    }),
    answer: on('relay.viewerRequest', ({ context: { connection }, event: { request }, enqueue }) =>
      enqueue.emit({ type: 'relay.answerViewer', connection, request }),
    ),
  },
});

const chart = {
  id: 'viewer',
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
        'relay.viewerRequest': [
          { guard: 'isCompatible', target: 'serving', actions: 'agree' },
          {
            guard: 'isConnect',
            target: 'closing',
            actions: [
              'agree',
              {
                type: 'logCutOff',
                params: { reason: `does not speak version ${VERSIONS} with commands` },
              },
            ],
          },
          {
            target: 'closing',
            actions: { type: 'logCutOff', params: { reason: 'did not begin with its version' } },
          },
        ],
        'relay.closed': 'closed',
        'link.end': 'closing',
      },
    },
    serving: {
      on: {
        'relay.viewerRequest': [
          {
            guard: 'isConnect',
            target: 'closing',
            actions: { type: 'logCutOff', params: { reason: 'sent its version twice' } },
          },
          { actions: 'answer' },
        ],
        'relay.closed': 'closed',
        'link.end': 'closing',
      },
    },
    closing: {
      entry: 'close',
      on: { 'relay.viewerRequest': {}, 'relay.closed': 'closed', 'link.end': {} },
    },
    closed: { type: 'final', entry: 'tellClosed' },
  },
} satisfies ChartOf<typeof viewerSetup>;

export const viewerMachine = viewerSetup.createMachine({ ...chart, context: ({ input }) => input });
