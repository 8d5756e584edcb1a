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
  /** The reader of what the viewer prints has closed it. */
  | { type: 'output.closed' };
