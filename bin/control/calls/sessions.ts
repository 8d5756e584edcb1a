/** The life of sessions. */
import { createRemotePlan } from '../../../actors/client/plans/create-remote.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import type { SessionCalls } from '../api/control.ts';
import type { SessionKey } from '../api/current.ts';
import type { CreateOptions } from '../api/options.ts';
import { usageError } from '../errors.ts';
import { createBy, createInDirectory, directoryPlan } from '../output/create.ts';
import { placeIn } from '../output/destination.ts';
import { newOutputDirectory, newSessionName } from '../output/output-directory.ts';
import { type Calling, checkOperations, requestAbout } from '../requests.ts';
import { removeConfig } from '../session-config.ts';
import { checkedKey } from '../sessions.ts';

type SimpleOp = `session.${'get' | 'start' | 'stop' | 'pause' | 'rotate' | 'clear'}`;

/** The first part of the name of a session that its user gives none. */
const NAMELESS = 'auto';

export function sessionCalls(on: Calling): SessionCalls {
  const about = (session: SessionKey, operation: (key: string) => Operation) =>
    requestAbout(on, session, (key) => [operation(key)]);
  const simple = (op: SimpleOp) => (session: SessionKey) =>
    about(session, (key) => ({ op, session: key }));
  return {
    create: (name, options = {}) => create(on, name, options),
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

function create(
  { client }: Calling,
  name: string | undefined,
  options: CreateOptions,
): Promise<SessionInfo> {
  const { flightRecorder = false, liveTimerUs } = options;
  if (name !== undefined) checkedKey(name);
  const { world } = client;
  const place = placeIn(world, options);
  if (place === undefined || !isRelay(place)) {
    if (liveTimerUs !== undefined) throw usageError('A live session sends to a relay');
    const directory = newOutputDirectory(world, NAMELESS, { name, path: place?.output });
    return createInDirectory(client, directory, directoryPlan(directory, flightRecorder));
  }
  if (flightRecorder) throw usageError('A flight recorder sends nothing to a relay');
  const remote = {
    name: newSessionName(world, NAMELESS, name),
    relay: place,
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
  };
  checkOperations([{ op: 'session.create', ...remote }]);
  return createBy(client, createRemotePlan(remote));
}
