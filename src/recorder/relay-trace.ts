/**
 * The trace of a process, a user or the kernel at a relay: a directory with a metadata stream and the streams of its
 * owner.
 */

import { encodeUtf8 } from '../base/utf8.ts';
import { uuidToBytes } from '../base/uuid.ts';
import { metadataPacket } from '../ctf/metadata-packet.ts';
import type { World } from '../port/world.ts';
import type { Tracefiles } from '../wire/common.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { hasCommand } from '../wire/relay/requests.ts';
import type { RelayLink } from './relay-link.ts';
import { TakenStreams } from './taken-streams.ts';
import { type TraceOwner, type TraceSite, traceBeginning } from './trace-beginning.ts';

/** The number of the last packet of a stream that has none, or is metadata. */
export const NO_PACKET = 0xffff_ffff_ffff_ffffn;
/** Longest piece of metadata in one message. */
const METADATA_PIECE_BYTES = 64 * 1024;
/** The only trace chunk of the session. */
export const CHUNK = 0n;

/** The parts of the World that the sink of a relay uses. */
export type RelayWorld = Pick<World, 'clock' | 'identity' | 'log' | 'network' | 'random'>;

export class RelayTrace {
  readonly owner: TraceOwner;
  /** Present and earlier streams. */
  readonly taken = new TakenStreams();
  readonly uuid: Uint8Array;
  /** In the directory of the session. */
  readonly path: string;
  readonly #link: RelayLink;
  readonly #isLive: boolean;
  /** What is sent before the first declaration. */
  #beginning: string;
  #users = 0;
  /** The relay's name for the metadata stream. */
  #handle: bigint | undefined;

  constructor(
    world: RelayWorld,
    site: TraceSite,
    link: RelayLink,
    owner: TraceOwner,
    path: string,
  ) {
    this.owner = owner;
    this.#link = link;
    this.#isLive = site.session.liveTimerUs !== undefined;
    const uuid = world.random.uuid('trace');
    this.uuid = uuidToBytes(uuid);
    this.#beginning = traceBeginning(world, site, owner, uuid);
    this.path = path;
    addStream(link, 'metadata', this.path, (handle) => {
      this.#handle = handle;
      if (this.#users === 0) this.#close(handle);
    });
  }

  /** Sends declarations; returns the number of their bytes. Called when a stream of the trace has a handle. */
  declare(text: string): number {
    const bytes = encodeUtf8(this.#beginning + text);
    this.#beginning = '';
    const stream = this.#handle ?? NO_PACKET;
    if (this.#isLive) {
      // Whole: a viewer may get each piece alone. And babeltrace2 takes text only from its beginning.
      const content = metadataPacket(this.uuid, bytes);
      this.#link.tell({ type: 'send-metadata', stream, padding: 0, content });
      return content.byteLength;
    }
    for (let at = 0; at < bytes.byteLength; at += METADATA_PIECE_BYTES) {
      const content = bytes.subarray(at, at + METADATA_PIECE_BYTES);
      this.#link.tell({ type: 'send-metadata', stream, padding: 0, content });
    }
    return bytes.byteLength;
  }

  join(stream: ConsumerStream): void {
    this.#users += 1;
    this.taken.add(stream);
  }

  /** The last stream closes the metadata: true, and no other stream may join. */
  leave(): boolean {
    this.#users -= 1;
    if (this.#users > 0) return false;
    if (this.#handle !== undefined) this.#close(this.#handle);
    return true;
  }

  #close(stream: bigint): void {
    // A trace whose streams had no packet is a trace, too.
    if (this.#beginning !== '') this.declare('');
    this.#handle = undefined;
    this.#link.ask('close-stream', { stream, lastSequence: NO_PACKET });
  }
}

/** `onAdded` gets the relay's name for the stream. 0 in the bounds of its files: there is none. */
export function addStream(
  link: RelayLink,
  channel: string,
  path: string,
  onAdded: (handle: bigint) => void,
  { bytes, count }: Tracefiles = { bytes: 0, count: 0 },
): void {
  const chunk = hasCommand('create-chunk', link.minor) ? { chunk: CHUNK } : {};
  const bounds = { tracefileSize: BigInt(bytes), tracefileCount: BigInt(count) };
  const request = { channel, path, ...bounds, ...chunk };
  link.ask('add-stream', request, ({ stream }) => onAdded(stream));
}
