/** Requests to a registry and their answers, for machines that have one request under way at a time. */
import type { Effect } from '../../src/effects/contract/effects.ts';
import type { Scene } from '../../src/runtime/act.ts';
import type { Operation, ToClient } from '../../src/wire/control/messages.ts';
import { type RegistryConnection, say } from './registry-connection.ts';

export interface RequestContext extends RegistryConnection {
  /** The id of the last request. Invariant: it never decreases, so that answers to earlier requests are recognized. */
  readonly requestId: number;
}

export type Answer = Extract<ToClient, { type: 'reply' | 'failure' }>;

/** The answer to the last request. */
export function answerOf(
  { requestId }: RequestContext,
  event: { readonly type: string; readonly message?: ToClient },
): Answer | undefined {
  const { message } = event;
  const isAnswer = message?.type === 'reply' || message?.type === 'failure';
  return isAnswer && message.id === requestId ? message : undefined;
}

export function sendRequest(
  { context, enqueue }: Pick<Scene<RequestContext, unknown, Effect>, 'context' | 'enqueue'>,
  operation: Operation,
): void {
  const id = context.requestId + 1;
  enqueue.assign({ requestId: id });
  enqueue.emit(say(context, { type: 'request', id, operation }));
}
