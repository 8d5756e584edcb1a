/** Types of a registry's actions, and of their arguments. */
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import type { AppLinkInput, ClientLinkInput, KernelLinkInput, SessionInput } from '../messages.ts';
import type { RegistryContext } from './context.ts';
import type { RegistryEvent } from './events.ts';

/** The actors that a registry starts. */
export type RegistryStart =
  | StartEffect<'client-link', ClientLinkInput>
  | StartEffect<'app-link', AppLinkInput>
  | StartEffect<'kernel-link', KernelLinkInput>
  | StartEffect<'session', SessionInput>;

/** Arguments of functions that several actions share: these do not read the event. */
export type Parts = Pick<
  SceneOf<RegistryContext, RegistryEvent, Effect | RegistryStart>,
  'context' | 'enqueue'
>;

export const registryActions = actionsOf<RegistryContext, RegistryEvent, Effect | RegistryStart>();
