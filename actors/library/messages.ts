/** What the machines of the library in an application send each other. */
import type { RegistryScope } from '../../src/wire/endpoints.ts';

/** What a registration is started with. */
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

export type ToRegistration =
  /** The application defined tracepoints since the last announcement. */
  | { type: 'tracepoints.changed' }
  /** The process runs as another user now; without a registration, one that has no registry of this scope. */
  | { type: 'user.changed'; registration: RegistrationInput | undefined };

/** It has got as far as it can at the moment. */
export type ToApplication = { type: 'registration.settled'; scope: RegistryScope };
