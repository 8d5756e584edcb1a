/** What a consumer knows, what must hold of it, and its bounds. */
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf, type Scene } from '../../../src/runtime/act.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import type { RegistryCandidate } from '../../../src/wire/endpoints.ts';
import type { RegistryConnection } from '../../shared/registry-connection.ts';
import type { ConsumerEvent } from './events.ts';

export interface ConsumerInput {
  readonly registry: RegistryCandidate;
  readonly sessionUuid: string;
  /** Where the trace goes, in a directory with the session's name; undefined: where the session says. */
  readonly into: string | undefined;
}

type Writer = Pick<ConsumerStream, 'pid' | 'startedAt' | 'dataSegment'>;

export interface ConsumerContext extends ConsumerInput, RegistryConnection {
  /** Invariant: once it is the status of a failure, it stays. */
  readonly exitCode: number;
  /** The session is known and its trace is open. Invariant: it stays so. */
  readonly hasTrace: boolean;
  /**
   * The processes that write the streams that are consumed, by stream id; of those alone that the present registry, or
   * the last one, knows. Invariant: none without a trace.
   */
  readonly writers: Readonly<Record<number, Writer>>;
  /** Looks for a registry since the last one was lost. Invariant: none without a trace. */
  readonly looks: number;
  /** One of the processes was alive at the present look. */
  readonly isNeeded: boolean;
}

export function initialContext(input: ConsumerInput): ConsumerContext {
  return {
    connectionCount: 0,
    exitCode: 0,
    hasTrace: false,
    writers: {},
    looks: 0,
    isNeeded: false,
    ...input,
  };
}

function assertInvariants(after: ConsumerContext, before: ConsumerContext): void {
  assert(after.connectionCount >= before.connectionCount, 'inv:consumer:connections-grow');
  assert(
    before.exitCode === 0 || after.exitCode === before.exitCode,
    'inv:consumer:first-failure-stays',
  );
  assert(after.hasTrace || !before.hasTrace, 'inv:consumer:trace-stays');
  assert(
    after.hasTrace || (after.looks === 0 && Object.keys(after.writers).length === 0),
    'inv:consumer:follows-with-a-trace',
  );
}

export type ConsumerScene<E = ConsumerEvent> = Scene<ConsumerContext, E, Effect>;
export const consumerActions = actionsOf<ConsumerContext, ConsumerEvent, Effect>(assertInvariants);

/** How long the registry may take until it has named the session. */
export const CONSUMER_JOIN_MS_MAX = 10_000;
/**
 * How often a consumer whose registry is gone tries to join the next one, and how many times without an application
 * that is alive.
 */
export const CONSUMER_REJOIN_MS = 250;
export const CONSUMER_REJOINS_MAX = 40;
/** How long the last message may take. */
export const CONSUMER_LEAVE_MS_MAX = 1000;
