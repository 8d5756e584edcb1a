/** How those who join a session in the registry, to consume or to copy it, read what happens on the way. */
import { assert } from '../../src/base/assert.ts';
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import type { ToConsumer } from '../../src/wire/control/messages.ts';

export function messageOf(event: EffectEvent): ToConsumer {
  assert(event.type === 'wire.message', 'pre:joining.messageOf:is-message');
  return event.message as ToConsumer;
}

/** One sentence for the log, from the event that ended the attempt. */
export function whyNotJoined(event: EffectEvent): string {
  switch (event.type) {
    case 'wire.opened':
      return `the registry runs as uid ${event.peer.uid}, a stranger`;
    case 'wire.openFailed':
      return `cannot connect to ${event.error.subject} (${event.error.code})`;
    case 'wire.closed':
      return event.reason;
    case 'wire.message': {
      const message = messageOf(event);
      return message.type === 'refused' ? message.reason : `it said "${message.type}" out of place`;
    }
    default:
      return 'the registry does not answer';
  }
}
