/** What readers of traces hand out: events, and what is known to be missing between them. */
import { NS_PER_SECOND_BIGINT } from '../../base/time.ts';
import type { EnvironmentValue, StructSchema } from './tsdl/types.ts';
import type { StructValue } from './values.ts';

/** A point in time since 1970-01-01T00:00:00Z. Two numbers, because a bigint per event costs more than its decoding. */
export interface Instant {
  /** Whole seconds; negative before 1970. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/** Where a message comes from. */
export interface TraceSource {
  /** Directory of the trace. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, EnvironmentValue>>;
}

/** The declared side of an event, shared by all events of its class in one trace. */
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

/** One recorded event. Contexts and fields: see `values.ts`; empty where the shape has no type for them. */
export interface EventMessage {
  readonly kind: 'event';
  readonly time: Instant;
  readonly shape: EventShape;
  /** Path of the stream's file. */
  readonly streamFile: string;
  /** Of the packet the event lies in; one object for all its events. */
  readonly packetContext: StructValue;
  /** What the channel adds to every event. */
  readonly commonContext: StructValue;
  /** What the event class alone adds; LTTng has none. */
  readonly specificContext: StructValue;
  readonly fields: StructValue;
}

/** Events or whole packets of one stream that were never written. */
export interface LossMessage {
  readonly kind: 'discarded-events' | 'discarded-packets';
  /** They were lost not before this... */
  readonly time: Instant;
  /** ... and not after that. */
  readonly until: Instant;
  readonly count: bigint;
  readonly source: TraceSource;
  readonly streamFile: string;
}

/** Something in a file that cannot be read. After `fatal` nothing more comes from this file. */
export interface ProblemMessage {
  readonly kind: 'problem';
  /** Of the last readable event before it. */
  readonly time: Instant;
  readonly source: TraceSource;
  readonly streamFile: string;
  /** One sentence, naming file and offset. */
  readonly text: string;
  /** False where the file's last packet is only begun: whoever wrote it was interrupted, or writes on. */
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
