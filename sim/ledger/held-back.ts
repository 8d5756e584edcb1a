/** When events of sessions had to wait in the buffers, because no consumer wrote them (R3.7). */

import type { StepResult } from '../../actors/client/plans/plan.ts';
import { isRelay } from '../../src/wire/control/destination.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { isUnawaited } from '../input/unawaited.ts';
import type { CommandAccount } from './ledger.ts';

/**
 * The latest moment until now, nanoseconds, at which a session may have held events back: between the disabling of its
 * consumer and the next enabling; and, if the network has faults, as long as the session may be at a relay.
 */
export function heldBackUntil(
  { commands }: { readonly commands: readonly CommandAccount[] },
  now: number,
  { isNetworkFaulty }: { readonly isNetworkFaulty: boolean },
): number {
  let until = 0;
  const held = new Set<string>();
  for (const { uid, steps, results } of commands) {
    for (const [index, { operation, answeredAt = now }] of steps.entries()) {
      const session = `${uid} ${operation === undefined ? '' : nameIn(operation)}`;
      const effect = effectOf(operation, results[index]);
      if (effect === 'held' || (effect === 'at-relay' && isNetworkFaulty)) held.add(session);
      else if (effect !== undefined && held.delete(session)) until = Math.max(until, answeredAt);
    }
  }
  return held.size > 0 ? now : until;
}

/** Where the session's events go after the operation; undefined: where they went before. */
function effectOf(
  operation: Operation | undefined,
  result: StepResult | undefined,
): 'held' | 'at-relay' | 'written' | undefined {
  const info = result?.kind === 'reply' ? result.value.session : undefined;
  switch (operation?.op) {
    case 'session.create':
      return operation.relay === undefined ? undefined : 'at-relay';
    case 'consumer.disable':
      return result?.kind === 'failure' && result.code === 'NO_SESSION' ? undefined : 'held';
    case 'consumer.enable':
      if (info?.destination === undefined) return undefined;
      return isRelay(info.destination.to) ? 'at-relay' : 'written';
    case 'session.destroy':
      return info === undefined || isUnawaited(operation) ? undefined : 'written';
    default:
      return undefined;
  }
}

function nameIn(operation: Operation): string {
  if (operation.op === 'session.create') return operation.name;
  return 'session' in operation ? operation.session : '';
}
