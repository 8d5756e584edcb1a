/** The life of sessions. */
import type { Operation } from '../../../src/wire/control/messages.ts';
import type { SessionCalls } from '../api/control.ts';
import type { SessionKey } from '../api/current.ts';
import { type Calling, requestAbout } from '../requests.ts';
import { removeConfig } from '../session-config.ts';

type SimpleOp = `session.${'get' | 'start' | 'stop' | 'pause' | 'rotate' | 'clear'}`;

export function sessionCalls(on: Calling): SessionCalls {
  const about = (session: SessionKey, operation: (key: string) => Operation) =>
    requestAbout(on, session, (key) => [operation(key)]);
  const simple = (op: SimpleOp) => (session: SessionKey) =>
    about(session, (key) => ({ op, session: key }));
  return {
    get: simple('session.get'),
    start: simple('session.start'),
    stop: simple('session.stop'),
    pause: simple('session.pause'),
    rotate: simple('session.rotate'),
    clear: simple('session.clear'),
    destroy: async (session, { abandon = false } = {}) => {
      const gone = await requestAbout(on, session, (key) => [
        // The reply describes the session even if another client destroys it at the same time.
        { op: 'session.get', session: key },
        { op: 'session.destroy', session: key, ...(abandon ? { abandon } : {}) },
      ]);
      if (gone.output !== undefined) removeConfig(on.client.world, gone.output, gone.uuid);
      return gone;
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
