/** The plan of `lttng create` for a session whose trace goes to a relay. */
import type { RelayDestination } from '../../../src/wire/control/destination.ts';
import type { Plan } from './plan.ts';
import { sessionIn } from './record.ts';

export interface RemoteSession {
  readonly name: string;
  readonly relay: RelayDestination;
  /** Present: a live session. */
  readonly liveTimerUs?: number;
}

/** Creates the session and connects its consumer to the relay; destroys the session again if that fails. */
export function createRemotePlan(given: RemoteSession): Plan {
  return (results) => {
    if (results.length === 0) {
      return { kind: 'request', operation: { op: 'session.create', ...given } };
    }
    const session = sessionIn(results)?.uuid;
    if (session === undefined) return undefined;
    if (results.length === 1) {
      return { kind: 'request', operation: { op: 'consumer.enable', session } };
    }
    return results.length === 2 && results[1]?.kind === 'failure'
      ? { kind: 'request', operation: { op: 'session.destroy', session }, isAskedAgain: true }
      : undefined;
  };
}
