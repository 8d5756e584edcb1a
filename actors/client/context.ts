/** What a client of a registry knows, its bounds, and the names it gives to what it starts. */

import { assert } from '../../src/base/assert.ts';
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import type { ToClient } from '../../src/wire/control/messages.ts';
import type { RegistryCandidate, RegistryScope } from '../../src/wire/endpoints.ts';
import type { Plan, Step, StepResult } from './plans/plan.ts';

export interface ClientInput {
  /** In the order of preference; the last one is started when nobody is there. */
  readonly candidates: readonly RegistryCandidate[];
  /** How to start the registry, or undefined (`--no-sessiond`). */
  readonly sessiond: { readonly program: string; readonly args: readonly string[] } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What consumers that are brought are told beside their session. */
  readonly consumerArgs: readonly string[];
  readonly plan: Plan;
}

export interface ClientContext extends ClientInput {
  readonly candidate: number;
  readonly connectionCount: number;
  readonly requestId: number;
  readonly results: readonly StepResult[];
  readonly step: Step | undefined;
  /** Why each candidate was of no use, for the message at the end. */
  readonly reasons: readonly string[];
  readonly isConnected: boolean;
  /** A consumer was brought for the present step. */
  readonly hasBrought: boolean;
  /** Registries that died over the present step, which the next one was asked for. */
  readonly timesAskedAgain: number;
  /** How many registries we started. */
  readonly registriesStarted: number;
  /** A signal came while we waited for an answer; the plan hears of it with the answer. */
  readonly isInterrupted: boolean;
}

export function initialContext(input: ClientInput): ClientContext {
  return {
    candidate: 0,
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

export const CONNECT_MS_MAX = 5000;
/** How long a registry that was just started may take, and how often we look. */
export const SPAWN_MS_MAX = 10_000;
export const SPAWN_RETRY_MS = 25;
/** How long a registry that died may be away: somebody else starts it, or a service manager. */
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
export const sessiondKey = ({ registriesStarted }: ClientContext): string =>
  `sessiond-${registriesStarted}`;

export const connectionId = (context: ClientContext): string =>
  `registry-${context.connectionCount}`;

export function candidateOf(context: ClientContext): RegistryCandidate {
  const candidate = context.candidates[context.candidate];
  assert(candidate !== undefined, 'pre:client.candidateOf:in-range');
  return candidate;
}

export function messageOf(event: EffectEvent): ToClient | undefined {
  return event.type === 'wire.message' ? (event.message as ToClient) : undefined;
}
