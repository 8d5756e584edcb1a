/** A registration's context, its invariants and its bounds. */
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf, type Scene } from '../../../src/runtime/act.ts';
import type { SessionPart, StateMessage } from '../../../src/wire/app/messages.ts';
import { LIST_ENTRIES_MAX } from '../../../src/wire/limits.ts';
import type { RegistrationInput } from '../messages.ts';
import type { RegistrationEvent } from './events.ts';

/** Invariant: `scope` never changes, even when the process changes its user. */
export interface RegistrationContext extends RegistrationInput {
  /** An event since the last probe makes another probe worthwhile. */
  readonly signalled: boolean;
  /** The last probe connected to a registry, which then refused, failed or ended the registration. */
  readonly isTurnedAway: boolean;
  /** Milliseconds before the next probe. Invariant: from PROBE_REST_MS_MIN to PROBE_REST_MS_MAX. */
  readonly restMs: number;
  /** Milliseconds left of the present rest. Invariant: more than 0, at most PROBE_REST_MS_MAX. */
  readonly restLeftMs: number;
  /** The root actor was notified that the registration has settled. Invariant: once true, it stays true. */
  readonly settled: boolean;
  /** Probes so far. Invariant: it never decreases, so that each connection id belongs to one attempt. */
  readonly attempt: number;
  /** The portions received so far of an incomplete state. Invariant: at most LIST_ENTRIES_MAX. */
  readonly portions: readonly SessionPart[];
  /** A complete state that the registration has not applied yet. */
  readonly wanted: StateMessage | undefined;
}

/** R1.14: how long the handshake may take before the library closes the connection. */
export const HANDSHAKE_MS_MAX = 10_000;
/** The rest before a probe: doubles from the minimum to the maximum while each rest ends with a new signal. */
export const PROBE_REST_MS_MIN = 20;
export const PROBE_REST_MS_MAX = 10_000;
/** The longest rest after a probe that found no registry: it is cheap, and signals must not delay the next one. */
export const VAIN_REST_MS_MAX = 1_000;
/** A registration that a registry turned away waits so long for a signal, so that it does not burden the registry. */
export const TURNED_AWAY_MS = 60_000;
/** The interval at which a resting registration detaches removed memory, which no consumer reads. */
export const GONE_MS_MAX = 1000;
/** A registration that has lasted this long starts again at the shortest rest when it is lost. */
export const STABLE_MS = 10_000;

export const main = ({ scope, attempt }: RegistrationContext): string => `${scope}-main-${attempt}`;
export const own = ({ scope, attempt }: RegistrationContext): string => `${scope}-own-${attempt}`;

export function initialContext(input: RegistrationInput): RegistrationContext {
  return {
    signalled: false,
    isTurnedAway: false,
    restMs: PROBE_REST_MS_MIN,
    restLeftMs: PROBE_REST_MS_MIN,
    settled: false,
    attempt: 0,
    portions: [],
    wanted: undefined,
    ...input,
  };
}

export function assertInvariants(after: RegistrationContext, before: RegistrationContext): void {
  const { scope, attempt, settled, restMs, restLeftMs, portions } = after;
  assert(scope === before.scope, 'inv:registration:scope-stays');
  assert(attempt >= before.attempt, 'inv:registration:attempts-grow');
  assert(settled || !before.settled, 'inv:registration:settled-stays');
  assert(
    restMs >= PROBE_REST_MS_MIN && restMs <= PROBE_REST_MS_MAX,
    'inv:registration:rest-within-bounds',
  );
  assert(
    restLeftMs > 0 && restLeftMs <= PROBE_REST_MS_MAX,
    'inv:registration:rest-left-within-bounds',
  );
  assert(portions.length <= LIST_ENTRIES_MAX, 'inv:registration:portions-within-bounds');
}

export type RegistrationScene = Scene<RegistrationContext, RegistrationEvent, Effect>;
export const registrationActions = actionsOf<RegistrationContext, RegistrationEvent, Effect>();
