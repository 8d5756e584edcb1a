/**
 * Effects and events of the tracepoints in the process, and of the streams that they record into. `scope` names the
 * registry of the streams.
 */
import type { StateMessage, TracepointInfo } from '../../wire/app/messages.ts';

export type TracerEffect =
  /** Replaces the scope's streams and rules by those of `state`: `tracer.applied` with its revision. */
  | { type: 'tracer.apply'; scope: string; state: StateMessage }
  /** The registry is lost: releases the scope's streams whose memory has been removed. No outcome. */
  | { type: 'tracer.detach'; scope: string }
  /** Answered by `tracer.described` events, one per message, with the tracepoints that are new to the registry. */
  | { type: 'tracer.describe'; scope: string }
  /** Every registration is complete or waits for a registry: the program may begin. */
  | { type: 'tracer.settled' };

export type TracerEvent =
  | {
      type: 'tracer.applied';
      scope: string;
      revision: number;
      /** Sessions with a stream that could not be attached, and the error; at most one entry for each. */
      refused: readonly { session: string; code: string }[];
    }
  | { type: 'tracer.described'; scope: string; defined: readonly TracepointInfo[] };
