/** A client's context and invariants, its bounds, and the keys of the processes that it starts. */
import { assert } from '../../src/base/assert.ts';
import type { Effect } from '../../src/effects/contract/effects.ts';
import { actionsOf, type Scene } from '../../src/runtime/act.ts';
import type { RegistryCandidate, RegistryScope } from '../../src/wire/endpoints.ts';
import type { RequestContext } from '../shared/registry-requests.ts';
import type { ClientEvent } from './events.ts';
import type { Plan, Step, StepResult } from './plans/plan.ts';

export interface ClientInput {
  /** At least one, in the order of preference; the client starts the last one if it does not answer. */
  readonly candidates: readonly RegistryCandidate[];
  /** The command that starts a registry; undefined: the client starts none (`--no-sessiond`). */
  readonly sessiond: { readonly program: string; readonly args: readonly string[] } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Arguments of the consumers that the client starts, after their session. */
  readonly consumerArgs: readonly string[];
  readonly plan: Plan;
}

/** `registry`: the present candidate. */
export interface ClientContext extends Omit<ClientInput, 'candidates'>, RequestContext {
  /** The candidates after the present one. */
  readonly nextCandidates: readonly RegistryCandidate[];
  /** Invariant: results are only added. */
  readonly results: readonly StepResult[];
  /** The present step of the plan; undefined before the first step and after the last. */
  readonly step: Step | undefined;
  /** Why each candidate does not serve us, for the final error message. */
  readonly reasons: readonly string[];
  /** A registry serves us at present. Invariant: implies at least one connection. */
  readonly isConnected: boolean;
  /** The client started a consumer for the present step. Invariant: the step is a request. */
  readonly hasSpawnedConsumer: boolean;
  /**
   * How many registries died during the present step, so that it was sent to the next one. Invariant: at most
   * TIMES_ASKED_AGAIN_MAX, and 0 unless the step is a request with `isAskedAgain`.
   */
  readonly timesAskedAgain: number;
  /** How many registries we started. Invariant: it never decreases, and is 0 unless we may start one. */
  readonly registriesStarted: number;
  /**
   * A signal came while we waited for an answer; after the answer a plan with further steps gets an INTERRUPTED result.
   * Invariant: the step is a request.
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
    hasSpawnedConsumer: false,
    timesAskedAgain: 0,
    registriesStarted: 0,
    isInterrupted: false,
    ...input,
  };
}

export function assertInvariants(after: ClientContext, before: ClientContext): void {
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
  assert(isRequest || !after.hasSpawnedConsumer, 'inv:client:consumer-for-a-request');
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

/** The registry that serves us, from its `welcome`. */
export interface ServingRegistry {
  readonly scope: RegistryScope;
  readonly pid: number;
  readonly major: number;
  readonly minor: number;
  /** The client started it for this command. */
  readonly isNew: boolean;
}

/** The effects of a client on its program. */
export type ClientEffect =
  | { type: 'client.welcomed'; registry: ServingRegistry }
  | { type: 'client.step'; step: Step }
  | { type: 'client.done'; results: readonly StepResult[]; scope: RegistryScope | undefined };

export type Emitted = Effect | ClientEffect;
export type ClientScene<E = ClientEvent> = Scene<ClientContext, E, Emitted>;
export const clientActions = actionsOf<ClientContext, ClientEvent, Emitted>();

export const CONNECT_MS_MAX = 5000;
/** How long a started registry may take to answer, and the interval between attempts to connect. */
export const SPAWN_MS_MAX = 10_000;
export const SPAWN_RETRY_MS = 25;
/** How long we wait after a registry died until another command or a service manager has started the next one. */
export const RETURN_MS_MAX = 10_000;
/** How many registries may die one after the other during a step with `isAskedAgain`. */
export const TIMES_ASKED_AGAIN_MAX = 3;
/** How long an answer may take: longer than every timeout of the registry itself. */
export const REPLY_MS_MAX = 90_000;
/** How long a snapshot may take. */
export const SNAPSHOT_MS_MAX = 600_000;

export const CHILD = 'child';
export const SNAPSHOT = 'snapshot';
export const CONSUMER = 'consumer';
/** The key of the registry that we started last: the end of an earlier one may be reported later. */
export const sessiondKey = ({ registriesStarted }: Pick<ClientContext, 'registriesStarted'>) =>
  `sessiond-${registriesStarted}`;
