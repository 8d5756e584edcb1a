/** The life of sessions. */
import { destroy } from '../../../actors/client/courses/in-session.ts';
import { setCurrent } from '../../../actors/client/courses/keep.ts';
import {
  bothPartsCommand,
  clearCommand,
  type PartsCommand,
  pauseCommand,
  regenerateCommand,
  rotateCommand,
  startCommand,
  stopCommand,
} from '../../../actors/client/plans/parts.ts';
import type { SessionCalls } from '../api/control.ts';
import type { SessionKey } from '../api/current.ts';
import type { WaitOptions } from '../api/options.ts';
import { type Calling, namedBy, requestAbout, requestAboutParts, settled } from '../requests.ts';

export function sessionCalls(on: Calling): SessionCalls {
  const { client } = on;
  const inParts = (session: SessionKey, commandFor: (key: string) => PartsCommand) =>
    requestAboutParts(on, session, commandFor);
  return {
    get: (session) => requestAbout(on, session, (key) => [{ op: 'session.get', session: key }]),
    setCurrent: async (session) =>
      settled(await client.follow(setCurrent(client.world, namedBy(session)))),
    start: (session) => inParts(session, startCommand),
    stop: (session, options = {}) =>
      inParts(session, (key) => stopCommand(key, unawaited(options))),
    pause: (session) => inParts(session, pauseCommand),
    rotate: (session, options = {}) =>
      inParts(session, (key) => rotateCommand(key, unawaited(options))),
    clear: (session) => inParts(session, clearCommand),
    regenerateMetadata: (session) => inParts(session, regenerateCommand),
    destroy: async (session, { abandon = false, ...options } = {}) => {
      const how = { ...(abandon ? ({ abandon } as const) : {}), ...unawaited(options) };
      return settled(await client.follow(destroy(client.world, namedBy(session), how)));
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
