/** What a session is told. */
import type { EffectEvent } from '../../src/effects/types.ts';
import type { ToSession } from '../registry/types.ts';

export type SessionEvent =
  | ToSession
  | Extract<
      EffectEvent,
      { type: 'memory.streamCreated' | 'memory.streamFailed' | 'process.checked' }
    >;
