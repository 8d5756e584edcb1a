/** What the machines of the library in an application send each other. */

import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
export type ApplicationEvent =
  | { type: 'registration.settled'; scope: string }
  | { type: 'tracepoints.changed' }
  /** The process runs as another user now: these are its registrations. */
  | { type: 'user.changed'; registrations: readonly RegistrationInput[] };

export interface RegistrationInput {
  /** The root actor's id. */
  readonly application: string;
  readonly scope: RegistryScope;
  /** The registry's application socket. */
  readonly socketPath: string;
  /** Only a registry of this user is talked to (R1.12). */
  readonly ownerUid: number;
  readonly pipePath: string;
  readonly processName: string;
  readonly tid: number;
  readonly sessionUuid?: string;
  /** The thread's start on its own clock, decimal. */
  readonly incarnation: string;
}

export type RegistrationEvent =
  | EffectEvent
  /** The application defined tracepoints since the last announcement. */
  | { type: 'tracepoints.changed' }
  /** The process runs as another user now; without a registration, one that has no registry of this scope. */
  | { type: 'user.changed'; registration: RegistrationInput | undefined };
