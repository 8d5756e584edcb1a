/** A consumer's context, its invariants and its bounds. */
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf, type Scene } from '../../../src/runtime/act.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import type { WritingOutcome } from '../../../src/wire/control/outcomes.ts';
import type { RegistryCandidate } from '../../../src/wire/endpoints.ts';
import type { RegistryConnection } from '../../shared/registry-connection.ts';
import type { ConsumerEvent } from './events.ts';

export interface ConsumerInput {
  readonly registry: RegistryCandidate;
  readonly sessionUuid: string;
  /** The kernel consumer consumes the kernel part of a session, the other one the user part (R1.19). */
  readonly domain: 'user' | 'kernel';
  /** The parent of the trace's directory, which has the session's name; undefined: the session's output. */
  readonly into: string | undefined;
}

type Writer = Pick<ConsumerStream, 'pid' | 'startedAt' | 'dataSegment'>;

/** The process id of the kernel as a writer: it runs as long as the consumer does. */
export const KERNEL_PID = 0;

export interface ConsumerContext extends ConsumerInput, RegistryConnection {
  /** Invariant: the first status of a failure stays. */
  readonly exitCode: number;
  /** The session's name; empty until the registry says it, and the trace is opened. Invariant: never empty again. */
  readonly sessionName: string;
  /**
   * The writing processes of the consumed streams, by stream id: only of streams that the present registry knows, or
   * the last one knew. Invariant: none without a trace.
   */
  readonly writers: Readonly<Record<number, Writer>>;
  /** Attempts to rejoin a registry since the last one was lost. Invariant: none without a trace. */
  readonly looks: number;
  /** What the trace lacks, as of the last report of the recorder: the next registry learns it, too. */
  readonly outcome: WritingOutcome;
  /** One of the writing processes was alive at the present attempt. */
  readonly isNeeded: boolean;
}

export function initialContext(input: ConsumerInput): ConsumerContext {
  return {
    connectionCount: 0,
    exitCode: 0,
    sessionName: '',
    writers: {},
    looks: 0,
    isNeeded: false,
    outcome: {},
    ...input,
  };
}

export function hasTrace({ sessionName }: ConsumerContext): boolean {
  return sessionName !== '';
}

export function assertInvariants(after: ConsumerContext, before: ConsumerContext): void {
  assert(after.connectionCount >= before.connectionCount, 'inv:consumer:connections-grow');
  assert(
    before.exitCode === 0 || after.exitCode === before.exitCode,
    'inv:consumer:first-failure-stays',
  );
  assert(hasTrace(after) || !hasTrace(before), 'inv:consumer:trace-stays');
  assert(
    hasTrace(after) || (after.looks === 0 && Object.keys(after.writers).length === 0),
    'inv:consumer:follows-with-a-trace',
  );
}

export type ConsumerScene<E = ConsumerEvent> = Scene<ConsumerContext, E, Effect>;
export const consumerActions = actionsOf<ConsumerContext, ConsumerEvent, Effect>();

/** How long the registry may take to name the session. */
export const CONSUMER_JOIN_MS_MAX = 10_000;
/**
 * The interval between a consumer's attempts to rejoin a registry, and their number when no application is alive.
 */
export const CONSUMER_REJOIN_MS = 250;
export const CONSUMER_REJOINS_MAX = 40;
/** How long the last message may take until the connection has closed. */
export const CONSUMER_LEAVE_MS_MAX = 1000;
