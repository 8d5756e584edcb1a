/** The events that the root of an application's library accepts. */
import type { RegistrationInput, ToApplication } from '../messages.ts';

export type ApplicationEvent =
  | ToApplication
  /** The program defined tracepoints. */
  | { type: 'tracepoints.changed' }
  /** The process runs as another user now, with these registrations. */
  | { type: 'user.changed'; registrations: readonly RegistrationInput[] };
