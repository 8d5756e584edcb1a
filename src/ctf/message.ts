/** What readers of traces hand out: events, and what is known to be missing between them. */
import type { EnvironmentValue, StructSchema } from './tsdl/types.ts';
import type { FieldStruct } from './values.ts';

/** Where a message comes from. */
export interface TraceSource {
  /** Directory of the trace. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, EnvironmentValue>>;
}

/** The declared side of an event, shared by all events of its class. */
export interface EventShape {
  readonly id: number;
  readonly name: string;
  readonly logLevel?: number;
  readonly packetContextType?: StructSchema;
  readonly commonContextType?: StructSchema;
  readonly specificContextType?: StructSchema;
  readonly fieldsType?: StructSchema;
}

/** One recorded event. Contexts and fields: see `values.ts`. */
export interface EventMessage {
  readonly kind: 'event';
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: bigint;
  readonly name: string;
  readonly logLevel?: number;
  readonly source: TraceSource;
  /** Path of the stream's file. */
  readonly streamFile: string;
  /** Of the packet the event lies in; one object for all its events. */
  readonly packetContext: FieldStruct;
  /** What the channel adds to every event; empty where nothing is. */
  readonly commonContext: FieldStruct;
  /** What the event class alone adds; LTTng has none. */
  readonly specificContext: FieldStruct;
  readonly fields: FieldStruct;
  readonly shape: EventShape;
}

/** Events or whole packets of one stream that were never written. */
export interface LossMessage {
  readonly kind: 'discarded-events' | 'discarded-packets';
  /** Nanoseconds since the epoch: they were lost not before this... */
  readonly timestamp: bigint;
  /** ... and not after that. */
  readonly until: bigint;
  readonly count: bigint;
  readonly source: TraceSource;
  readonly streamFile: string;
}

/** Something in a file that cannot be read. After `fatal` nothing more comes from this file. */
export interface ProblemMessage {
  readonly kind: 'problem';
  /** Of the last readable event before it. */
  readonly timestamp: bigint;
  readonly source: TraceSource;
  readonly streamFile: string;
  /** One sentence, naming file and offset. */
  readonly text: string;
  readonly fatal: boolean;
}

export type TraceMessage = EventMessage | LossMessage | ProblemMessage;
