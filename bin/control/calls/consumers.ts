/** The consumers of sessions. */
import {
  bothPartsCommand,
  consumedParts,
  continueConsumersCommand,
  stopConsumersCommand,
} from '../../../actors/client/plans/parts.ts';
import type { ConsumerCalls } from '../api/control.ts';
import { failureError } from '../errors.ts';
import { placeIn } from '../output/place.ts';
import { type Calling, requestAbout, requestAboutParts } from '../requests.ts';

export function consumerCalls(on: Calling): ConsumerCalls {
  const { client } = on;
  return {
    continueConsumer: (session) => requestAboutParts(on, session, continueConsumersCommand),
    stopConsumer: (session) => requestAboutParts(on, session, stopConsumersCommand),
    disableConsumer: (session) =>
      requestAboutParts(on, session, (key) =>
        bothPartsCommand(key, (part) => [{ op: 'consumer.disable', session: part }]),
      ),
    enableConsumer: (session, place = {}) => {
      const destination = placeIn(client.world, place);
      return requestAboutParts(on, session, (key) =>
        bothPartsCommand(key, (part) => [
          ...(destination === undefined
            ? []
            : [{ op: 'consumer.set' as const, session: part, destination }]),
          { op: 'consumer.enable', session: part },
        ]),
      );
    },
    superviseConsumer: async (session) => {
      const found = await requestAbout(on, session, (key) => [{ op: 'session.get', session: key }]);
      const outcome = await client.supervise(consumedParts(found));
      if (outcome.kind === 'failed') throw failureError(outcome);
      return outcome.reason;
    },
  };
}
