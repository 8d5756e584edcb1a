/** What a client does on the way between its states (`machine.ts`). */
import { assert } from '../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../src/effects/contract/effects.ts';
import type { ProcessExit } from '../../src/port/processes.ts';
import type { SceneOf } from '../../src/runtime/tell.ts';
import { CONTROL_PROTOCOL_MAJOR, type ErrorCode } from '../../src/wire/control/messages.ts';
import { SNAPSHOT_EXIT } from '../../src/wire/exit-status.ts';
import { CONSUMER_PROGRAM, SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import {
  CHILD,
  type ClientContext,
  type ClientEffect,
  CONSUMER,
  candidateOf,
  connectionId,
  messageOf,
  SNAPSHOT,
  sessiondKey,
} from './context.ts';
import type { ClientErrorCode, StepResult } from './plans/plan.ts';
import { endOf } from './sentences.ts';

type Scene = SceneOf<ClientContext, EffectEvent, Effect | ClientEffect>;

const INTERRUPTED: StepResult = { kind: 'failure', code: 'INTERRUPTED', reason: 'Interrupted' };

export function connect({ context, enqueue }: Scene): void {
  const connectionCount = context.connectionCount + 1;
  enqueue.assign({ connectionCount });
  enqueue.emit({
    type: 'wire.open',
    connection: `registry-${connectionCount}`,
    path: candidateOf(context).clientPath,
    protocol: 'control.client',
  });
}

/** Why the present candidate is of no use. */
export function noteReason({ context, enqueue }: Scene, params: { reason: string }): void {
  const { clientPath } = candidateOf(context);
  enqueue.assign({ reasons: [...context.reasons, `${clientPath}: ${params.reason}`] });
}

export function keepFailure(
  { context, enqueue }: Scene,
  params: { code: ClientErrorCode; reason: string },
): void {
  enqueue.assign({ results: [...context.results, { kind: 'failure', ...params }] });
}

export function report({ context, enqueue }: Scene): void {
  const scope = context.isConnected ? candidateOf(context).scope : undefined;
  enqueue.emit({ type: 'client.done', results: context.results, scope });
}

export function greet({ context, enqueue }: Scene): void {
  const connection = connectionId(context);
  enqueue.emit({ type: 'wire.adopt', connection });
  const message = { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 };
  enqueue.emit({ type: 'wire.send', connection, message });
}

export function beginWork({ context, event, enqueue }: Scene): void {
  const message = messageOf(event);
  assert(message?.type === 'welcome', 'pre:client.beginWork:is-welcome');
  const { scope, pid, major, minor } = message;
  const registry = { scope, pid, major, minor, isNew: context.registriesStarted > 0 };
  enqueue.assign({ isConnected: true });
  enqueue.emit({ type: 'client.welcomed', registry });
}

export function choose({ context, enqueue }: Scene): void {
  const results = context.isInterrupted ? [...context.results, INTERRUPTED] : context.results;
  const step = context.plan(results);
  enqueue.assign({ results, step, isInterrupted: false, hasBrought: false, timesAskedAgain: 0 });
  if (step !== undefined) enqueue.emit({ type: 'client.step', step });
}

export function request({ context, enqueue }: Scene): void {
  assert(context.step?.kind === 'request', 'pre:client.request:is-request');
  const requestId = context.requestId + 1;
  enqueue.assign({ requestId });
  const message = { type: 'request', id: requestId, operation: context.step.operation };
  enqueue.emit({ type: 'wire.send', connection: connectionId(context), message });
}

export function bringConsumer({ context, event, enqueue }: Scene): void {
  const message = messageOf(event);
  assert(
    message?.type === 'failure' && message.session !== undefined,
    'pre:client.bringConsumer:is-no-consumer',
  );
  const { session } = message;
  const requestId = context.requestId + 1;
  enqueue.assign({ requestId, hasBrought: true });
  enqueue.emit({
    type: 'process.spawn',
    key: CONSUMER,
    program: CONSUMER_PROGRAM,
    args: [candidateOf(context).scope, session, '--log-file', ...context.consumerArgs],
    environment: context.environment,
    style: 'daemon',
  });
  enqueue.emit({
    type: 'wire.send',
    connection: connectionId(context),
    message: { type: 'request', id: requestId, operation: { op: 'consumer.await', session } },
  });
}

export function spawnSessiond({ context, enqueue }: Scene): void {
  assert(context.sessiond !== undefined, 'pre:client.spawnSessiond:allowed');
  const registriesStarted = context.registriesStarted + 1;
  enqueue.assign({ registriesStarted });
  enqueue.emit({
    type: 'process.spawn',
    key: sessiondKey({ ...context, registriesStarted }),
    ...context.sessiond,
    environment: context.environment,
    style: 'daemon',
  });
}

export function runChild({ context, enqueue }: Scene): void {
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
}

/** It finds the registry by itself: ours may be gone by now. */
export function spawnSnapshot({ context, enqueue }: Scene): void {
  assert(context.step?.kind === 'snapshot', 'pre:client.spawnSnapshot:is-snapshot');
  const { session, output } = context.step;
  enqueue.emit({
    type: 'process.spawn',
    key: SNAPSHOT,
    program: CONSUMER_PROGRAM,
    args: [candidateOf(context).scope, session, SNAPSHOT_OPTION, output, '--log-file'],
    environment: context.environment,
    style: 'daemon',
  });
}

export function keepSnapshot({ context, event, enqueue }: Scene): void {
  assert(
    event.type === 'process.ended' || event.type === 'process.spawnFailed',
    'pre:client.keepSnapshot:is-end',
  );
  const result: StepResult =
    event.type === 'process.ended'
      ? snapshotResult(event.exit)
      : {
          kind: 'failure',
          code: 'SNAPSHOT_FAILED',
          reason: `Cannot start a consumer for the snapshot (${event.error.code})`,
        };
  enqueue.assign({ results: [...context.results, result] });
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

function failedSnapshot(why: string): StepResult {
  return { kind: 'failure', code: 'SNAPSHOT_FAILED', reason: `There is no snapshot: ${why}` };
}

/** The child has ended, or never began. */
export function keepEnd({ context, event, enqueue }: Scene): void {
  assert(
    event.type === 'process.ended' || event.type === 'process.spawnFailed',
    'pre:client.keepEnd:is-end',
  );
  const result: StepResult =
    event.type === 'process.ended'
      ? { kind: 'exit', exit: event.exit }
      : { kind: 'cannotRun', error: event.error };
  enqueue.assign({ results: [...context.results, result] });
}

/**
 * The registry after the one that was asked to destroy the session does not know it. If its record was ever on the
 * disk, somebody has destroyed it, which is what we want; otherwise it may be that nobody did.
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
    reason: 'The registry went away, and the next one has never heard of the session',
  };
}

function resultOfFailure(
  context: ClientContext,
  { code, reason }: { readonly code: ErrorCode; readonly reason: string },
): StepResult {
  const { step, hasBrought, timesAskedAgain } = context;
  if (code === 'NO_SESSION') {
    if (timesAskedAgain > 0) return resultOfMissing(context);
    const isEnd = step?.kind === 'request' && step.operation.op === 'session.destroy';
    // Somebody else who was asked for a consumer has brought one sooner.
    if (isEnd && hasBrought) return { kind: 'gone' };
  }
  return { kind: 'failure', code, reason };
}

export function keepAnswer({ context, event, enqueue }: Scene): void {
  const message = messageOf(event);
  assert(
    message?.type === 'reply' || message?.type === 'failure',
    'pre:client.keepAnswer:is-answer',
  );
  const result: StepResult =
    message.type === 'reply'
      ? { kind: 'reply', value: message.value }
      : resultOfFailure(context, message);
  enqueue.assign({ results: [...context.results, result] });
  if (message.type !== 'reply' || message.value.unwritten === undefined) return;
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'The registry cannot write the session down: if it is killed now, this is forgotten',
    fields: { session: message.value.session?.name, code: message.value.unwritten },
  });
}
