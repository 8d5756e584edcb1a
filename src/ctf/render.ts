/** Turns messages into lines: `render-text.ts` for people, `render-json.ts` for programs. */
import type { TraceMessage } from './message.ts';

/** Lines come without their newline and hold none. Messages come in the order in which they are shown. */
export interface MessageRenderer {
  message(message: TraceMessage): string;
  /** A problem that concerns no stream: one sentence. */
  problem(text: string): string;
}
