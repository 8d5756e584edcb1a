/** What the machines of a relay's connections do alike: begin to receive, cut a peer off, end, and tell the relay. */
import type { EventObject } from 'xstate';
import type { Effect } from '../../src/effects/contract/effects.ts';
import { act, actionsOf, emit } from '../../src/runtime/act.ts';
import { tell } from '../../src/runtime/tell.ts';
import type { LinkInput, ToRelay } from './messages.ts';

/** `E`: the events of the machine. */
export const linkActions = <E extends EventObject>() =>
  actionsOf<LinkInput, E, Effect>()({
    adopt: emit(({ context: { connection } }) => ({ type: 'relay.adopt' as const, connection })),
    close: emit(({ context: { connection } }) => ({ type: 'relay.close' as const, connection })),
    logCutOff: act(({ context, enqueue }, { reason }: { reason: string }) => {
      const { host: peer, port } = context.peer;
      const fields = { cause: 'protocol', reason, peer, port };
      enqueue.emit({ type: 'log.write', event: 'peer.cutOff', fields });
    }),
    tellClosed: act(({ context, enqueue }) =>
      tell<ToRelay>(enqueue, context.relay, { type: 'link.closed', link: context.link }),
    ),
  });
