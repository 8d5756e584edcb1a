/** What a client of a registry knows, what must hold of it, its bounds, and the names of what it starts. */
import { assert } from '../../src/base/assert.ts';
import type { Effect } from '../../src/effects/contract/effects.ts';
import { actionsOf, type Scene } from '../../src/runtime/act.ts';
import type { RegistryCandidate, RegistryScope } from '../../src/wire/endpoints.ts';
import type { RequestContext } from '../shared/registry-requests.ts';
import type { ClientEvent } from './events.ts';
import type { Plan, Step, StepResult } from './plans/plan.ts';

export interface ClientInput {
  /** In the order of preference, at least one; the last one is started when it does not answer. */
  readonly candidates: readonly RegistryCandidate[];
  /** How to start the registry, or undefined (`--no-sessiond`). */
  readonly sessiond: { readonly program: string; readonly args: readonly string[] } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Arguments for the consumers that are brought, beside their session. */
  readonly consumerArgs: readonly string[];
  readonly plan: Plan;
}

/** `registry`: the present candidate. */
export interface ClientContext extends Omit<ClientInput, 'candidates'>, RequestContext {
  /** The candidates after the present one. */
  readonly nextCandidates: readonly RegistryCandidate[];
  /** Invariant: no result is taken back. */
  readonly results: readonly StepResult[];
  /** Of the plan; undefined before the first one, and when the plan is over. */
  readonly step: Step | undefined;
  /** Why each candidate does not serve us, for the message at the end. */
  readonly reasons: readonly string[];
  /** Invariant: only once there was a connection. */
  readonly isConnected: boolean;
  /** A consumer was brought for the present step. Invariant: that is a request. */
  readonly hasBrought: boolean;
  /**
   * Registries that died over the present step, which the next one was asked for. Invariant: at most
   * TIMES_ASKED_AGAIN_MAX, and 0 unless the step is a request that is asked again.
   */
  readonly timesAskedAgain: number;
  /** How many registries we started. Invariant: it never shrinks, and is 0 unless we may start one. */
  readonly registriesStarted: number;
  /**
   * A signal came while we waited for an answer; the plan is given it with the answer. Invariant: the step is a
   * request.
   */
  readonly isInterrupted: boolean;
}

export function initialContext({ candidates, ...input }: ClientInput): ClientContext {
  const [registry, ...nextCandidates] = candidates;
  assert(registry !== undefined, 'pre:client.initialContext:has-a-candidate');
  return {
    registry,
    nextCandidates,
    connectionCount: 0,
    requestId: 0,
    results: [],
    step: undefined,
    reasons: [],
    isConnected: false,
    hasBrought: false,
    timesAskedAgain: 0,
    registriesStarted: 0,
    isInterrupted: false,
    ...input,
  };
}

function assertInvariants(after: ClientContext, before: ClientContext): void {
  const { step } = after;
  const isRequest = step?.kind === 'request';
  const isAskedAgain = isRequest && step.isAskedAgain === true;
  const isGrowing =
    after.connectionCount >= before.connectionCount &&
    after.requestId >= before.requestId &&
    after.registriesStarted >= before.registriesStarted &&
    after.results.length >= before.results.length;
  assert(isGrowing, 'inv:client:counts-grow');
  assert(!after.isConnected || after.connectionCount > 0, 'inv:client:connected-by-a-connection');
  assert(isRequest || !after.hasBrought, 'inv:client:consumer-for-a-request');
  assert(isRequest || !after.isInterrupted, 'inv:client:interrupted-at-a-request');
  assert(
    isAskedAgain ? after.timesAskedAgain <= TIMES_ASKED_AGAIN_MAX : after.timesAskedAgain === 0,
    'inv:client:asked-again-within-bounds',
  );
  assert(
    after.registriesStarted === 0 || after.sessiond !== undefined,
    'inv:client:starts-what-it-may',
  );
}

/** The registry that serves us, as it introduced itself. */
export interface ServingRegistry {
  readonly scope: RegistryScope;
  readonly pid: number;
  readonly major: number;
  readonly minor: number;
  /** It was started for this command. */
  readonly isNew: boolean;
}

/** What the client tells its program. */
export type ClientEffect =
  | { type: 'client.welcomed'; registry: ServingRegistry }
  | { type: 'client.step'; step: Step }
  | { type: 'client.done'; results: readonly StepResult[]; scope: RegistryScope | undefined };

export type Emitted = Effect | ClientEffect;
export type ClientScene<E = ClientEvent> = Scene<ClientContext, E, Emitted>;
export const clientActions = actionsOf<ClientContext, ClientEvent, Emitted>(assertInvariants);

export const CONNECT_MS_MAX = 5000;
/** How long a registry that was just started may take, and how often we look. */
export const SPAWN_MS_MAX = 10_000;
export const SPAWN_RETRY_MS = 25;
/** How long a registry that died may be away: another command starts it, or a service manager. */
export const RETURN_MS_MAX = 10_000;
/** How many registries may die one after the other over a step that is asked again. */
export const TIMES_ASKED_AGAIN_MAX = 3;
/** Longer than everything the registry itself waits for. */
export const REPLY_MS_MAX = 60_000;
/** How long a snapshot may take. */
export const SNAPSHOT_MS_MAX = 600_000;

export const CHILD = 'child';
export const SNAPSHOT = 'snapshot';
export const CONSUMER = 'consumer';
/** Of the latest one that we started: an earlier one may be seen to end only after that. */
export const sessiondKey = ({ registriesStarted }: Pick<ClientContext, 'registriesStarted'>) =>
  `sessiond-${registriesStarted}`;
