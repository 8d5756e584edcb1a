/** The messages of trace readers: events, known losses between them, and problems. */
import { NS_PER_SECOND_BIGINT } from '../../base/time.ts';
import type { EnvironmentValue, StructSchema } from './tsdl/types.ts';
import type { StructValue } from './values.ts';

/** Time since 1970-01-01T00:00:00Z. Two numbers, because a bigint per event costs more than the event's decoding. */
export interface Instant {
  /** Whole seconds; negative before 1970. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/** The trace of a message. */
export interface TraceSource {
  /** Directory of the trace. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, EnvironmentValue>>;
}

/** The declaration of an event class, shared by all its events in one trace. */
export interface EventShape {
  readonly id: number;
  readonly name: string;
  readonly logLevel?: number;
  readonly source: TraceSource;
  readonly packetContextType?: StructSchema;
  readonly commonContextType?: StructSchema;
  readonly specificContextType?: StructSchema;
  readonly fieldsType?: StructSchema;
}

/** One recorded event. `values.ts` describes contexts and fields; they are empty if the shape has no type for them. */
export interface EventMessage {
  readonly kind: 'event';
  readonly time: Instant;
  readonly shape: EventShape;
  /** Path of the stream's file. */
  readonly streamFile: string;
  /** Context of the event's packet; one object for all events of the packet. */
  readonly packetContext: StructValue;
  /** Context that the channel adds to every event. */
  readonly commonContext: StructValue;
  /** Context of the event class alone; LTTng has none. */
  readonly specificContext: StructValue;
  readonly fields: StructValue;
}

/** Events or whole packets of one stream that the tracer lost. */
export interface LossMessage {
  readonly kind: 'discarded-events' | 'discarded-packets';
  /** Earliest time of the loss. */
  readonly time: Instant;
  /** Latest time of the loss. */
  readonly until: Instant;
  readonly count: bigint;
  readonly source: TraceSource;
  readonly streamFile: string;
}

/** A part of a file that cannot be read. After a fatal problem no more messages come from this file. */
export interface ProblemMessage {
  readonly kind: 'problem';
  /** Time of the last readable event before the problem. */
  readonly time: Instant;
  readonly source: TraceSource;
  readonly streamFile: string;
  /** One sentence that names file and offset. */
  readonly text: string;
  /** False if the file's last packet is incomplete: its writer was interrupted, or still writes. */
  readonly fatal: boolean;
}

export type TraceMessage = EventMessage | LossMessage | ProblemMessage;

/** Below zero when `first` is earlier. */
export function compareInstants(first: Instant, second: Instant): number {
  return first.seconds - second.seconds || first.nanoseconds - second.nanoseconds;
}

/** Nanoseconds since the epoch. */
export function nanosecondsOf({ seconds, nanoseconds }: Instant): bigint {
  return BigInt(seconds) * NS_PER_SECOND_BIGINT + BigInt(nanoseconds);
}

export function instantOf(epochNs: bigint): Instant {
  const nanoseconds =
    ((epochNs % NS_PER_SECOND_BIGINT) + NS_PER_SECOND_BIGINT) % NS_PER_SECOND_BIGINT;
  const seconds = (epochNs - nanoseconds) / NS_PER_SECOND_BIGINT;
  return { seconds: Number(seconds), nanoseconds: Number(nanoseconds) };
}
