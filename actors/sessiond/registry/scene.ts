/** What the actions of a registry are given, and how each file of them is typed. */
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import type { AppLinkInput, ClientLinkInput, SessionInput } from '../messages.ts';
import type { RegistryContext } from './context.ts';
import type { RegistryEvent } from './events.ts';

/** The actors that a registry starts. */
export type RegistryStart =
  | StartEffect<'client-link', ClientLinkInput>
  | StartEffect<'app-link', AppLinkInput>
  | StartEffect<'session', SessionInput>;

/** What functions of several actions are given: they do not read the event. */
export type Parts = Pick<
  SceneOf<RegistryContext, RegistryEvent, Effect | RegistryStart>,
  'context' | 'enqueue'
>;

export const registryActions = actionsOf<RegistryContext, RegistryEvent, Effect | RegistryStart>();
