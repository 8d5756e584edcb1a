/** The processes that are steps of a client's plan: the user's command, and the consumer that copies a snapshot. */
import { assert } from '../../src/base/assert.ts';
import type { ProcessExit } from '../../src/port/processes.ts';
import { act, emit, on } from '../../src/runtime/act.ts';
import { SNAPSHOT_EXIT } from '../../src/wire/exit-status.ts';
import { CONSUMER_PROGRAM, MAX_SIZE_OPTION, SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import { CHILD, clientActions, SNAPSHOT } from './context.ts';
import type { StepResult } from './plans/plan.ts';
import { endOf } from './sentences.ts';

function failedSnapshot(why: string): StepResult {
  return { kind: 'failure', code: 'SNAPSHOT_FAILED', reason: `No snapshot was made: ${why}` };
}

function snapshotResult(exit: ProcessExit): StepResult {
  switch (exit.code) {
    case 0:
      return { kind: 'snapshot', isWhole: true };
    case SNAPSHOT_EXIT.incomplete:
      return { kind: 'snapshot', isWhole: false };
    case SNAPSHOT_EXIT.short:
      return { kind: 'snapshot', isWhole: true, isShort: true };
    case SNAPSHOT_EXIT.shortAndIncomplete:
      return { kind: 'snapshot', isWhole: false, isShort: true };
    case SNAPSHOT_EXIT.noRoom:
      return failedSnapshot('its largest size has no room for the newest packet of any stream');
    case SNAPSHOT_EXIT.tooMany:
      return {
        kind: 'failure',
        code: 'LIMIT',
        reason: 'The session has reached its limit of concurrent snapshots; try again later',
      };
    case SNAPSHOT_EXIT.notWritten:
      return failedSnapshot('its trace could not be written; see the log of ust-consumerd');
    case SNAPSHOT_EXIT.notAttached:
      return failedSnapshot('it could not attach to the session; see the log of ust-consumerd');
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
  passOnSignal: on('process.signalled', ({ event: { signal }, enqueue }) =>
    enqueue.emit({ type: 'process.kill', key: CHILD, signal }),
  ),
  /** The child has ended, or could not be started. */
  keepEnd: on(['process.ended', 'process.spawnFailed'], ({ context, event, enqueue }) => {
    const result: StepResult =
      event.type === 'process.ended'
        ? { kind: 'exit', exit: event.exit }
        : { kind: 'cannotRun', error: event.error };
    enqueue.assign({ results: [...context.results, result] });
  }),
  /** Starts the consumer of a snapshot, which connects to the registry itself: our connection may be lost. */
  spawnSnapshot: act(({ context, enqueue }) => {
    assert(context.step?.kind === 'snapshot', 'pre:client.spawnSnapshot:is-snapshot');
    const { session, output, bytesMax } = context.step;
    const limit = bytesMax === undefined ? [] : [MAX_SIZE_OPTION, String(bytesMax)];
    enqueue.emit({
      type: 'process.spawn',
      key: SNAPSHOT,
      program: CONSUMER_PROGRAM,
      args: [context.registry.scope, session, SNAPSHOT_OPTION, output, ...limit, '--log-file'],
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
