/**
 * The relay's end of a data connection: packets of any streams, which the handler stores as they arrive.
 *
 * ```
 *   serving ──the relay ends──▶ closing ──▶ closed
 *      └──────the peer ends────────────────────▲
 * ```
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, emit } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { LinkInput, ToRelay } from '../messages.ts';
import type { DataLinkEvent } from './events.ts';

const dataLinkSetup = setup({
  types: {
    context: {} as LinkInput,
    input: {} as LinkInput,
    events: {} as DataLinkEvent,
    emitted: {} as Effect,
  },
  actions: {
    adopt: emit(({ context: { connection } }) => ({ type: 'relay.adopt' as const, connection })),
    close: emit(({ context: { connection } }) => ({ type: 'relay.close' as const, connection })),
    tellClosed: act(({ context, enqueue }) =>
      tell<ToRelay>(enqueue, context.relay, { type: 'link.closed', link: context.link }),
    ),
  },
});

const chart = {
  id: 'data-link',
  initial: 'serving',
  states: {
    serving: {
      entry: 'adopt',
      on: { 'relay.closed': 'closed', 'link.end': 'closing' },
    },
    closing: {
      entry: 'close',
      on: { 'relay.closed': 'closed', 'link.end': {} },
    },
    closed: { type: 'final', entry: 'tellClosed' },
  },
} satisfies ChartOf<typeof dataLinkSetup>;

export const dataLinkMachine = dataLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => input,
});
