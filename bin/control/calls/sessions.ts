/** The life of sessions. */
import {
  bothPartsCommand,
  clearCommand,
  destroyCommand,
  type PartsCommand,
  pauseCommand,
  rotateCommand,
  startCommand,
  stopCommand,
} from '../../../actors/client/plans/parts.ts';
import type { SessionCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type { WaitOptions } from '../api/options.ts';
import { forgetSession, writeCurrent } from '../current-session.ts';
import { type Calling, requestAbout, requestAboutParts } from '../requests.ts';

export function sessionCalls(on: Calling): SessionCalls {
  const get = (session: SessionKey) =>
    requestAbout(on, session, (key) => [{ op: 'session.get', session: key }]);
  const inParts = (session: SessionKey, commandFor: (key: string) => PartsCommand) =>
    requestAboutParts(on, session, commandFor);
  return {
    get,
    setCurrent: async (session) => {
      const found = await get(session);
      const written = writeCurrent(on.client.world, found);
      if (written.ok) return found;
      const { subject, code } = written.error;
      throw new ControlError('NO_OUTPUT', `Cannot write ${subject} (${code})`);
    },
    start: (session) => inParts(session, startCommand),
    stop: (session, options = {}) =>
      inParts(session, (key) => stopCommand(key, unawaited(options))),
    pause: (session) => inParts(session, pauseCommand),
    rotate: (session, options = {}) =>
      inParts(session, (key) => rotateCommand(key, unawaited(options))),
    clear: (session) => inParts(session, clearCommand),
    destroy: async (session, { abandon = false, ...options } = {}) => {
      const given = { ...(abandon ? { abandon } : {}), ...unawaited(options) };
      const gone = await inParts(session, (key) => destroyCommand(key, given));
      forgetSession(on.client.world, gone);
      return gone;
    },
    enableRotation: (session, { everyUs, atBytes }) => {
      const schedule = {
        ...(everyUs === undefined ? {} : { everyUs }),
        ...(atBytes === undefined ? {} : { atBytes }),
      };
      return inParts(session, (key) =>
        bothPartsCommand(key, (part) => [{ op: 'rotation.enable', session: part, ...schedule }]),
      );
    },
    disableRotation: (session, schedules) =>
      inParts(session, (key) =>
        bothPartsCommand(key, (part) => [
          { op: 'rotation.disable', session: part, of: [...schedules] },
        ]),
      ),
  };
}

function unawaited({ noWait = false }: WaitOptions): { readonly noWait?: true } {
  return noWait ? { noWait } : {};
}
