/** The streams and traces that a viewer follows, by what the relay calls them, and what they hold. */
import { fail, type Result } from '../../base/result.ts';
import type { ListedStream } from '../../wire/live/streams.ts';
import type { FollowedSession } from './followed-session.ts';
import { ALL_METADATA_BYTES_MAX, FINISHED_TRACES_MAX, FOLLOWED_MAX } from './limits.ts';
import { LiveStream } from './live-stream.ts';
import { LiveTrace } from './live-trace.ts';

export class StreamTable {
  readonly #onLie: (reason: string) => void;
  /** Data streams. */
  readonly #streams = new Map<bigint, LiveStream>();
  /** By session and trace. */
  readonly #traces = new Map<string, LiveTrace>();
  readonly #windows = { windows: 0 };
  #metadataBytes = 0;
  #heldBytes = 0;
  #added = 0;

  constructor(onLie: (reason: string) => void) {
    this.#onLie = onLie;
  }

  /** Data streams that are followed. */
  get count(): number {
    return this.#streams.size;
  }

  /** Bytes of packets. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  noteHeld(change: number): void {
    this.#heldBytes += change;
  }

  /** A data stream that is new; undefined for a metadata stream, and after a lie. */
  add(session: FollowedSession, listed: ListedStream): LiveStream | undefined {
    const { stream: id, isMetadata, path, channel } = listed;
    const trace = this.#traceOf(session, listed);
    if (trace === undefined) return undefined;
    if (isMetadata) {
      trace.metadataStream = id;
      trace.isStale = true;
      return undefined;
    }
    if (this.#streams.has(id)) return this.#lie(`tells stream ${id} twice`);
    if (this.#streams.size >= FOLLOWED_MAX)
      return this.#lie(`tells more than ${FOLLOWED_MAX} streams`);
    this.#added += 1;
    const names = [session.directory, path, channel].filter((part) => part !== '');
    const stream = new LiveStream({ id, path: names.join('/') }, session, trace, this.#added);
    this.#streams.set(id, stream);
    session.streams += 1;
    trace.streams += 1;
    return stream;
  }

  remove(stream: LiveStream): void {
    if (!this.#streams.delete(stream.id)) return;
    stream.session.streams -= 1;
    stream.trace.streams -= 1;
    stream.close();
    const finished = [...this.#traces].filter(([, trace]) => trace.streams === 0);
    for (const [key, trace] of finished.slice(0, -FINISHED_TRACES_MAX)) {
      this.#traces.delete(key);
      this.#metadataBytes -= trace.metadataBytes;
    }
  }

  addMetadata(trace: LiveTrace, content: Uint8Array): Result<void, string> {
    this.#metadataBytes += content.byteLength;
    if (this.#metadataBytes <= ALL_METADATA_BYTES_MAX) return trace.addMetadata(content);
    const reason = `sends more than ${ALL_METADATA_BYTES_MAX} bytes of metadata`;
    this.#lie(reason);
    return fail(reason);
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #traceOf(session: FollowedSession, { trace: id, path }: ListedStream): LiveTrace | undefined {
    const key = `${session.id} ${id}`;
    const known = this.#traces.get(key);
    if (known !== undefined) return known;
    if (this.#traces.size >= FOLLOWED_MAX)
      return this.#lie(`tells more than ${FOLLOWED_MAX} traces`);
    const trace = new LiveTrace(`${session.directory}/${path}`, this.#windows);
    this.#traces.set(key, trace);
    return trace;
  }

  #lie(reason: string): undefined {
    this.#onLie(reason);
    return undefined;
  }
}
