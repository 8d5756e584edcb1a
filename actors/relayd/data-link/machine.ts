/**
 * The relay's end of a data connection: packets of any streams, which the handler stores as they arrive, or the way to
 * another relay (R3.8), which the handler asks for instead of the first packet.
 *
 * ```
 *   serving ─────────────────────▶ closing ──▶ closed
 *      └──▶ forwarding ──▶ tunnel ────▲
 * ```
 * The relay ends, or the peer (from any state).
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { linkActions } from '../link-actions.ts';
import type { LinkInput } from '../messages.ts';
import type { DataLinkEvent } from './events.ts';

const dataLinkSetup = setup({
  types: {
    context: {} as LinkInput,
    input: {} as LinkInput,
    events: {} as DataLinkEvent,
    emitted: {} as Effect,
  },
  actions: {
    ...linkActions<DataLinkEvent>(),
    forward: on('relay.request', ({ context: { connection }, event: { request }, enqueue }) => {
      if (request.type === 'forward') enqueue.emit({ type: 'relay.forward', connection, request });
    }),
  },
});

const chart = {
  id: 'data-link',
  initial: 'serving',
  states: {
    serving: {
      entry: 'adopt',
      on: {
        'relay.request': { target: 'forwarding', actions: 'forward' },
        'relay.closed': 'closed',
        'link.end': 'closing',
      },
    },
    forwarding: {
      on: {
        'relay.forwarded': 'tunnel',
        'relay.forwardFailed': 'closing',
        'relay.closed': 'closed',
        'link.end': 'closing',
      },
    },
    tunnel: { on: { 'relay.closed': 'closed', 'link.end': 'closing' } },
    closing: {
      entry: 'close',
      on: {
        'relay.forwarded': {},
        'relay.forwardFailed': {},
        'relay.closed': 'closed',
        'link.end': {},
      },
    },
    closed: { type: 'final', entry: 'tellClosed' },
  },
} satisfies ChartOf<typeof dataLinkSetup>;

export const dataLinkMachine = dataLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => input,
});
