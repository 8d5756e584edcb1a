/**
 * The messages of a control connection: their numbers, the revisions that have them, and their wire forms. A peer sends
 * requests, and the relay answers them in order; a reply has no header.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { ByteReader, ByteWriter, type Layout } from '../lttng/bytes.ts';
import type { CommandFrame } from '../lttng/command-frames.ts';
import { type DecodedReply, readReply, writeReply } from '../lttng/replies.ts';
import {
  type AbandonPacketsRequest,
  abandonPacketsReply,
  abandonPacketsRequest,
} from './abandon-packets.ts';
import { type AddStreamRequest, addStreamReply, addStreamRequest } from './add-stream.ts';
import { type ChunkExistsRequest, chunkExistsReply, chunkExistsRequest } from './chunk-exists.ts';
import { type CloseChunkRequest, closeChunkReply, closeChunkRequest } from './close-chunk.ts';
import { type CloseStreamRequest, closeStreamRequest } from './close-stream.ts';
import {
  type ConfigurationRequest,
  configurationReply,
  configurationRequest,
} from './configuration.ts';
import { type CreateChunkRequest, createChunkRequest } from './create-chunk.ts';
import {
  type CreateSessionRequest,
  createSessionReply,
  createSessionRequest,
} from './create-session.ts';
import {
  type BeginDataPendingRequest,
  beginDataPendingRequest,
  type DataPendingRequest,
  dataPendingRequest,
  type EndDataPendingRequest,
  endDataPendingRequest,
  type QuiescentControlRequest,
  quiescentControlRequest,
} from './data-pending.ts';
import {
  type DatagramStatusRequest,
  datagramStatusReply,
  datagramStatusRequest,
} from './datagram-status.ts';
import { EXTENSION_CIRCUIT, EXTENSION_COMMANDS } from './extensions.ts';
import {
  type ArriveRequest,
  arriveRequest,
  type ForwardRequest,
  forwardRequest,
  wayReply,
} from './forward.ts';
import {
  type OpenDatagramsRequest,
  openDatagramsReply,
  openDatagramsRequest,
} from './open-datagrams.ts';
import { outcomeReply } from './outcome.ts';
import { type ReplacePacketRequest, replacePacketRequest } from './replace-packet.ts';
import { type ResetMetadataRequest, resetMetadataRequest } from './reset-metadata.ts';
import { type RotateStreamsRequest, rotateStreamsRequest } from './rotate-streams.ts';
import { type SendIndexRequest, sendIndexRequest } from './send-index.ts';
import { type SendMetadataRequest, sendMetadataRequest } from './send-metadata.ts';
import { type StreamsSentRequest, streamsSentRequest } from './streams-sent.ts';
import { type VersionRequest, versionReply, versionRequest } from './version.ts';

export type RelayRequest =
  | AbandonPacketsRequest
  | AddStreamRequest
  | ArriveRequest
  | BeginDataPendingRequest
  | ChunkExistsRequest
  | CloseChunkRequest
  | CloseStreamRequest
  | ConfigurationRequest
  | CreateChunkRequest
  | CreateSessionRequest
  | DataPendingRequest
  | DatagramStatusRequest
  | EndDataPendingRequest
  | ForwardRequest
  | OpenDatagramsRequest
  | QuiescentControlRequest
  | ReplacePacketRequest
  | ResetMetadataRequest
  | RotateStreamsRequest
  | SendIndexRequest
  | SendMetadataRequest
  | StreamsSentRequest
  | VersionRequest;

export type RelayRequestType = RelayRequest['type'];
export type RequestOf<Type extends RelayRequestType> = Extract<RelayRequest, { type: Type }>;

interface Command<Request, Reply> {
  readonly number: number;
  /** The first revision that has the command. */
  readonly since: number;
  readonly request: Layout<Request>;
  readonly reply: Layout<Reply>;
}

function command<Request, Reply>(
  number: number,
  since: number,
  request: Layout<Request>,
  reply: Layout<Reply>,
): Command<Request, Reply> {
  return { number, since, request, reply };
}

const COMMANDS = {
  'add-stream': command(1, 4, addStreamRequest, addStreamReply),
  'create-session': command(2, 4, createSessionRequest, createSessionReply),
  version: command(5, 4, versionRequest, versionReply),
  'send-metadata': command(6, 4, sendMetadataRequest, outcomeReply),
  'close-stream': command(7, 4, closeStreamRequest, outcomeReply),
  'data-pending': command(8, 4, dataPendingRequest, outcomeReply),
  'quiescent-control': command(9, 4, quiescentControlRequest, outcomeReply),
  'begin-data-pending': command(10, 4, beginDataPendingRequest, outcomeReply),
  'end-data-pending': command(11, 4, endDataPendingRequest, outcomeReply),
  'send-index': command(13, 4, sendIndexRequest, outcomeReply),
  'streams-sent': command(16, 4, streamsSentRequest, outcomeReply),
  'reset-metadata': command(17, 8, resetMetadataRequest, outcomeReply),
  'rotate-streams': command(18, 11, rotateStreamsRequest, outcomeReply),
  'create-chunk': command(19, 11, createChunkRequest, outcomeReply),
  'close-chunk': command(20, 11, closeChunkRequest, closeChunkReply),
  'chunk-exists': command(21, 11, chunkExistsRequest, chunkExistsReply),
  'get-configuration': command(22, 12, configurationRequest, configurationReply),
  forward: command(EXTENSION_COMMANDS + 1, 12, forwardRequest, wayReply),
  arrive: command(EXTENSION_COMMANDS + 2, 12, arriveRequest, wayReply),
  'open-datagrams': command(EXTENSION_COMMANDS + 3, 12, openDatagramsRequest, openDatagramsReply),
  'datagram-status': command(
    EXTENSION_COMMANDS + 4,
    12,
    datagramStatusRequest,
    datagramStatusReply,
  ),
  'abandon-packets': command(
    EXTENSION_COMMANDS + 5,
    12,
    abandonPacketsRequest,
    abandonPacketsReply,
  ),
  'replace-packet': command(EXTENSION_COMMANDS + 6, 12, replacePacketRequest, outcomeReply),
} as const satisfies { [Type in RelayRequestType]: Command<RequestOf<Type>, object> };

/** SEND_METADATA has no reply. */
export type AnsweredType = Exclude<RelayRequestType, 'send-metadata'>;
type ReplyLayoutOf<Type extends AnsweredType> = (typeof COMMANDS)[Type]['reply'];
export type ReplyTo<Type extends AnsweredType> = ReturnType<ReplyLayoutOf<Type>['read']>;

const TYPES = Object.keys(COMMANDS) as RelayRequestType[];
const BY_NUMBER = new Map(
  TYPES.map((type) => [COMMANDS[type].number, { type, ...COMMANDS[type] }]),
);

/** Whether peers that agreed on this revision have the command. */
export function hasCommand(type: RelayRequestType, minor: number): boolean {
  return COMMANDS[type].since <= minor;
}

/** The request in a frame, or one sentence that names the command and the field that is wrong. */
export function decodeRequest(frame: CommandFrame, minor: number): Result<RelayRequest, string> {
  const found = BY_NUMBER.get(frame.command);
  if (found === undefined) return fail(`command ${frame.command} is unknown`);
  const { type, since, request: layout } = found;
  if (since > minor) return fail(`${type}: not in revision 2.${minor}`);
  const from = new ByteReader(frame.payload);
  const request = layout.read(from, minor);
  if (from.trouble !== undefined) return fail(`${type}: ${from.trouble}`);
  if (from.remaining > 0) return fail(`${type}: ${from.remaining} bytes follow the last field`);
  return ok(request);
}

/** The frame of a request, its header first. */
export function encodeRequest(request: RelayRequest, minor: number): Uint8Array {
  const { number, request: layout } = COMMANDS[request.type];
  const into = new ByteWriter().u64(number < EXTENSION_COMMANDS ? 0n : EXTENSION_CIRCUIT);
  const lengthAt = into.byteLength;
  into.u64(0n).u32(number).u32(0);
  const begin = into.byteLength;
  (layout as Layout<RelayRequest>).write(into, request, minor);
  into.setU64(lengthAt, BigInt(into.byteLength - begin));
  return into.finish();
}

export function encodeReply<Type extends AnsweredType>(
  type: Type,
  reply: ReplyTo<Type>,
  minor: number,
): Uint8Array {
  return writeReply(COMMANDS[type].reply as Layout<ReplyTo<Type>>, reply, minor);
}

/** See {@link readReply}. */
export function decodeReply<Type extends AnsweredType>(
  type: Type,
  bytes: Uint8Array,
  minor: number,
): Result<DecodedReply<ReplyTo<Type>> | undefined, string> {
  return readReply(type, COMMANDS[type].reply as Layout<ReplyTo<Type>>, bytes, minor);
}
