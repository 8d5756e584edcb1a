/** The streams that a trace has or had: another one with the number or the file of one of these gets another trace. */
import type { ConsumerStream } from '../wire/control/messages.ts';

export class TakenStreams {
  readonly #numbers = new Set<number>();
  readonly #files = new Set<string>();

  add(stream: ConsumerStream): void {
    this.#numbers.add(stream.streamId);
    this.#files.add(fileNameOf(stream));
  }

  has(stream: ConsumerStream): boolean {
    return this.#numbers.has(stream.streamId) || this.#files.has(fileNameOf(stream));
  }
}

/** What the file of a stream is called: `CHANNEL_STREAM`, or `CHANNEL_CPU` as LTTng has it for the kernel. */
export function fileNameOf({ channel, streamId, kernel }: ConsumerStream): string {
  return `${channel}_${kernel === undefined ? streamId : kernel.cpu}`;
}
