/** The messages between the machines of the library in an application. */
import type { RegistryScope } from '../../src/wire/endpoints.ts';

/** The input of a registration. */
export interface RegistrationInput {
  /** The root actor's id. */
  readonly application: string;
  readonly scope: RegistryScope;
  /** The registry's application socket. */
  readonly socketPath: string;
  /** The registration talks only to a registry of this user (R1.12). */
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
  /** The process runs as another user now; undefined: this user has no registry of this scope. */
  | { type: 'user.changed'; registration: RegistrationInput | undefined };

/** The registration is complete or waits for a registry. */
export type ToApplication = { type: 'registration.settled'; scope: RegistryScope };
