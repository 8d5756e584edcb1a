/** A client's requests to the registry, and the results of its answers. */
import { assert } from '../../src/base/assert.ts';
import { act, assign, on } from '../../src/runtime/act.ts';
import type { ErrorCode } from '../../src/wire/control/error-code.ts';
import { consumerProgramOf } from '../../src/wire/launch.ts';
import { answerOf, sendRequest } from '../shared/registry-requests.ts';
import { type ClientContext, CONSUMER, clientActions } from './context.ts';
import type { StepResult } from './plans/plan.ts';

/**
 * The registry died before it answered the request to destroy the session, and the next registry does not know the
 * session. If the session's record was ever on the disk, the session was destroyed, as requested; otherwise its buffers
 * may be left.
 */
function resultOfMissing({ results }: ClientContext): StepResult {
  const wasWritten = results.some(
    (result) =>
      result.kind === 'reply' &&
      result.value.session !== undefined &&
      result.value.unwritten === undefined,
  );
  if (wasWritten) return { kind: 'gone' };
  return {
    kind: 'failure',
    code: 'REGISTRY_LOST',
    reason: 'The registry was lost, and the next registry does not know the session',
  };
}

function resultOfFailure(
  context: ClientContext,
  { code, reason }: { readonly code: ErrorCode; readonly reason: string },
): StepResult {
  const { step, hasSpawnedConsumer, timesAskedAgain } = context;
  if (code === 'NO_SESSION') {
    if (timesAskedAgain > 0) return resultOfMissing(context);
    const isEnd = step?.kind === 'request' && step.operation.op === 'session.destroy';
    // Another client's consumer attached first, and the session is destroyed already.
    if (isEnd && hasSpawnedConsumer) return { kind: 'gone' };
  }
  return { kind: 'failure', code, reason };
}

export const requestActions = clientActions({
  request: act(({ context, enqueue }) => {
    assert(context.step?.kind === 'request', 'pre:client.request:is-request');
    sendRequest({ context, enqueue }, context.step.operation);
  }),
  keepAnswer: on('wire.message', ({ context, event, enqueue }) => {
    const answer = answerOf(context, event);
    assert(answer !== undefined, 'pre:client.keepAnswer:is-answer');
    const result: StepResult =
      answer.type === 'reply'
        ? { kind: 'reply', value: answer.value }
        : resultOfFailure(context, answer);
    enqueue.assign({ results: [...context.results, result] });
    if (answer.type !== 'reply' || answer.value.unwritten === undefined) return;
    enqueue.emit({
      type: 'log.write',
      event: 'session.notDurable',
      fields: { session: answer.value.session?.name, code: answer.value.unwritten },
    });
  }),
  noteAskedAgain: assign(({ context }) => ({
    timesAskedAgain: context.timesAskedAgain + 1,
    hasSpawnedConsumer: false,
  })),
  spawnConsumer: on('wire.message', ({ context, event: { message }, enqueue }) => {
    assert(
      message.type === 'failure' && message.session !== undefined,
      'pre:client.spawnConsumer:is-no-consumer',
    );
    const { session, domain } = message;
    enqueue.assign({ hasSpawnedConsumer: true });
    enqueue.emit({
      type: 'process.spawn',
      key: CONSUMER,
      program: consumerProgramOf(domain),
      args: [context.registry.scope, session, '--log-file', ...context.consumerArgs],
      environment: context.environment,
      style: 'daemon',
    });
    sendRequest({ context, enqueue }, { op: 'consumer.await', session });
  }),
});
