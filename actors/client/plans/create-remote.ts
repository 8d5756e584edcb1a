/** The plan of `lttng create` for a session whose trace goes to a relay. */
import type { RelayDestination } from '../../../src/wire/control/destination.ts';
import type { Plan } from './plan.ts';
import { setUpPlan } from './set-up.ts';

export interface RemoteSession {
  readonly name: string;
  readonly relay: RelayDestination;
  /** Present: a live session. */
  readonly liveTimerUs?: number;
}

/** Creates the session and connects its consumer to the relay; destroys the session again if that fails. */
export function createRemotePlan(given: RemoteSession): Plan {
  return setUpPlan({ op: 'session.create', ...given }, (session) => [
    { op: 'consumer.enable', session },
  ]);
}
