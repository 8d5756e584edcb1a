/** Sending to an actor by id, which may be gone: then nobody needs the event any more. */
import type { ActorSystem, AnyActorRef, EventObject } from 'xstate';

interface Sender {
  sendTo(target: AnyActorRef, event: EventObject): void;
}

/** `E` is the union that the target accepts; naming it at the call is what checks the event. */
export function tell<E extends EventObject>(
  enqueue: { sendTo: unknown },
  system: ActorSystem<any>,
  id: string,
  event: E,
): void {
  const target = system.get(id) as AnyActorRef | undefined;
  if (target === undefined || target.getSnapshot().status !== 'active') return;
  (enqueue as Sender).sendTo(target, event);
}
