/**
 * Effects: what a machine asks of the world, as plain data. A machine emits them; the runtime hands them in order,
 * after the macrostep that emitted them, to the handler of their family (the part before the dot); outcomes come
 * back to the emitting actor as the events listed here. Objects of the world are named by ids, never held.
 */

import type { ActorEffect } from './actor.ts';
import type { FileEffect, FileEvent, PipeEffect, PipeEvent } from './file.ts';
import type { JournalEffect, JournalEvent } from './journal.ts';
import type { MemoryEffect, MemoryEvent } from './memory.ts';
import type {
  LogEffect,
  ProcessEffect,
  ProcessEvent,
  RandomEffect,
  RandomEvent,
} from './process.ts';
import type { SnapshotEffect, SnapshotEvent, TraceEffect, TraceEvent } from './recorder.ts';
import type { TracerEffect, TracerEvent } from './tracer.ts';
import type { WireEffect, WireEvent } from './wire.ts';

export type Effect =
  | ActorEffect
  | WireEffect
  | FileEffect
  | JournalEffect
  | PipeEffect
  | MemoryEffect
  | ProcessEffect
  | TraceEffect
  | SnapshotEffect
  | TracerEffect
  | RandomEffect
  | LogEffect;
export type EffectEvent =
  | WireEvent
  | FileEvent
  | JournalEvent
  | PipeEvent
  | MemoryEvent
  | ProcessEvent
  | TraceEvent
  | SnapshotEvent
  | TracerEvent
  | RandomEvent;

/** Sends an outcome to the actor with this id; delivery happens after the present step. */
export type Deliver = (to: string, event: EffectEvent) => void;

/** Performs the effects of one family. `from` is the emitting actor's id, where outcomes go. */
export type EffectHandler<E extends Effect> = (effect: E, from: string) => void;
