/** Turns messages into lines: `render-text.ts` for people, `render-json.ts` for programs. */
import { decodeUtf8 } from '../base/utf8.ts';
import type { TraceMessage } from '../ctf/read/message.ts';
import { Utf8Output } from './utf8-output.ts';

/** Each line has one newline, at its end. The caller passes messages in the order in which it shows them. */
export interface MessageRenderer {
  message(message: TraceMessage, output: Utf8Output): void;
  /** A problem that concerns no stream: one sentence. */
  problem(text: string, output: Utf8Output): void;
}

const LINE_BYTES_USUAL = 1024;

/** One message as text without its newline: for tests, and for callers to whom speed does not matter. */
export function renderLine(renderer: MessageRenderer, message: TraceMessage): string {
  const output = new Utf8Output(LINE_BYTES_USUAL);
  renderer.message(message, output);
  return decodeUtf8(output.take()).slice(0, -1);
}
