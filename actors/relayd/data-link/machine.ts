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
