/** How the registry's actors act: what an action is given, and sending to an actor by id. */
import type { Effect, LogEffect } from '../../src/effects/types.ts';
import type { Credentials } from '../../src/port/world.ts';
import type { Scene } from '../../src/runtime/act.ts';
import type { RuntimeEvent } from '../../src/runtime/system.ts';
import type { ErrorCode, ReplyValue } from '../../src/wire/control/messages.ts';
import type { ReplyTo, ToClientLink } from './types.ts';

/** What an action outside of a machine's definition is given. */
export type SceneOf<Context, Event, Emitted = Effect> = Scene<Context, Event, Emitted>;
export interface Emit {
  emit(effect: Effect): void;
}

/**
 * Sends to the actor with this id, which may be gone: then nobody needs the event any more. `E` is the union that
 * the target accepts; naming it at the call is what checks the event.
 */
export function tell<E extends RuntimeEvent>(enqueue: Emit, id: string, event: E): void {
  enqueue.emit({ type: 'actor.tell', to: id, event });
}

export function answer(enqueue: Emit, to: ReplyTo, value: ReplyValue): void {
  tell<ToClientLink>(enqueue, to.link, { type: 'reply.value', id: to.id, value });
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

export function refuse(enqueue: Emit, to: ReplyTo, refusal: Refusal): void {
  tell<ToClientLink>(enqueue, to.link, { type: 'reply.failure', id: to.id, ...refusal });
}
