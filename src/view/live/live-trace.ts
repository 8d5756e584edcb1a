/** A trace of a live session: its metadata as it grows, and the decoders that its streams share. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Instant } from '../../ctf/read/message.ts';
import { MetadataFile } from '../../ctf/read/metadata-file.ts';
import type { WindowCount } from '../../ctf/read/packet-window.ts';
import { TraceDecoder } from '../../ctf/read/stream-decoder.ts';
import type { StreamHost } from '../../ctf/read/stream-reader.ts';
import { ReceivedBytes } from './received-bytes.ts';

const HALF_BITS = 32n;
const LOW_HALF = 0xffff_ffffn;

export class LiveTrace {
  readonly host: StreamHost;
  /** The stream of its metadata; undefined: it has not been told, or it has ended. */
  metadataStream: bigint | undefined;
  /** The relay may have metadata that has not been read. */
  isStale = true;
  /** Streams that are followed. */
  streams = 0;
  #metadataBytes = 0;
  #failure: string | undefined;
  readonly #content = new ReceivedBytes();
  readonly #metadata: MetadataFile;

  constructor(directory: string, windows: WindowCount) {
    this.#metadata = new MetadataFile(`${directory}/metadata`, this.#content);
    const { schema } = this.#metadata;
    const source = { directory, environment: schema.environment };
    this.host = {
      decoder: new TraceDecoder(schema, source),
      windows,
      // The follower has read what is there.
      refreshMetadata: () => false,
    };
  }

  /** Whether packets can be read: the metadata says how their headers look. */
  get isDeclared(): boolean {
    return this.host.decoder.schema.streams.size > 0;
  }

  /** Bytes of metadata so far. */
  get metadataBytes(): number {
    return this.#metadataBytes;
  }

  /** Takes over bytes of metadata. The error is one sentence; after it the bytes do not count any more. */
  addMetadata(bytes: Uint8Array): Result<void, string> {
    if (this.#failure !== undefined) return ok(undefined);
    this.#metadataBytes += bytes.byteLength;
    this.#content.append(bytes);
    const read = this.#metadata.refresh();
    this.#content.forget(this.#metadata.reachedBytes);
    if (read.ok) return ok(undefined);
    this.#failure = read.error;
    this.#content.close();
    return fail(read.error);
  }

  /** The instant of a timestamp of an index; undefined while the metadata does not declare the class of the stream. */
  instant(cycles: bigint, streamClass: bigint): Instant | undefined {
    const stream = this.host.decoder.stream(Number(streamClass));
    if (!stream.ok || stream.value === undefined) return undefined;
    return stream.value.clock.at(Number(cycles >> HALF_BITS), Number(cycles & LOW_HALF));
  }
}
