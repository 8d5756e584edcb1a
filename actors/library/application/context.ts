/** The context of the root of an application's library, and its invariants. */
import { assert } from '../../../src/base/assert.ts';
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { RegistryScope } from '../../../src/wire/endpoints.ts';
import type { RegistrationInput } from '../messages.ts';
import type { ApplicationEvent } from './events.ts';

export interface ApplicationInput {
  readonly registrations: readonly RegistrationInput[];
}

export interface ApplicationContext extends ApplicationInput {
  /** Invariant: one for each scope. */
  readonly registrations: readonly RegistrationInput[];
  /** Scopes of the registrations that have settled. Invariant: each once, and of the registrations that there are. */
  readonly settled: readonly RegistryScope[];
}

export type RegistrationStart = StartEffect<'registration', RegistrationInput>;
export type Emitted = Effect | RegistrationStart;

export function assertInvariants({ registrations, settled }: ApplicationContext): void {
  const scopes = registrations.map(({ scope }) => scope);
  assert(new Set(scopes).size === scopes.length, 'inv:application:one-registration-for-a-scope');
  assert(new Set(settled).size === settled.length, 'inv:application:settled-once');
  assert(
    settled.every((scope) => scopes.includes(scope)),
    'inv:application:settled-is-registered',
  );
}

export const applicationActions = actionsOf<ApplicationContext, ApplicationEvent, Emitted>();
