/** The consumers of sessions. */
import type { Operation } from '../../../src/wire/control/messages.ts';
import type { ConsumerCalls } from '../api/control.ts';
import type { SessionKey } from '../api/current.ts';
import { failureError } from '../errors.ts';
import { placeIn } from '../output/place.ts';
import { type Calling, requestAbout } from '../requests.ts';
import { checkedKey } from '../sessions.ts';

type ConsumerOp = `consumer.${'continue' | 'stop' | 'disable'}`;

export function consumerCalls(on: Calling): ConsumerCalls {
  const simple = (op: ConsumerOp) => (session: SessionKey) =>
    requestAbout(on, session, (key): Operation[] => [{ op, session: key }]);
  return {
    continueConsumer: simple('consumer.continue'),
    stopConsumer: simple('consumer.stop'),
    disableConsumer: simple('consumer.disable'),
    enableConsumer: (session, place = {}) => {
      const destination = placeIn(on.client.world, place);
      return requestAbout(on, session, (key) => [
        ...(destination === undefined
          ? []
          : [{ op: 'consumer.set' as const, session: key, destination }]),
        { op: 'consumer.enable', session: key },
      ]);
    },
    superviseConsumer: async (session) => {
      const outcome = await on.client.supervise(checkedKey(session));
      if (outcome.kind === 'failed') throw failureError(outcome);
      return outcome.reason;
    },
  };
}
