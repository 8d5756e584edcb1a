/** The events that a session accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToSession } from '../messages.ts';

export type SessionEvent =
  | ToSession
  | OfType<
      EffectEvent,
      | 'memory.streamCreated'
      | 'memory.streamFailed'
      | 'memory.inspected'
      | 'memory.counted'
      | 'memory.measured'
      | 'memory.cleared'
      | 'process.threadsChecked'
      | 'journal.gathered'
    >;
