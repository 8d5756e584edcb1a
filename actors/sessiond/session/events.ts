/** What a session is told. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { ToSession } from '../messages.ts';

export type SessionEvent =
  | ToSession
  | Extract<
      EffectEvent,
      { type: 'memory.streamCreated' | 'memory.streamFailed' | 'process.checked' }
    >;
