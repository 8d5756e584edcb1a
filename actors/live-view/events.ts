/** The events that a viewer of live sessions accepts. */
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import type { OfType } from '../../src/runtime/act.ts';

export type LiveViewEvent =
  | OfType<
      EffectEvent,
      | 'viewer.connected'
      | 'viewer.connectFailed'
      | 'viewer.replied'
      | 'viewer.followed'
      | 'viewer.closed'
      | 'process.signalled'
    >
  /** Nobody reads what the viewer prints any more. */
  | { type: 'output.closed' };
