/**
 * Frames: how messages lie on a stream socket. `u32` little-endian body length, then the body: one MessagePack
 * value, confined as `confine.ts` says and then held against the schema of the receiving protocol.
 */
import { Packr } from 'msgpackr';
import * as v from 'valibot';
import { fail, ok, type Result } from '../base/result.ts';
import { refusalOf } from './confine.ts';
import { FRAME_BYTES_MAX } from './limits.ts';

const HEADER_BYTES = 4;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false });

/** The schema of what one side of a protocol accepts. */
export type MessageSchema<T> = v.GenericSchema<unknown, T>;

/** One frame with `message` as its body, or one sentence when that is longer than {@link FRAME_BYTES_MAX}. */
export function encodeFrame(message: unknown): Result<Uint8Array, string> {
  // Declared as Node's Buffer, a type that this layer does not know.
  const body = packr.pack(message) as Uint8Array;
  if (body.byteLength > FRAME_BYTES_MAX) {
    return fail(`message of ${body.byteLength} bytes, more than ${FRAME_BYTES_MAX}`);
  }
  const frame = new Uint8Array(HEADER_BYTES + body.byteLength);
  new DataView(frame.buffer).setUint32(0, body.byteLength, true);
  frame.set(body, HEADER_BYTES);
  return ok(frame);
}

/** The message in a frame's body, or one sentence saying what is wrong with it. */
export function decodeBody<T>(body: Uint8Array, schema: MessageSchema<T>): Result<T, string> {
  const refusal = refusalOf(body);
  if (refusal !== undefined) return fail(refusal);
  const decoded: unknown = packr.unpack(body);
  const parsed = v.safeParse(schema, decoded, { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const issue = parsed.issues[0];
  return fail(`${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300));
}

/** The message in a whole frame of our own making, for people who look on: nothing is checked. */
export function decodeFrame(frame: Uint8Array): unknown {
  return packr.unpack(frame.subarray(HEADER_BYTES));
}

/** Cuts a byte stream into frame bodies. After an error it must be dropped with its connection. */
export class FrameParser {
  private held = new Uint8Array(0);

  /** The bodies that `bytes` completes, in order; each is a copy of its own. */
  push(bytes: Uint8Array): Result<Uint8Array[], string> {
    const all = this.held.byteLength === 0 ? bytes : joined(this.held, bytes);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const bodies: Uint8Array[] = [];
    let offset = 0;
    while (all.byteLength - offset >= HEADER_BYTES) {
      const length = view.getUint32(offset, true);
      if (length > FRAME_BYTES_MAX) {
        return fail(`frame of ${length} bytes, more than ${FRAME_BYTES_MAX}`);
      }
      if (all.byteLength - offset - HEADER_BYTES < length) break;
      bodies.push(all.slice(offset + HEADER_BYTES, offset + HEADER_BYTES + length));
      offset += HEADER_BYTES + length;
    }
    this.held = all.slice(offset);
    return ok(bodies);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.byteLength + second.byteLength);
  all.set(first);
  all.set(second, first.byteLength);
  return all;
}
