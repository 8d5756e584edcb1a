/** Commands whose clients do not wait for what they begin (`--no-wait`). */
import type { Operation } from '../../src/wire/control/messages.ts';
import type { PartDraw } from './draw.ts';

/** The answer says only that it has begun, not when and how it ends. */
export function isUnawaited(operation: Operation | undefined): boolean {
  return operation !== undefined && 'noWait' in operation && operation.noWait === true;
}

/** The same operation; a third of those that can do so do not wait. */
export function sometimesUnawaited(part: PartDraw, operation: Operation): Operation {
  switch (operation.op) {
    case 'session.stop':
    case 'session.destroy':
    case 'session.rotate':
      return part.chance(3) ? { ...operation, noWait: true } : operation;
    default:
      return operation;
  }
}
