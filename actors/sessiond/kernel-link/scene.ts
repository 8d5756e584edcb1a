/** Types of a kernel link's actions, and of their arguments. */
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import type { KernelLinkContext } from './context.ts';
import type { KernelLinkEvent } from './events.ts';

/** Arguments of functions that several actions share: these do not read the event. */
export type Parts = Pick<SceneOf<KernelLinkContext, KernelLinkEvent>, 'context' | 'enqueue'>;

export const kernelLinkActions = actionsOf<KernelLinkContext, KernelLinkEvent, Effect>();
