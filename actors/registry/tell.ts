/** Sending to an actor by id, which may be gone: then nobody needs the event any more. */
import type { ActorRef, EventObject, Snapshot } from 'xstate';

type Target = ActorRef<Snapshot<unknown>, EventObject>;

interface Sender {
  sendTo(target: Target, event: EventObject): void;
}

/** `E` is the union that the target accepts; naming it at the call is what checks the event. */
export function tell<E extends EventObject>(
  enqueue: { sendTo: unknown },
  system: { get(id: string): unknown },
  id: string,
  event: E,
): void {
  const target = system.get(id) as Target | undefined;
  if (target === undefined || target.getSnapshot().status !== 'active') return;
  (enqueue as Sender).sendTo(target, event);
}
