/** The events that an app link accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToAppLink } from '../messages.ts';

export type AppLinkEvent =
  | ToAppLink
  | OfType<
      EffectEvent,
      | 'wire.message'
      | 'wire.closed'
      | 'wire.socketClaimed'
      | 'wire.claimSocketFailed'
      | 'process.threadChecked'
    >;
