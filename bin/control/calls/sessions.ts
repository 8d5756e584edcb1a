/** The life of sessions. */
import type { Operation } from '../../../src/wire/control/messages.ts';
import type { SessionCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type { WaitOptions } from '../api/options.ts';
import { forgetSession, writeCurrent } from '../current-session.ts';
import { type Calling, requestAbout } from '../requests.ts';

type SimpleOp = `session.${'get' | 'start' | 'pause' | 'clear' | 'regenerate'}`;
type LongOp = `session.${'stop' | 'rotate'}`;

export function sessionCalls(on: Calling): SessionCalls {
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
    setCurrent: async (session) => {
      const found = await about(session, (key) => ({ op: 'session.get', session: key }));
      const written = writeCurrent(on.client.world, found);
      if (written.ok) return found;
      const { subject, code } = written.error;
      throw new ControlError('NO_OUTPUT', `Cannot write ${subject} (${code})`);
    },
    start: simple('session.start'),
    stop: long('session.stop'),
    pause: simple('session.pause'),
    rotate: long('session.rotate'),
    clear: simple('session.clear'),
    regenerateMetadata: simple('session.regenerate'),
    destroy: async (session, { abandon = false, ...options } = {}) => {
      const gone = await requestAbout(on, session, (key) => [
        // The reply describes the session even if another client destroys it at the same time.
        { op: 'session.get', session: key },
        {
          op: 'session.destroy',
          session: key,
          ...(abandon ? { abandon } : {}),
          ...unawaited(options),
        },
      ]);
      forgetSession(on.client.world, gone);
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

function unawaited({ noWait = false }: WaitOptions): { readonly noWait?: true } {
  return noWait ? { noWait } : {};
}
