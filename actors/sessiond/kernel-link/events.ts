/** The events that a kernel link accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToKernelLink } from '../messages.ts';

export type KernelLinkEvent =
  | ToKernelLink
  | OfType<
      EffectEvent,
      | 'kernel.described'
      | 'kernel.failed'
      | 'kernel.rulesChecked'
      | 'kernel.prepared'
      | 'kernel.eventsSet'
      | 'kernel.recordingSet'
      | 'kernel.passageOpened'
      | 'kernel.passageFailed'
      | 'kernel.pagesPassed'
      | 'kernel.passFailed'
      | 'kernel.removed'
    >;
