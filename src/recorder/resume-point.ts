/** Where a new consumer goes on in a stream: what the one before it noted, held against the file that it left. */
import { encodePacketHeader } from '../ctf/packet.ts';
import type { RingShape } from '../ring/layout.ts';
import { type ConsumerPlace, EMPTY_FILE, type Note } from '../ring/progress.ts';

/** Bytes of a packet's header that are the same for all packets of a stream: up to the times. */
export const STREAM_HEAD_BYTES = 32;

export interface End {
  readonly note: Note;
  /** The file that was noted is gone: the stream begins anew, with what is in the buffers. */
  readonly isGone: boolean;
}

/**
 * The note that the file's length proves true (`../ring/progress.ts`); the file is to be cut to the length that it
 * says. Undefined: the file is not the one that the notes are about.
 */
export function whereItEnded(
  place: ConsumerPlace,
  shape: RingShape,
  fileBytes: number,
): End | undefined {
  const notes = place.notes();
  const newest = notes[0];
  if (newest === undefined || fileBytes > newest.file.fileBytes) return undefined;
  const note = notes.find(({ file }) => file.fileBytes <= fileBytes);
  if (note !== undefined && isReachable(place, shape, note)) return { note, isGone: false };
  if (fileBytes > 0) return undefined;
  return { note: { ...place.atPosition(), file: EMPTY_FILE }, isGone: true };
}

/** Whether the buffers still hold what comes after the note: it is at the position, or one packet further. */
function isReachable(place: ConsumerPlace, shape: RingShape, note: Note): boolean {
  const { consumed, bytes } = place.position;
  const distance = (note.consumed - consumed) >>> 0;
  if (note.bytes > shape.subbufferBytes) return false;
  if (distance === 0) return note.bytes >= bytes;
  // In overwrite mode the writer may have been any number of sub-buffers ahead.
  return distance < 2 ** 31 && (shape.overwrite || distance <= shape.subbufferCount);
}

/** What every packet of the stream begins with. */
export function streamHead(uuid: Uint8Array, streamId: number): Uint8Array {
  const header = encodePacketHeader({
    uuid,
    streamClassId: streamId,
    streamInstanceId: streamId,
    threadId: 0,
    timestampBegin: 0n,
    timestampEnd: 0n,
    bodyBytes: 0,
    sequenceNumber: 0,
    eventsDiscarded: 0,
  });
  return header.subarray(0, STREAM_HEAD_BYTES);
}
