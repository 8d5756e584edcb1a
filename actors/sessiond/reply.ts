/** How the registry's actors answer and refuse requests, and log peers that they cut off. */

import type { LogEffect } from '../../src/effects/contract/process.ts';
import type { Credentials } from '../../src/port/identity.ts';
import { type Emit, tell } from '../../src/runtime/tell.ts';
import type { ErrorCode } from '../../src/wire/control/error-code.ts';
import { REFUSAL_CHARACTERS_MAX, type ReplyValue } from '../../src/wire/control/messages.ts';
import { OUTPUT_REASON_CHARACTERS_MAX } from '../../src/wire/control/outcomes.ts';
import type { LinkFailure, ReplyAddress, ToClientLink } from './messages.ts';

export function answer(enqueue: Emit, to: ReplyAddress, value: ReplyValue): void {
  tell<ToClientLink>(enqueue, to.link, { type: 'reply.value', id: to.id, value });
}

/** The log line about a peer that is cut off: its message matches the schema, but violates the protocol. */
export function cutOffLine({ pid, uid, gid }: Credentials, reason: string): LogEffect {
  return {
    type: 'log.write',
    event: 'peer.cutOff',
    fields: { cause: 'protocol', reason, pid, uid, gid },
  };
}

/** Why a request is refused; see the codes in `src/wire/control/messages.ts`. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  /** With NO_CONSUMER: UUID of the session that needs one. */
  readonly session?: string;
  /** With NO_CONSUMER: that session is a kernel part. */
  readonly domain?: 'kernel';
}

export function refuse(enqueue: Emit, to: ReplyAddress, refusal: Refusal): void {
  // It may name a way through many relays.
  const reason = refusal.reason.slice(0, REFUSAL_CHARACTERS_MAX);
  tell<ToClientLink>(enqueue, to.link, { type: 'reply.failure', id: to.id, ...refusal, reason });
}

/** A failure with a reason that fits into the description of its session. */
export function failureOf(code: ErrorCode, reason: string): LinkFailure {
  return { code, reason: reason.slice(0, OUTPUT_REASON_CHARACTERS_MAX) };
}
