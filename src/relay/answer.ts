/** Requests of a control connection, answered by what the relay stores. */
import { fail, ok, type Result } from '../base/result.ts';
import { TOKEN_BYTES } from '../wire/relay/datagram.ts';
import { EXTENSIONS } from '../wire/relay/extensions.ts';
import { RELAY_MINOR_MIN } from '../wire/relay/limits.ts';
import {
  DATA_PENDING,
  NO_DATA_PENDING,
  RELAY_OK,
  RELAY_UNKNOWN_ERROR,
} from '../wire/relay/outcome.ts';
import { encodeReply, type RelayRequest } from '../wire/relay/requests.ts';
import type { PeerSession } from './session.ts';
import type { RelayStore } from './store.ts';

export interface Answer {
  /** Absent for the command that has no reply. */
  readonly reply?: Uint8Array;
  /** Why the relay did not do it: one sentence. */
  readonly refusal?: string;
}

/** The answer to most requests, the same in all revisions. */
const DONE: Answer = { reply: encodeReply('send-index', { code: RELAY_OK }, RELAY_MINOR_MIN) };

/** Every request after those about the version and about the way. */
export type SessionRequest = Exclude<
  RelayRequest,
  { readonly type: 'version' | 'forward' | 'arrive' }
>;

export function isOfSession(request: RelayRequest): request is SessionRequest {
  return request.type !== 'version' && request.type !== 'forward' && request.type !== 'arrive';
}

const NO_SESSION = { session: 0n, code: RELAY_UNKNOWN_ERROR, path: '' };
const NO_STREAM = { stream: 0n, code: RELAY_UNKNOWN_ERROR };
const NO_TOKEN = new Uint8Array(TOKEN_BYTES);
const NO_CHUNK = { code: RELAY_UNKNOWN_ERROR, path: '' };

/** `minor`: the revision of the connection. */
export function answer(
  store: RelayStore,
  session: PeerSession,
  request: SessionRequest,
  minor: number,
): Answer {
  switch (request.type) {
    case 'get-configuration': {
      const { isClearAllowed } = store;
      const extensions = EXTENSIONS.filter(
        (each) => each !== 'datagrams' || store.datagrams.isOpen,
      );
      const reply = { code: RELAY_OK, isClearAllowed, extensions };
      return { reply: encodeReply(request.type, reply, minor) };
    }
    case 'open-datagrams': {
      const opened = session.openDatagrams();
      return answered(opened, (receiver) =>
        encodeReply(
          request.type,
          { ...codeFor(receiver), token: receiver?.token ?? NO_TOKEN },
          minor,
        ),
      );
    }
    case 'datagram-status': {
      const asked = session.withDatagrams((to) => ok(to.status(request.settledBelow)));
      return answered(asked, (arrived) =>
        encodeReply(request.type, { ...codeFor(arrived), arrived: arrived ?? [] }, minor),
      );
    }
    case 'abandon-packets': {
      const { stream, last } = request;
      const next = session.withDatagrams((to) => to.abandon(stream, last));
      return answered(next, (found) =>
        encodeReply(request.type, { ...codeFor(found), next: found ?? 0n }, minor),
      );
    }
    case 'create-session': {
      const made = session.create(request);
      return answered(made, (reply) => encodeReply(request.type, reply ?? NO_SESSION, minor));
    }
    case 'add-stream': {
      const added = session.addStream(request);
      return answered(added, (reply) => encodeReply(request.type, reply ?? NO_STREAM, minor));
    }
    case 'close-chunk': {
      const closed = session.closeChunk(request);
      return answered(closed, (reply) => encodeReply(request.type, reply ?? NO_CHUNK, minor));
    }
    case 'chunk-exists': {
      const found = session.hasChunk(request.chunk);
      return answered(found, (exists) =>
        encodeReply(request.type, { ...codeFor(exists), exists: exists ?? false }, minor),
      );
    }
    case 'send-metadata': {
      const { stream, content, padding } = request;
      const sent = session.withStream(stream, (to) => to.appendMetadata(content, padding));
      return sent.ok ? {} : { refusal: sent.error };
    }
    default: {
      const done = perform(session, request);
      if (done.ok && done.value === RELAY_OK) return DONE;
      const code = done.ok ? done.value : RELAY_UNKNOWN_ERROR;
      return answered(done, () => encodeReply(request.type, { code }, minor));
    }
  }
}

type PlainRequest = Exclude<
  SessionRequest,
  {
    readonly type:
      | 'get-configuration'
      | 'open-datagrams'
      | 'datagram-status'
      | 'abandon-packets'
      | 'create-session'
      | 'add-stream'
      | 'close-chunk'
      | 'chunk-exists'
      | 'send-metadata';
  }
>;

/** The code of the reply to a request that is answered by a code alone. */
function perform(session: PeerSession, request: PlainRequest): Result<number, string> {
  switch (request.type) {
    case 'streams-sent':
      session.publishStreams();
      return ok(RELAY_OK);
    case 'send-index':
      return codeOf(session.withStream(request.stream, (stream) => stream.index(request)));
    case 'replace-packet': {
      const { stream, sequence, content } = request;
      return codeOf(session.withDatagrams((to) => to.replace(stream, sequence, content)));
    }
    case 'close-stream': {
      const { stream, lastSequence } = request;
      return codeOf(session.withStream(stream, (closed) => ok(closed.close(lastSequence))));
    }
    case 'reset-metadata':
      return codeOf(session.withStream(request.stream, (stream) => stream.resetMetadata()));
    case 'create-chunk':
      return codeOf(session.createChunk(request));
    case 'rotate-streams':
      return codeOf(session.rotate(request));
    case 'begin-data-pending':
      return codeOf(session.beginDataPending(request.session));
    case 'data-pending':
      return pendingCodeOf(session.isPending(request.stream, request.lastSequence));
    case 'quiescent-control':
      return codeOf(session.isPending(request.stream));
    case 'end-data-pending':
      return pendingCodeOf(session.endDataPending(request.session));
  }
}

/** The code beside the value that a request found; undefined: it found none. */
function codeFor(value: unknown): { readonly code: number } {
  return { code: value === undefined ? RELAY_UNKNOWN_ERROR : RELAY_OK };
}

function codeOf(done: Result<unknown, string>): Result<number, string> {
  return done.ok ? ok(RELAY_OK) : fail(done.error);
}

function pendingCodeOf(found: Result<boolean, string>): Result<number, string> {
  if (!found.ok) return found;
  return ok(found.value ? DATA_PENDING : NO_DATA_PENDING);
}

/** The reply to a request that was done, or to one that was not (without a value). */
function answered<T>(
  done: Result<T, string>,
  encode: (value: T | undefined) => Uint8Array,
): Answer {
  return done.ok
    ? { reply: encode(done.value) }
    : { reply: encode(undefined), refusal: done.error };
}
