/** Effects and events of the streams of an application. */
import type { StateMessage, TracepointInfo } from '../../wire/app/messages.ts';

/** The in-process library's tracepoints. */
export type TracerEffect =
  | { type: 'tracer.apply'; scope: string; state: StateMessage }
  | { type: 'tracer.detach'; scope: string }
  | { type: 'tracer.describe'; scope: string }
  | { type: 'tracer.settled' };

export type TracerEvent =
  | { type: 'tracer.applied'; scope: string; revision: number }
  | { type: 'tracer.described'; scope: string; defined: readonly TracepointInfo[] };
