/** The processes that are steps of a client's plan: the user's command, and the consumer that copies a snapshot. */
import { assert } from '../../src/base/assert.ts';
import type { ProcessExit } from '../../src/port/processes.ts';
import { act, emit, on } from '../../src/runtime/act.ts';
import { SNAPSHOT_EXIT } from '../../src/wire/exit-status.ts';
import { CONSUMER_PROGRAM, SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import { CHILD, clientActions, SNAPSHOT } from './context.ts';
import type { StepResult } from './plans/plan.ts';
import { endOf } from './sentences.ts';

function failedSnapshot(why: string): StepResult {
  return { kind: 'failure', code: 'SNAPSHOT_FAILED', reason: `There is no snapshot: ${why}` };
}

function snapshotResult(exit: ProcessExit): StepResult {
  switch (exit.code) {
    case 0:
      return { kind: 'snapshot', isWhole: true };
    case SNAPSHOT_EXIT.incomplete:
      return { kind: 'snapshot', isWhole: false };
    case SNAPSHOT_EXIT.tooMany:
      return {
        kind: 'failure',
        code: 'LIMIT',
        reason: 'The session has as many snapshots under way as it may have; try again',
      };
    case SNAPSHOT_EXIT.notWritten:
      return failedSnapshot('its trace cannot be written; the log of ust-consumerd says why');
    case SNAPSHOT_EXIT.notAttached:
      return failedSnapshot('the registry did not take it; the log of ust-consumerd says why');
    case SNAPSHOT_EXIT.interrupted:
      return failedSnapshot('it was interrupted');
    default:
      return failedSnapshot(`its consumer ended (${endOf(exit)})`);
  }
}

export const childActions = clientActions({
  runChild: act(({ context, enqueue }) => {
    assert(context.step?.kind === 'run', 'pre:client.runChild:is-run');
    const { program, args, environment } = context.step;
    enqueue.emit({
      type: 'process.spawn',
      key: CHILD,
      program,
      args,
      environment,
      style: 'inherit',
    });
  }),
  endChild: emit({ type: 'process.kill', key: CHILD, signal: 'SIGTERM' }),
  /** The child has ended, or never began. */
  keepEnd: on(['process.ended', 'process.spawnFailed'], ({ context, event, enqueue }) => {
    const result: StepResult =
      event.type === 'process.ended'
        ? { kind: 'exit', exit: event.exit }
        : { kind: 'cannotRun', error: event.error };
    enqueue.assign({ results: [...context.results, result] });
  }),
  /** It finds the registry by itself: ours may be gone by now. */
  spawnSnapshot: act(({ context, enqueue }) => {
    assert(context.step?.kind === 'snapshot', 'pre:client.spawnSnapshot:is-snapshot');
    const { session, output } = context.step;
    enqueue.emit({
      type: 'process.spawn',
      key: SNAPSHOT,
      program: CONSUMER_PROGRAM,
      args: [context.registry.scope, session, SNAPSHOT_OPTION, output, '--log-file'],
      environment: context.environment,
      style: 'daemon',
    });
  }),
  endSnapshot: emit({ type: 'process.kill', key: SNAPSHOT, signal: 'SIGTERM' }),
  keepSnapshot: on(['process.ended', 'process.spawnFailed'], ({ context, event, enqueue }) => {
    const result =
      event.type === 'process.ended'
        ? snapshotResult(event.exit)
        : ({
            kind: 'failure',
            code: 'SNAPSHOT_FAILED',
            reason: `Cannot start a consumer for the snapshot (${event.error.code})`,
          } as const);
    enqueue.assign({ results: [...context.results, result] });
  }),
});
