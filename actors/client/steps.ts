/** A client carries out its plan: actions that choose the next step and keep results. */
import { assert } from '../../src/base/assert.ts';
import { act, emit, on } from '../../src/runtime/act.ts';
import { clientActions } from './context.ts';
import type { ClientErrorCode, StepResult } from './plans/plan.ts';

const INTERRUPTED: StepResult = { kind: 'failure', code: 'INTERRUPTED', reason: 'Interrupted' };

/** The action that adds this failure as the result of the step. */
export function failing(code: ClientErrorCode, reason: string) {
  return { type: 'keepFailure' as const, params: { code, reason } };
}

export const stepActions = clientActions({
  beginWork: on('wire.message', ({ context, event: { message }, enqueue }) => {
    assert(message.type === 'welcome', 'pre:client.beginWork:is-welcome');
    const { scope, pid, major, minor } = message;
    const registry = { scope, pid, major, minor, isNew: context.registriesStarted > 0 };
    enqueue.assign({ isConnected: true });
    enqueue.emit({ type: 'client.welcomed', registry });
  }),
  choose: act(({ context, enqueue }) => {
    const { results: done, isInterrupted, plan } = context;
    // A plan that is complete was not interrupted.
    const results = isInterrupted && plan(done) !== undefined ? [...done, INTERRUPTED] : done;
    const step = plan(results);
    enqueue.assign({
      results,
      step,
      isInterrupted: false,
      hasSpawnedConsumer: false,
      timesAskedAgain: 0,
    });
    if (step !== undefined) enqueue.emit({ type: 'client.step', step });
  }),
  keepFailure: act(({ context, enqueue }, failure: { code: ClientErrorCode; reason: string }) =>
    enqueue.assign({ results: [...context.results, { kind: 'failure', ...failure }] }),
  ),
  keepRest: act(({ context, enqueue }) =>
    enqueue.assign({ results: [...context.results, { kind: 'rested' }] }),
  ),
  noteInterrupted: act(({ enqueue }) => enqueue.assign({ isInterrupted: true })),
  noteLost: act(({ enqueue }) => enqueue.assign({ isConnected: false })),
  report: emit(({ context }) => ({
    type: 'client.done',
    results: context.results,
    scope: context.isConnected ? context.registry.scope : undefined,
  })),
});
