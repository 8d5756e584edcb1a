/** What a recorder of a stream is made of, and what it tells. */
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import type { World } from '../port/world.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Sink, StoredListener } from './sink.ts';

/** The parts of the World that recording a stream uses, beside its sink. */
export type RecorderWorld = Pick<World, 'clock' | 'log' | 'memory'>;

/** An output that a recorder has left, because the sink does not have it any more. */
export interface LeftOutput {
  readonly name: string;
  /** Events that were readable in it and are gone; 0: it was moved, or held none. */
  readonly events: number;
  readonly isMoved: boolean;
}

/** Whether a `drain` makes sure that the sink still has what was written. */
export type Scrutiny = 'sometimes' | 'now';

/** The attached memory of a stream. */
export interface Attached {
  readonly data: ReadableSegment;
  /** Null: nothing is consumed. */
  readonly position: WritableSegment | null;
  readonly detach: () => void;
}

export interface RecorderParts {
  readonly world: RecorderWorld;
  /** Undefined: the stream goes nowhere at present. */
  readonly sink: Sink | undefined;
  readonly stream: ConsumerStream;
  readonly onLeft: (left: LeftOutput) => void;
  readonly onStored: StoredListener;
  readonly memory: Attached;
}
