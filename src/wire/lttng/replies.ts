/** Replies of LTTng's protocols have no header: the request says which layout they have. */
import { fail, ok, type Result } from '../../base/result.ts';
import { ByteReader, ByteWriter, type Layout } from './bytes.ts';

export interface DecodedReply<Reply> {
  readonly reply: Reply;
  readonly byteLength: number;
}

export function writeReply<Reply>(layout: Layout<Reply>, reply: Reply, minor: number): Uint8Array {
  const into = new ByteWriter();
  layout.write(into, reply, minor);
  return into.finish();
}

/** The reply at the start of `bytes` and its length; undefined: more bytes are needed. `request`: its type. */
export function readReply<Reply>(
  request: string,
  layout: Layout<Reply>,
  bytes: Uint8Array,
  minor: number,
): Result<DecodedReply<Reply> | undefined, string> {
  const from = new ByteReader(bytes);
  const reply = layout.read(from, minor);
  if (from.isShort) return ok(undefined);
  if (from.trouble !== undefined) return fail(`reply to ${request}: ${from.trouble}`);
  return ok({ reply, byteLength: from.consumed });
}
