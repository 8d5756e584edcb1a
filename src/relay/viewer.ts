/**
 * What one viewer has: the sessions that it is attached to, and its position in their streams. It reaches no others.
 * The numbers of its streams are its own, and say nothing about those that peers write with.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { AttachReply, AttachRequest, Seek } from '../wire/live/attach.ts';
import type { DetachReply } from '../wire/live/detach.ts';
import { LISTED_SESSIONS_MAX, LISTED_STREAMS_MAX } from '../wire/live/limits.ts';
import type { ListedSession, ListSessionsReply } from '../wire/live/list-sessions.ts';
import type { MetadataReply } from '../wire/live/metadata.ts';
import type { NewStreamsReply } from '../wire/live/new-streams.ts';
import type { News } from '../wire/live/news.ts';
import type { NextIndexReply } from '../wire/live/next-index.ts';
import type { PacketReply, PacketRequest } from '../wire/live/packet.ts';
import { encodeViewerReply, type ViewerRequest } from '../wire/live/requests.ts';
import type { ListedStream } from '../wire/live/streams.ts';
import { ATTACHED_SESSIONS_MAX, VIEWED_STREAMS_MAX } from './limits.ts';
import type { LiveSession, LiveSessions, LiveStream } from './live-sessions.ts';
import { ViewedStream } from './viewed-stream.ts';

/** Every request after the negotiation of the version. */
export type ServedRequest = Exclude<ViewerRequest, { readonly type: 'connect' }>;

interface Attachment {
  readonly session: LiveSession;
  readonly seek: Seek;
  /** Streams from this number on came later: they are read from their beginning. */
  readonly laterFrom: number;
  /** The next stream to tell the viewer of. */
  next: number;
  /** The metadata streams by their trace. */
  readonly metadata: Map<bigint, bigint>;
}

interface Viewed {
  readonly attachment: Attachment;
  readonly position: ViewedStream;
}

/** The first revision that knows CTF 2. */
const CTF2_MINOR = 15;
const CTF2 = 2;
const NO_NEWS: News = { hasNewMetadata: false, hasNewStreams: false };
const NO_BYTES = new Uint8Array(0);
const NO_INDEX = {
  offset: 0n,
  packetBits: 0n,
  contentBits: 0n,
  timestampBegin: 0n,
  timestampEnd: 0n,
  eventsDiscarded: 0n,
  streamClass: 0n,
};

export class Viewer {
  readonly #sessions: LiveSessions;
  readonly #onAttached: (session: ListedSession) => void;
  readonly #attachments = new Map<bigint, Attachment>();
  readonly #streams = new Map<bigint, Viewed>();
  #lastStream = 0n;
  #isCreated = false;

  constructor(sessions: LiveSessions, onAttached: (session: ListedSession) => void) {
    this.#sessions = sessions;
    this.#onAttached = onAttached;
  }

  /** The reply, or why the viewer is to be cut off. `minor`: the revision of the connection. */
  answer(request: ServedRequest, minor: number): Result<Uint8Array, string> {
    const { type } = request;
    switch (type) {
      case 'create-viewer':
        this.#isCreated = true;
        return ok(encodeViewerReply(type, { status: 'ok' }, minor));
      case 'list-sessions':
        return ok(encodeViewerReply(type, this.#list(minor), minor));
      case 'attach': {
        if (this.#attachments.size >= ATTACHED_SESSIONS_MAX) {
          return fail(`is attached to ${ATTACHED_SESSIONS_MAX} sessions`);
        }
        return ok(encodeViewerReply(type, this.#attach(request, minor), minor));
      }
      case 'get-new-streams':
        return ok(encodeViewerReply(type, this.#newStreams(request.session), minor));
      case 'get-metadata':
        return ok(encodeViewerReply(type, this.#metadata(request.stream), minor));
      case 'get-next-index':
        return ok(encodeViewerReply(type, this.#nextIndex(request.stream), minor));
      case 'get-packet':
        return ok(encodeViewerReply(type, this.#packet(request), minor));
      case 'detach':
        return ok(encodeViewerReply(type, this.#detach(request.session), minor));
    }
  }

  /** The connection has ended. */
  end(): void {
    for (const id of [...this.#attachments.keys()]) this.#detach(id);
  }

  #list(minor: number): ListSessionsReply {
    const visible = this.#sessions.all.filter((session) => isVisible(session, minor));
    return { sessions: visible.slice(0, LISTED_SESSIONS_MAX).map(({ listed }) => listed) };
  }

  #attach({ session: id, seek }: AttachRequest, minor: number): AttachReply {
    if (!this.#isCreated) return { status: 'no-viewer', streams: [] };
    if (this.#attachments.has(id)) return { status: 'already', streams: [] };
    const session = this.#sessions.get(id);
    if (session === undefined || !isVisible(session, minor)) {
      return { status: 'unknown', streams: [] };
    }
    const laterFrom = session.nextNumber;
    const attachment = { session, seek, laterFrom, next: 0, metadata: new Map<bigint, bigint>() };
    this.#attachments.set(id, attachment);
    session.attach();
    this.#onAttached(session.listed);
    return { status: 'ok', streams: this.#tellStreams(attachment) };
  }

  #detach(id: bigint): DetachReply {
    const attachment = this.#attachments.get(id);
    if (attachment === undefined) return { status: 'unknown' };
    this.#attachments.delete(id);
    for (const [stream, viewed] of this.#streams) {
      if (viewed.attachment === attachment) this.#drop(stream);
    }
    attachment.session.detach();
    return { status: 'ok' };
  }

  #newStreams(id: bigint): NewStreamsReply {
    const attachment = this.#attachments.get(id);
    if (attachment === undefined) return { status: 'error', streams: [] };
    const streams = this.#tellStreams(attachment);
    if (streams.length > 0) return { status: 'ok', streams };
    const isOver = attachment.session.hasEnded && !this.#hasStreamsOf(attachment);
    return { status: isOver ? 'hung-up' : 'none', streams };
  }

  /** Whether the viewer has not read all packets of the session. */
  #hasStreamsOf(attachment: Attachment): boolean {
    return [...this.#streams.values()].some(
      ({ attachment: of, position }) => of === attachment && !position.stream.isMetadata,
    );
  }

  #metadata(id: bigint): MetadataReply {
    const viewed = this.#streams.get(id);
    if (viewed?.position.stream.isMetadata !== true) return { status: 'error', content: NO_BYTES };
    const content = viewed.position.readMetadata();
    if (!content.ok) return { status: 'error', content: NO_BYTES };
    const status = content.value.byteLength === 0 ? 'nothing-new' : 'ok';
    return { status, content: content.value };
  }

  #nextIndex(id: bigint): NextIndexReply {
    const viewed = this.#streams.get(id);
    if (viewed === undefined || viewed.position.stream.isMetadata) {
      return { ...NO_INDEX, ...NO_NEWS, status: 'error' };
    }
    const { log } = viewed.position.stream;
    const packet = viewed.position.next();
    const news = this.#newsFor(viewed);
    if (!packet.ok) return { ...NO_INDEX, ...news, status: 'error' };
    if (packet.value !== undefined) return { ...packet.value, ...news, status: 'ok' };
    if (log.isClosed) {
      this.#forget(id, viewed);
      return { ...NO_INDEX, ...news, status: 'hung-up' };
    }
    const { beacon } = log;
    if (beacon === undefined) return { ...NO_INDEX, ...news, status: 'retry' };
    return { ...NO_INDEX, ...beacon, ...news, status: 'inactive' };
  }

  #packet({ stream, offset, byteLength }: PacketRequest): PacketReply {
    const viewed = this.#streams.get(stream);
    if (viewed === undefined) return { ...NO_NEWS, status: 'error', content: NO_BYTES };
    const content = viewed.position.read(offset, byteLength);
    const news = this.#newsFor(viewed);
    return content.ok
      ? { ...news, status: 'ok', content: content.value }
      : { ...news, status: 'error', content: NO_BYTES };
  }

  #newsFor({ attachment, position }: Viewed): News {
    const metadata = attachment.metadata.get(position.stream.trace);
    const hasNewMetadata =
      metadata !== undefined && this.#streams.get(metadata)?.position.hasNewMetadata === true;
    const { session, next } = attachment;
    const hasNewStreams = session.nextNumber > next && this.#streams.size < VIEWED_STREAMS_MAX;
    return { hasNewMetadata, hasNewStreams };
  }

  #drop(id: bigint): void {
    this.#streams.get(id)?.position.close();
    this.#streams.delete(id);
  }

  /** The viewer has read a stream to its end; with the last one of a trace goes the metadata. */
  #forget(id: bigint, { attachment, position }: Viewed): void {
    this.#drop(id);
    const { trace } = position.stream;
    const metadata = attachment.metadata.get(trace);
    if (metadata === undefined || !this.#isOver(metadata)) return;
    for (const [other, viewed] of this.#streams) {
      if (other === metadata || viewed.attachment !== attachment) continue;
      if (viewed.position.stream.trace === trace) return;
    }
    this.#drop(metadata);
    attachment.metadata.delete(trace);
  }

  #isOver(metadata: bigint): boolean {
    const position = this.#streams.get(metadata)?.position;
    return position?.stream.log.isClosed === true && !position.hasNewMetadata;
  }

  /** The next streams that the viewer does not know; from now on it can read them. */
  #tellStreams(attachment: Attachment): readonly ListedStream[] {
    const { session, seek, laterFrom } = attachment;
    const told: ListedStream[] = [];
    for (const stream of session.streamsFrom(attachment.next)) {
      const isFull = this.#streams.size >= VIEWED_STREAMS_MAX;
      if (isFull || told.length >= LISTED_STREAMS_MAX) return told;
      attachment.next = stream.number + 1;
      const from = stream.number < laterFrom ? seek : 'beginning';
      // A viewer that reads from now on would find nothing in it.
      if (from === 'last' && stream.log.isClosed) continue;
      told.push(this.#view(attachment, stream, from));
    }
    attachment.next = session.nextNumber;
    return told;
  }

  #view(attachment: Attachment, stream: LiveStream, from: Seek): ListedStream {
    this.#lastStream += 1n;
    const id = this.#lastStream;
    this.#streams.set(id, { attachment, position: new ViewedStream(stream, from) });
    const { trace, isMetadata, path, channel } = stream;
    if (isMetadata) attachment.metadata.set(trace, id);
    return { stream: id, trace, isMetadata, path, channel };
  }
}

function isVisible(session: LiveSession, minor: number): boolean {
  return session.traceFormat !== CTF2 || minor >= CTF2_MINOR;
}
