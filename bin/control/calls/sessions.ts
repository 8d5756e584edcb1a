/** The life of sessions. */
import { destroy } from '../../../actors/client/courses/in-session.ts';
import { setCurrent } from '../../../actors/client/courses/keep.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import type { SessionCalls } from '../api/control.ts';
import type { SessionKey } from '../api/current.ts';
import type { WaitOptions } from '../api/options.ts';
import { type Calling, namedBy, requestAbout, settled } from '../requests.ts';

type SimpleOp = `session.${'get' | 'start' | 'pause' | 'clear' | 'regenerate'}`;
type LongOp = `session.${'stop' | 'rotate'}`;

export function sessionCalls(on: Calling): SessionCalls {
  const { client } = on;
  const about = (session: SessionKey, operation: (key: string) => Operation) =>
    requestAbout(on, session, (key) => [operation(key)]);
  const simple = (op: SimpleOp) => (session: SessionKey) =>
    about(session, (key) => ({ op, session: key }));
  const long =
    (op: LongOp) =>
    (session: SessionKey, options: WaitOptions = {}) =>
      about(session, (key) => ({ op, session: key, ...unawaited(options) }));
  return {
    get: simple('session.get'),
    setCurrent: async (session) =>
      settled(await client.follow(setCurrent(client.world, namedBy(session)))),
    start: simple('session.start'),
    stop: long('session.stop'),
    pause: simple('session.pause'),
    rotate: long('session.rotate'),
    clear: simple('session.clear'),
    regenerateMetadata: simple('session.regenerate'),
    destroy: async (session, { abandon = false, ...options } = {}) => {
      const how = { ...(abandon ? ({ abandon } as const) : {}), ...unawaited(options) };
      return settled(await client.follow(destroy(client.world, namedBy(session), how)));
    },
    enableRotation: (session, { everyUs, atBytes }) =>
      about(session, (key) => ({
        op: 'rotation.enable',
        session: key,
        ...(everyUs === undefined ? {} : { everyUs }),
        ...(atBytes === undefined ? {} : { atBytes }),
      })),
    disableRotation: (session, schedules) =>
      about(session, (key) => ({ op: 'rotation.disable', session: key, of: [...schedules] })),
  };
}

function unawaited({ noWait = false }: WaitOptions): { readonly noWait?: true } {
  return noWait ? { noWait } : {};
}
