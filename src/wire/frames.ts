/**
 * Frames: the form of messages on a stream socket. `u32` little-endian body length, then the body: one MessagePack
 * value. The receiver checks it with `confine.ts`, decodes it, and checks it against its protocol's schema.
 */
import type * as msgpackr from 'msgpackr';
import * as codec from 'msgpackr/pack';
import * as v from 'valibot';
import { fail, ok, type Result } from '../base/result.ts';
import { refusalOf } from './confine.ts';
import { FRAME_BYTES_MAX, LIST_ENTRIES_MAX, PAGE_BYTES } from './limits.ts';

const HEADER_BYTES = 4;

/** The part of the package that loads no native accelerator; its declarations refer to a path that is not there. */
const { Packr } = codec as unknown as Pick<typeof msgpackr, 'Packr'>;
const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false });

/** The schema of the messages that one side of a protocol accepts. */
export type MessageSchema<T> = v.GenericSchema<unknown, T>;

/** One frame with `message` as its body, or one sentence if the body is longer than {@link FRAME_BYTES_MAX}. */
export function encodeFrame(message: unknown): Result<Uint8Array, string> {
  // The library declares Node's Buffer, a type that this layer does not import.
  const body = packr.pack(message) as Uint8Array;
  if (body.byteLength > FRAME_BYTES_MAX) {
    return fail(`message of ${body.byteLength} bytes, more than ${FRAME_BYTES_MAX}`);
  }
  return ok(frameOf(body));
}

/** The frame with this body. */
export function frameOf(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.byteLength);
  new DataView(frame.buffer).setUint32(0, body.byteLength, true);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Number of bytes of `value` in a message. */
export function encodedBytes(value: unknown): number {
  return (packr.pack(value) as Uint8Array).byteLength;
}

/** The message in a frame's body, or one sentence that names the error. */
export function decodeBody<T>(body: Uint8Array, schema: MessageSchema<T>): Result<T, string> {
  const refusal = refusalOf(body);
  if (refusal !== undefined) return fail(refusal);
  let decoded: unknown;
  try {
    decoded = packr.unpack(body);
  } catch (error) {
    // The check above should have refused the body; a peer's bytes must not end a daemon if check and decoder differ.
    return fail(`not MessagePack: ${String(error)}`.slice(0, 300));
  }
  const parsed = v.safeParse(schema, decoded, { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const issue = parsed.issues[0];
  return fail(`${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300));
}

/** The message in a whole frame that we encoded, for display: no checks. */
export function decodeFrame(frame: Uint8Array): unknown {
  return packr.unpack(frame.subarray(HEADER_BYTES));
}

/** The completed bodies. After `trouble` the stream has no more frames: the caller must close the connection. */
export interface Cut {
  readonly bodies: readonly Uint8Array[];
  readonly trouble?: string;
}

/** A copy of the body of the frame at `offset`, if `bytes` holds all of it and it is not too long. */
function wholeBody(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  const begin = offset + HEADER_BYTES;
  if (begin > bytes.byteLength) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(0, true);
  if (length > FRAME_BYTES_MAX || begin + length > bytes.byteLength) return undefined;
  return new Uint8Array(bytes.subarray(begin, begin + length));
}

/** Largest buffer that a parser keeps between two frames. */
const KEPT_BYTES_MAX = 4096;

/** Splits a byte stream into frame bodies. It copies each byte a bounded number of times, for any split. */
export class FrameParser {
  /** The incomplete frame with its header, at the start of a buffer that grows with it. */
  #buffer = new Uint8Array(0);
  #heldBytes = 0;
  /** Length of the incomplete frame's body, once its header is complete. */
  #bodyBytes: number | undefined;

  /** Bytes of the incomplete frame. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The bodies that are complete with `bytes`, in order; each is a separate copy. */
  push(bytes: Uint8Array): Cut {
    const bodies: Uint8Array[] = [];
    let offset = 0;
    while (offset < bytes.byteLength) {
      const whole = this.#heldBytes === 0 ? wholeBody(bytes, offset) : undefined;
      if (whole !== undefined) {
        bodies.push(whole);
        offset += HEADER_BYTES + whole.byteLength;
        continue;
      }
      offset += this.#hold(bytes.subarray(offset));
      if (this.#bodyBytes === undefined && this.#heldBytes === HEADER_BYTES) {
        const length = new DataView(this.#buffer.buffer).getUint32(0, true);
        if (length > FRAME_BYTES_MAX) {
          return { bodies, trouble: `frame of ${length} bytes, more than ${FRAME_BYTES_MAX}` };
        }
        this.#bodyBytes = length;
      }
      if (this.#heldBytes === this.#frameBytes) bodies.push(this.#release());
    }
    return { bodies };
  }

  /** Length of the incomplete frame; while the length is unknown, one byte more than the header. */
  get #frameBytes(): number {
    return HEADER_BYTES + (this.#bodyBytes ?? 1);
  }

  /** Copies the missing bytes of the incomplete header or body; returns their number. */
  #hold(bytes: Uint8Array): number {
    const wanted = this.#bodyBytes === undefined ? HEADER_BYTES : this.#frameBytes;
    const taken = Math.min(wanted - this.#heldBytes, bytes.byteLength);
    const needed = this.#heldBytes + taken;
    if (needed > this.#buffer.byteLength) {
      const grown = new Uint8Array(Math.min(2 * needed, HEADER_BYTES + FRAME_BYTES_MAX));
      grown.set(this.#buffer.subarray(0, this.#heldBytes));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(0, taken), this.#heldBytes);
    this.#heldBytes = needed;
    return taken;
  }

  #release(): Uint8Array {
    const body = this.#buffer.slice(HEADER_BYTES, this.#heldBytes);
    if (this.#buffer.byteLength > KEPT_BYTES_MAX) this.#buffer = new Uint8Array(0);
    this.#heldBytes = 0;
    this.#bodyBytes = undefined;
    return body;
  }
}

/** The entries, divided into portions that each fit into a message. */
export function portionsOf<T>(entries: readonly T[]): T[][] {
  const portions: T[][] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const { page, next }: { page: T[]; next?: number } = pageOf(entries, from, (entry) => entry);
    portions.push(page);
    from = next;
  }
  return portions;
}

/** The page of `entries` that begins at `from`, with at least one entry, and the index of the next page. */
export function pageOf<T, U>(
  entries: readonly T[],
  from: number,
  toEntry: (entry: T) => U,
): { page: U[]; next?: number } {
  const page: U[] = [];
  let bytes = 0;
  for (const raw of entries.slice(from, from + LIST_ENTRIES_MAX)) {
    const entry = toEntry(raw);
    bytes += encodedBytes(entry);
    if (page.length > 0 && bytes > PAGE_BYTES) break;
    page.push(entry);
  }
  const next = from + page.length;
  return next < entries.length ? { page, next } : { page };
}
