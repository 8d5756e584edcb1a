/**
 * LIST_SESSIONS: the sessions that can be viewed. Revisions before 2.15 have names of fixed size, in which longer ones
 * are cut; revision 2.15 has names of any length, and the trace format.
 */
import { clipUtf8 } from '../../base/utf8.ts';
import type { ByteReader, ByteWriter, Layout } from '../lttng/bytes.ts';
import {
  LISTED_SESSIONS_MAX,
  LIVE_HOST_NAME_BYTES_MAX,
  LIVE_SESSION_NAME_BYTES_MAX,
} from './limits.ts';

export interface ListSessionsRequest {
  readonly type: 'list-sessions';
}

export interface ListedSession {
  readonly session: bigint;
  readonly liveTimerUs: number;
  /** How many viewers are attached, and how many streams there are. */
  readonly viewers: number;
  readonly streams: number;
  readonly host: string;
  readonly name: string;
  /** Since revision 2.15: 1 is CTF 1.8, 2 is CTF 2. */
  readonly traceFormat?: number;
}

export interface ListSessionsReply {
  readonly sessions: readonly ListedSession[];
}

const OLD_HOST_BYTES = 64;
const OLD_NAME_BYTES = 255;

export const listSessionsRequest: Layout<ListSessionsRequest> = {
  write: () => undefined,
  read: () => ({ type: 'list-sessions' }),
};

export const listSessionsReply: Layout<ListSessionsReply> = {
  write: (into, { sessions }, minor) => {
    into.u32(sessions.length);
    for (const session of sessions) writeSession(into, session, minor);
  },
  read: (from, minor) => {
    const count = from.u32('number of sessions');
    if (count > LISTED_SESSIONS_MAX) {
      from.refuse('number of sessions', `is ${count}, more than ${LISTED_SESSIONS_MAX}`);
    }
    const sessions: ListedSession[] = [];
    while (sessions.length < count && from.trouble === undefined) {
      sessions.push(readSession(from, minor));
    }
    return { sessions };
  },
};

function writeSession(into: ByteWriter, session: ListedSession, minor: number): void {
  const { host, name, traceFormat = 1 } = session;
  into.u64(session.session).u32(session.liveTimerUs).u32(session.viewers).u32(session.streams);
  if (minor >= 15) {
    into.textLength(host).textLength(name).u32(traceFormat).text(host).text(name);
    return;
  }
  into.fixedText(clipUtf8(host, OLD_HOST_BYTES - 1), OLD_HOST_BYTES);
  into.fixedText(clipUtf8(name, OLD_NAME_BYTES - 1), OLD_NAME_BYTES);
}

function readSession(from: ByteReader, minor: number): ListedSession {
  const base = {
    session: from.u64('session id'),
    liveTimerUs: from.u32('live timer'),
    viewers: from.u32('number of viewers'),
    streams: from.u32('number of streams'),
  };
  if (minor < 15) {
    const host = from.fixedText('host name', OLD_HOST_BYTES);
    return { ...base, host, name: from.fixedText('session name', OLD_NAME_BYTES) };
  }
  const hostLength = from.textLength('host name', LIVE_HOST_NAME_BYTES_MAX);
  const nameLength = from.textLength('session name', LIVE_SESSION_NAME_BYTES_MAX);
  const traceFormat = from.u32('trace format');
  const host = from.text('host name', hostLength);
  return { ...base, host, name: from.text('session name', nameLength), traceFormat };
}
