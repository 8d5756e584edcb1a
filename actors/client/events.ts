/** The events that a client accepts. */
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import type { OfType } from '../../src/runtime/act.ts';
import type { ToClient } from '../../src/wire/control/messages.ts';
import type { ConnectionEvent } from '../shared/registry-connection.ts';

export type ClientEvent =
  | ConnectionEvent<ToClient>
  | OfType<
      EffectEvent,
      'process.spawned' | 'process.spawnFailed' | 'process.ended' | 'process.signalled'
    >;
