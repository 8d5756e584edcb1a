/**
 * Effects and events of the tracepoints in the process, and of the streams that they record into. `scope` names the
 * registry whose streams they are.
 */
import type { StateMessage, TracepointInfo } from '../../wire/app/messages.ts';

export type TracerEffect =
  /** The scope's streams and rules from now on are those of `state`: `tracer.applied` with its revision. */
  | { type: 'tracer.apply'; scope: string; state: StateMessage }
  /** Releases all streams of the scope. No outcome. */
  | { type: 'tracer.detach'; scope: string }
  /** Answered by a `tracer.described` for each message's worth of what the registry has not been told yet. */
  | { type: 'tracer.describe'; scope: string }
  /** Every registration has got as far as it can at the moment: the program may begin. */
  | { type: 'tracer.settled' };

export type TracerEvent =
  | { type: 'tracer.applied'; scope: string; revision: number }
  | { type: 'tracer.described'; scope: string; defined: readonly TracepointInfo[] };
