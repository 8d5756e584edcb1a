/** The events that a registration accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { HandshakeToApp, StateMessage } from '../../../src/wire/app/messages.ts';
import type { ToRegistration } from '../messages.ts';

export type RegistrationEvent =
  | ToRegistration
  /** A message on the connection that it opened, or later on the channel that it passed; checked by its protocol. */
  | { type: 'wire.message'; connection: string; message: HandshakeToApp | StateMessage }
  | OfType<
      EffectEvent,
      | 'wire.opened'
      | 'wire.openFailed'
      | 'wire.identified'
      | 'wire.identifyFailed'
      | 'wire.socketPassed'
      | 'wire.passSocketFailed'
      | 'wire.closed'
      | 'file.inspected'
      | 'pipe.signalled'
      | 'pipe.failed'
      | 'tracer.applied'
      | 'tracer.described'
    >;
