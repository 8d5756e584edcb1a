/**
 * CREATE_SESSION: what a control connection streams. Revisions 2.4 to 2.10 have texts of fixed size; revision 2.11
 * adds the origin of the session and trace chunks, revision 2.15 the trace format.
 */
import type { ByteReader, ByteWriter, Layout } from '../lttng/bytes.ts';
import {
  RELAY_HOST_NAME_BYTES_MAX,
  RELAY_PATH_BYTES_MAX,
  RELAY_SESSION_NAME_BYTES_MAX,
} from './limits.ts';

/** What a session daemon says of itself and of its session since revision 2.11. */
export interface SessionOrigin {
  readonly sessiondUuid: string;
  /** The session's number in its daemon. */
  readonly sessionId: bigint;
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly createdAtSeconds: bigint;
  /** The name ends with the time of creation. */
  readonly nameHasTime: boolean;
  /** Sub-directory that the user chose instead of the session's name; empty: none. */
  readonly basePath: string;
  readonly currentChunk?: bigint;
  /** Since revision 2.15: 1 is CTF 1.8, 2 is CTF 2. */
  readonly traceFormat?: number;
}

export interface CreateSessionRequest {
  readonly type: 'create-session';
  readonly name: string;
  readonly host: string;
  /** Period of a live session in microseconds; 0: not live. */
  readonly liveTimerUs: number;
  readonly isSnapshot: boolean;
  /** Present from revision 2.11. */
  readonly origin?: SessionOrigin;
}

export interface CreateSessionReply {
  readonly session: bigint;
  readonly code: number;
  /** Where the relay stores the session, since revision 2.11; empty: it does not say. */
  readonly path: string;
}

const OLD_NAME_BYTES = 255;
const OLD_HOST_BYTES = 64;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

export const createSessionRequest: Layout<CreateSessionRequest> = {
  write: (into, request, minor) => {
    if (minor >= 11) writeNew(into, request, minor);
    else {
      into.fixedText(request.name, OLD_NAME_BYTES).fixedText(request.host, OLD_HOST_BYTES);
      into.u32(request.liveTimerUs).u32(request.isSnapshot ? 1 : 0);
    }
  },
  read: (from, minor) => (minor >= 11 ? readNew(from, minor) : readOld(from)),
};

function readOld(from: ByteReader): CreateSessionRequest {
  return {
    type: 'create-session',
    name: from.fixedText('session name', OLD_NAME_BYTES),
    host: from.fixedText('host name', OLD_HOST_BYTES),
    liveTimerUs: from.u32('live timer'),
    isSnapshot: from.u32('snapshot') !== 0,
  };
}

const NO_ORIGIN: SessionOrigin = {
  sessiondUuid: NIL_UUID,
  sessionId: 0n,
  createdAtSeconds: 0n,
  nameHasTime: false,
  basePath: '',
};

function writeNew(into: ByteWriter, request: CreateSessionRequest, minor: number): void {
  const { name, host, liveTimerUs, isSnapshot, origin = NO_ORIGIN } = request;
  into.textLength(name).textLength(host).textLength(origin.basePath);
  into.u32(liveTimerUs).u8(isSnapshot ? 1 : 0);
  into.u8(origin.nameHasTime ? 1 : 0);
  into.uuid(origin.sessiondUuid).u64(origin.sessionId).u64(origin.createdAtSeconds);
  into.u8(origin.currentChunk === undefined ? 0 : 1).u64(origin.currentChunk ?? 0n);
  if (minor >= 15) into.u32(origin.traceFormat ?? 1);
  into.text(name).text(host).text(origin.basePath);
}

function readNew(from: ByteReader, minor: number): CreateSessionRequest {
  const nameLength = from.textLength('session name', RELAY_SESSION_NAME_BYTES_MAX);
  const hostLength = from.textLength('host name', RELAY_HOST_NAME_BYTES_MAX);
  const pathLength = from.textLength('base path', RELAY_PATH_BYTES_MAX);
  const liveTimerUs = from.u32('live timer');
  const isSnapshot = from.flag('snapshot');
  const nameHasTime = from.flag('name has time');
  const sessiondUuid = from.uuid('UUID of the session daemon');
  if (sessiondUuid === NIL_UUID) from.refuse('UUID of the session daemon', 'is nil');
  const sessionId = from.u64('session id');
  const createdAtSeconds = from.u64('creation time');
  const hasChunk = from.flag('current trace chunk');
  const chunk = from.u64('id of the current trace chunk');
  const format = minor >= 15 ? { traceFormat: from.u32('trace format') } : {};
  return {
    type: 'create-session',
    name: from.text('session name', nameLength),
    host: from.text('host name', hostLength),
    liveTimerUs,
    isSnapshot,
    origin: {
      sessiondUuid,
      sessionId,
      createdAtSeconds,
      nameHasTime,
      basePath: from.text('base path', pathLength),
      ...(hasChunk ? { currentChunk: chunk } : {}),
      ...format,
    },
  };
}

export const createSessionReply: Layout<CreateSessionReply> = {
  write: (into, { session, code, path }, minor) => {
    into.u64(session).u32(code);
    if (minor < 11) return;
    if (path === '') into.u32(0);
    else into.textLength(path).text(path);
  },
  read: (from, minor) => ({
    session: from.u64('session handle'),
    code: from.u32('return code'),
    path: minor < 11 ? '' : from.text('path', from.textLength('path', RELAY_PATH_BYTES_MAX)),
  }),
};
