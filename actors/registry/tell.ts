/** How the registry's actors act: what an action is given, and sending to an actor by id. */
import type { ActorSystem, AnyActorRef, EventObject } from 'xstate';
import type { Effect, LogEffect } from '../../src/effects/types.ts';
import type { Credentials } from '../../src/port/world.ts';
import type { ErrorCode, ReplyValue } from '../../src/wire/control/messages.ts';
import type { ReplyTo, ToClientLink } from './types.ts';

export type System = ActorSystem<{ actors: Record<string, AnyActorRef> }>;

/** The part of xstate's `enqueue` that actions outside of a machine's definition use. */
export interface Enqueue {
  emit(effect: Effect): void;
  sendTo(target: AnyActorRef, event: EventObject): void;
}

/** What an action outside of a machine's definition is given. */
export interface SceneOf<Context, Event> {
  readonly context: Context;
  readonly event: Event;
  readonly enqueue: Enqueue & { assign(changes: Partial<Context>): void };
  readonly system: System;
}

/**
 * Sends to the actor with this id, which may be gone: then nobody needs the event any more. `E` is the union that
 * the target accepts; naming it at the call is what checks the event.
 */
export function tell<E extends EventObject>(
  enqueue: Pick<Enqueue, 'sendTo'>,
  system: System,
  id: string,
  event: E,
): void {
  const target: AnyActorRef | undefined = system.get(id);
  if (target === undefined || (target.getSnapshot() as { status: string }).status !== 'active')
    return;
  enqueue.sendTo(target, event);
}

export function answer(enqueue: Enqueue, system: System, to: ReplyTo, value: ReplyValue): void {
  tell<ToClientLink>(enqueue, system, to.link, { type: 'reply.value', id: to.id, value });
}

/** The log line about a peer that is cut off because it breaks the protocol in a way that its schema allows. */
export function cutOffLine({ pid, uid, gid }: Credentials, reason: string): LogEffect {
  return {
    type: 'log.write',
    level: 'warn',
    message: 'Cut off a peer',
    fields: { cause: 'protocol', reason, pid, uid, gid },
  };
}

/** Why a request is refused; see the codes in `src/wire/control/messages.ts`. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  /** With NO_CONSUMER: UUID of the session that needs one. */
  readonly session?: string;
}

export function refuse(enqueue: Enqueue, system: System, to: ReplyTo, refusal: Refusal): void {
  tell<ToClientLink>(enqueue, system, to.link, { type: 'reply.failure', id: to.id, ...refusal });
}
