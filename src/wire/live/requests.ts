/**
 * The messages of a viewer's connection: their numbers and wire forms. A viewer sends requests, and the relay answers
 * them in order; a reply has no header.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { ByteReader, ByteWriter, type Layout } from '../lttng/bytes.ts';
import type { CommandFrame } from '../lttng/command-frames.ts';
import { type DecodedReply, readReply, writeReply } from '../lttng/replies.ts';
import { type AttachRequest, attachReply, attachRequest } from './attach.ts';
import { type ConnectRequest, connectReply, connectRequest } from './connect.ts';
import {
  type CreateViewerRequest,
  createViewerReply,
  createViewerRequest,
} from './create-viewer.ts';
import { type DetachRequest, detachReply, detachRequest } from './detach.ts';
import {
  type ListSessionsRequest,
  listSessionsReply,
  listSessionsRequest,
} from './list-sessions.ts';
import { type MetadataRequest, metadataReply, metadataRequest } from './metadata.ts';
import { type NewStreamsRequest, newStreamsReply, newStreamsRequest } from './new-streams.ts';
import { type NextIndexRequest, nextIndexReply, nextIndexRequest } from './next-index.ts';
import { type PacketRequest, packetReply, packetRequest } from './packet.ts';

export type ViewerRequest =
  | AttachRequest
  | ConnectRequest
  | CreateViewerRequest
  | DetachRequest
  | ListSessionsRequest
  | MetadataRequest
  | NewStreamsRequest
  | NextIndexRequest
  | PacketRequest;

export type ViewerRequestType = ViewerRequest['type'];

interface Command<Request, Reply> {
  readonly number: number;
  readonly request: Layout<Request>;
  readonly reply: Layout<Reply>;
}

function command<Request, Reply>(
  number: number,
  request: Layout<Request>,
  reply: Layout<Reply>,
): Command<Request, Reply> {
  return { number, request, reply };
}

const COMMANDS = {
  connect: command(1, connectRequest, connectReply),
  'list-sessions': command(2, listSessionsRequest, listSessionsReply),
  attach: command(3, attachRequest, attachReply),
  'get-next-index': command(4, nextIndexRequest, nextIndexReply),
  'get-packet': command(5, packetRequest, packetReply),
  'get-metadata': command(6, metadataRequest, metadataReply),
  'get-new-streams': command(7, newStreamsRequest, newStreamsReply),
  'create-viewer': command(8, createViewerRequest, createViewerReply),
  detach: command(9, detachRequest, detachReply),
} as const satisfies {
  [Type in ViewerRequestType]: Command<Extract<ViewerRequest, { type: Type }>, object>;
};

export type ViewerReplyTo<Type extends ViewerRequestType> = ReturnType<
  (typeof COMMANDS)[Type]['reply']['read']
>;

const TYPES = Object.keys(COMMANDS) as ViewerRequestType[];
const BY_NUMBER = new Map(TYPES.map((type) => [COMMANDS[type].number, type]));

/** The request in a frame, or one sentence that names the command and the field that is wrong. */
export function decodeViewerRequest(
  frame: CommandFrame,
  minor: number,
): Result<ViewerRequest, string> {
  const type = BY_NUMBER.get(frame.command);
  if (type === undefined) return fail(`viewer command ${frame.command} is unknown`);
  const from = new ByteReader(frame.payload);
  const request = COMMANDS[type].request.read(from, minor);
  if (from.trouble !== undefined) return fail(`${type}: ${from.trouble}`);
  if (from.remaining > 0) return fail(`${type}: ${from.remaining} bytes follow the last field`);
  return ok(request);
}

/** The frame of a request, its header first. */
export function encodeViewerRequest(request: ViewerRequest, minor: number): Uint8Array {
  const { number, request: layout } = COMMANDS[request.type];
  const payload = new ByteWriter();
  (layout as Layout<ViewerRequest>).write(payload, request, minor);
  const bytes = payload.finish();
  const into = new ByteWriter().u64(BigInt(bytes.byteLength)).u32(number).u32(0);
  return into.bytes(bytes).finish();
}

export function encodeViewerReply<Type extends ViewerRequestType>(
  type: Type,
  reply: ViewerReplyTo<Type>,
  minor: number,
): Uint8Array {
  return writeReply(COMMANDS[type].reply as Layout<ViewerReplyTo<Type>>, reply, minor);
}

/** See {@link readReply}. */
export function decodeViewerReply<Type extends ViewerRequestType>(
  type: Type,
  bytes: Uint8Array,
  minor: number,
): Result<DecodedReply<ViewerReplyTo<Type>> | undefined, string> {
  return readReply(type, COMMANDS[type].reply as Layout<ViewerReplyTo<Type>>, bytes, minor);
}
