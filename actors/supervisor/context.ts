/** A supervisor's context, its invariants and its bounds. */
import { assert } from '../../src/base/assert.ts';
import type { Effect } from '../../src/effects/contract/effects.ts';
import { actionsOf } from '../../src/runtime/act.ts';
import type { RegistryCandidate } from '../../src/wire/endpoints.ts';
import type { ClientErrorCode } from '../client/plans/plan.ts';
import type { RequestContext } from '../shared/registry-requests.ts';
import type { SupervisorEvent } from './events.ts';

export interface SupervisorInput {
  readonly registry: RegistryCandidate;
  readonly sessionUuid: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface SupervisorContext extends SupervisorInput, RequestContext {
  /** Attempts to rejoin a registry since the last one was lost. Invariant: at most SUPERVISOR_REJOINS_MAX. */
  readonly looks: number;
  /** Milliseconds before the next consumer. Invariant: from CONSUMER_REST_MS_MIN to CONSUMER_REST_MS_MAX. */
  readonly restMs: number;
  /** Consumers started in the present window. Invariant: at most CONSUMERS_STARTED_MAX. */
  readonly consumersStarted: number;
  /** Of the session, as the registry said it with the last loss; undefined: user space. */
  readonly domain: 'kernel' | undefined;
  readonly outcome: SupervisorOutcome;
}

/** Why supervision ended. */
export type SupervisorOutcome =
  /** The session is gone, or a signal ended us. */
  | { readonly kind: 'over'; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: ClientErrorCode; readonly reason: string };

/** The effect of a supervisor on its program. */
export type SupervisorEffect = { type: 'supervisor.done'; outcome: SupervisorOutcome };

/** How long a registry may take to welcome us, and a started consumer to be ready. */
export const SUPERVISOR_ANSWER_MS_MAX = 15_000;
/** The interval between a supervisor's attempts to rejoin a registry, and their number. */
export const SUPERVISOR_REJOIN_MS = 1000;
export const SUPERVISOR_REJOINS_MAX = 600;
/** The rest before another consumer is started: it doubles until a consumer has lived for CONSUMER_CALM_MS. */
export const CONSUMER_REST_MS_MIN = 100;
export const CONSUMER_REST_MS_MAX = 30_000;
export const CONSUMER_CALM_MS = 60_000;
/** The most consumers within CONSUMER_WINDOW_MS: after that many losses the cause is taken as permanent. */
export const CONSUMERS_STARTED_MAX = 20;
export const CONSUMER_WINDOW_MS = 600_000;

export function initialContext(input: SupervisorInput): SupervisorContext {
  return {
    connectionCount: 0,
    requestId: 0,
    looks: 0,
    restMs: CONSUMER_REST_MS_MIN,
    consumersStarted: 0,
    domain: undefined,
    outcome: { kind: 'over', reason: 'interrupted' },
    ...input,
  };
}

export function assertInvariants(after: SupervisorContext, before: SupervisorContext): void {
  const isGrowing =
    after.connectionCount >= before.connectionCount && after.requestId >= before.requestId;
  const isResting = after.restMs >= CONSUMER_REST_MS_MIN && after.restMs <= CONSUMER_REST_MS_MAX;
  assert(isGrowing, 'inv:supervisor:counts-grow');
  assert(isResting, 'inv:supervisor:rest-within-bounds');
  assert(after.looks <= SUPERVISOR_REJOINS_MAX, 'inv:supervisor:looks-within-bounds');
  assert(after.consumersStarted <= CONSUMERS_STARTED_MAX, 'inv:supervisor:brought-within-bounds');
}

export type Emitted = Effect | SupervisorEffect;
export const supervisorActions = actionsOf<SupervisorContext, SupervisorEvent, Emitted>();
