/**
 * Effects: the requests of a machine to the World, as plain data. A machine emits effects; after the macrostep the
 * runtime passes them in order to the handler of their family (the part before the dot); the handler delivers outcomes
 * to the emitting actor as the events listed here. Effects and events name objects of the World by ids only.
 */

import type { ActorEffect } from './actor.ts';
import type { FileEffect, FileEvent, PipeEffect, PipeEvent } from './file.ts';
import type { JournalEffect, JournalEvent } from './journal.ts';
import type { KernelEffect, KernelEvent } from './kernel.ts';
import type { MemoryEffect, MemoryEvent } from './memory.ts';
import type { NetworkEffect, NetworkEvent } from './network.ts';
import type {
  LogEffect,
  ProcessEffect,
  ProcessEvent,
  RandomEffect,
  RandomEvent,
} from './process.ts';
import type { RecorderEffect, RecorderEvent, SnapshotEffect, SnapshotEvent } from './recorder.ts';
import type { RelayEffect, RelayEvent } from './relay.ts';
import type { TracerEffect, TracerEvent } from './tracer.ts';
import type { ViewerEffect, ViewerEvent } from './viewer.ts';
import type { WireEffect, WireEvent } from './wire.ts';

export type Effect =
  | ActorEffect
  | WireEffect
  | FileEffect
  | JournalEffect
  | KernelEffect
  | PipeEffect
  | MemoryEffect
  | NetworkEffect
  | ProcessEffect
  | RecorderEffect
  | RelayEffect
  | SnapshotEffect
  | TracerEffect
  | ViewerEffect
  | RandomEffect
  | LogEffect;
export type EffectEvent =
  | WireEvent
  | FileEvent
  | JournalEvent
  | KernelEvent
  | PipeEvent
  | MemoryEvent
  | NetworkEvent
  | ProcessEvent
  | RecorderEvent
  | RelayEvent
  | SnapshotEvent
  | TracerEvent
  | ViewerEvent
  | RandomEvent;

/** Sends an outcome to the actor with this id; the runtime delivers it after the present step. */
export type Deliver = (to: string, event: EffectEvent) => void;

/** Performs the effects of one family. `from` is the id of the emitting actor, which receives the outcomes. */
export type EffectHandler<E extends Effect> = (effect: E, from: string) => void;
