/** Creates sessions, of files and of a relay. */
import { createBy, createInDirectory } from '../../../actors/client/courses/create.ts';
import { createRemotePlan } from '../../../actors/client/plans/create-remote.ts';
import { keepCurrent } from '../../../src/kept/current-session.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { CreateCalls } from '../api/control.ts';
import type { CreateOptions } from '../api/options.ts';
import { usageError } from '../errors.ts';
import { created, directoryPlan } from '../output/create.ts';
import { newOutputDirectory, newSessionName } from '../output/output-directory.ts';
import { placeIn } from '../output/place.ts';
import { type Calling, checkOperations } from '../requests.ts';
import { checkedKey } from '../sessions.ts';

/** The first part of the name of a session that its user gives none. */
const NAMELESS = 'auto';

export function createCalls(on: Calling): CreateCalls {
  return {
    create: async (name, options = {}) => {
      const session = await create(on, name, options);
      if (options.current === true) keepCurrent(on.client.world, session);
      return session;
    },
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
    const plan = directoryPlan(directory, flightRecorder);
    return created(client, createInDirectory(world, directory, plan));
  }
  if (flightRecorder) throw usageError('A flight recorder sends nothing to a relay');
  const remote = {
    name: newSessionName(world, NAMELESS, name),
    relay: place,
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
  };
  checkOperations([{ op: 'session.create', ...remote }]);
  return created(client, createBy(createRemotePlan(remote)));
}
