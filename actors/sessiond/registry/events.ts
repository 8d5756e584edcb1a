/** The events that a registry accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToRegistry } from '../messages.ts';

export type RegistryEvent =
  | ToRegistry
  | OfType<
      EffectEvent,
      | 'file.directoryMade'
      | 'file.directoryFailed'
      | 'file.inspected'
      | 'file.locked'
      | 'file.lockFailed'
      | 'file.removed'
      | 'journal.loaded'
      | 'kernel.described'
      | 'kernel.failed'
      | 'kernel.formatsRead'
      | 'kernel.listed'
      | 'memory.swept'
      | 'process.signalled'
      | 'random.uuidMade'
      | 'wire.accepted'
      | 'wire.listening'
      | 'wire.listenFailed'
    >
  /** The registry has read its configuration again. */
  | { type: 'configuration.read'; groupId: number | undefined };
