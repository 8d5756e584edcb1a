/**
 * What one control connection has: at most one session, its streams and its trace chunks. It answers requests; the
 * actor of the connection checks the order of its first messages.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { AddStreamReply, AddStreamRequest } from '../wire/relay/add-stream.ts';
import type { CloseChunkReply, CloseChunkRequest } from '../wire/relay/close-chunk.ts';
import type { CreateSessionReply, CreateSessionRequest } from '../wire/relay/create-session.ts';
import { RELAY_OK } from '../wire/relay/outcome.ts';
import type { RotateStreamsRequest } from '../wire/relay/rotate-streams.ts';
import type { TraceChunk } from './chunk.ts';
import type { DatagramReceiver } from './datagrams.ts';
import { STREAM_PATH_DEPTH_MAX, STREAMS_PER_SESSION_MAX, TRACEFILES_MAX } from './limits.ts';
import type { SessionRoom } from './live-memory.ts';
import type { LiveSession, StreamDescription } from './live-sessions.ts';
import { safeName, safePath } from './names.ts';
import type { SessionDirectory } from './session-directory.ts';
import { oldStreamPath, sessionPath } from './session-path.ts';
import type { RelayStore } from './store.ts';
import type { RelayStream } from './stream.ts';
import type { Place } from './tracefile.ts';

/** The path of a reply when there is none. */
const NO_PATH = '';

export class PeerSession {
  readonly #store: RelayStore;
  /** Address of the peer. */
  readonly #peer: string;
  readonly #onSettled: () => void;
  #handle: bigint | undefined;
  /** The session's directory from revision 2.11 on; before that a stream names it. */
  #directory: SessionDirectory | undefined;
  readonly #oldDirectories = new Map<string, SessionDirectory>();
  readonly #streams = new Map<bigint, RelayStream>();
  /** Where its packets are if they are not on the disk. */
  #memory: SessionRoom | undefined;
  /** Present if viewers can attach to the session, from its creation to the end of the connection. */
  #live: LiveSession | undefined;
  /** Streams that viewers are not told of yet. */
  readonly #unpublished = new Map<bigint, StreamDescription>();
  /** The chunks that the peer created and has not closed. */
  readonly #chunks = new Map<bigint, TraceChunk>();
  /** Streams that are not known to be complete since the peer began to ask. */
  readonly #unasked = new Set<bigint>();
  #hasEnded = false;
  readonly #onBroken: (reason: string) => void;
  /** Present if the peer sends its packets as datagrams. */
  #datagrams: DatagramReceiver | undefined;

  /**
   * `onSettled`: called once after {@link end}, when no packet is expected any more. `onBroken`: the peer
   * is to be cut off for the datagrams that it sends.
   */
  constructor(
    store: RelayStore,
    peer: string,
    onSettled: () => void,
    onBroken: (reason: string) => void,
  ) {
    this.#store = store;
    this.#peer = peer;
    this.#onSettled = onSettled;
    this.#onBroken = onBroken;
  }

  /** The peer will send its packets as datagrams with the token of the receiver. */
  openDatagrams(): Result<DatagramReceiver, string> {
    if (!this.#store.datagrams.isOpen) return fail('this relay takes no datagrams');
    if (this.#datagrams !== undefined) return fail('the session sends datagrams already');
    this.#datagrams = this.#store.datagrams.begin({
      stream: (handle) => this.#streams.get(handle),
      onBroken: this.#onBroken,
    });
    return ok(this.#datagrams);
  }

  /** Calls `act` with what receives the datagrams. */
  withDatagrams<T>(act: (receiver: DatagramReceiver) => Result<T, string>): Result<T, string> {
    const receiver = this.#datagrams;
    return receiver === undefined ? fail('the session sends no datagrams') : act(receiver);
  }

  create(request: CreateSessionRequest): Result<CreateSessionReply, string> {
    if (this.#handle !== undefined) return fail('the connection has a session');
    const host = safeName('the host name', request.host);
    if (!host.ok) return host;
    const { origin } = request;
    const isLive = request.liveTimerUs > 0 && !request.isSnapshot;
    const memory = isLive ? this.#store.liveMemory() : undefined;
    let path = NO_PATH;
    if (origin !== undefined) {
      const names = sessionPath(request, origin, this.#store.grouping);
      if (!names.ok) return names;
      const { sessiondUuid, sessionId } = origin;
      const key = JSON.stringify([sessiondUuid, String(sessionId), ...names.value]);
      const directory = this.#store.directory(key, names.value, memory !== undefined);
      if (!directory.ok) return directory;
      this.#directory = directory.value;
      path = this.#store.below(directory.value.path);
    }
    this.#handle = this.#store.handle('relay.session');
    this.#memory = memory;
    if (isLive) {
      const { name, liveTimerUs } = request;
      const traceFormat = origin?.traceFormat ?? 1;
      const listed = { host: host.value, name, liveTimerUs, traceFormat };
      this.#live = this.#store.live.add(listed, memory !== undefined);
    }
    return ok({ session: this.#handle, code: RELAY_OK, path });
  }

  addStream(request: AddStreamRequest): Result<AddStreamReply, string> {
    const { channel, tracefileSize: size, tracefileCount: count } = request;
    if (this.#handle === undefined) return fail('the connection has no session');
    if (this.#streams.size >= STREAMS_PER_SESSION_MAX) {
      return fail(`the session has ${STREAMS_PER_SESSION_MAX} streams`);
    }
    if (count > TRACEFILES_MAX) return fail(`the trace file count is more than ${TRACEFILES_MAX}`);
    const file = safeName('the channel name', channel);
    if (!file.ok) return file;
    const found = this.#placeOf(request);
    if (!found.ok) return found;
    const { place, directory } = found.value;
    const memory = this.#memory;
    const onClosed = (): void => this.#forget(added);
    const added = this.#store.addStream(
      { name: { directory, file: file.value }, bounds: { size, count }, memory, onClosed },
      place,
    );
    if (!added.ok) return added;
    const { handle, stream } = added.value;
    this.#streams.set(handle, stream);
    if (this.#live !== undefined) {
      const { isMetadata, log } = stream;
      this.#unpublished.set(handle, { path: directory.join('/'), channel, isMetadata, log });
    }
    return ok({ stream: handle, code: RELAY_OK });
  }

  /** The peer has added all streams that belong together: viewers may know them. */
  publishStreams(): void {
    for (const stream of this.#unpublished.values()) this.#live?.publish(stream);
    this.#unpublished.clear();
  }

  createChunk(...[request]: Parameters<SessionDirectory['createChunk']>): Result<void, string> {
    if (this.#directory === undefined) return fail('the connection has no session');
    if (this.#chunks.has(request.chunk)) return fail('the trace chunk exists');
    const created = this.#directory.createChunk(request);
    if (!created.ok) return created;
    this.#chunks.set(request.chunk, created.value);
    return ok(undefined);
  }

  closeChunk(request: CloseChunkRequest): Result<CloseChunkReply, string> {
    const chunk = this.#chunks.get(request.chunk);
    if (chunk === undefined || this.#directory === undefined) return fail('no such trace chunk');
    if (request.command === 'delete' && !this.#store.isClearAllowed) {
      return fail('this relay does not clear sessions');
    }
    const path = this.#directory.closeChunk(chunk, request);
    if (!path.ok) return path;
    this.#chunks.delete(request.chunk);
    chunk.release();
    return ok({ code: RELAY_OK, path: this.#store.below(path.value) });
  }

  /** Whether the chunk's files are not complete yet. */
  hasChunk(id: bigint): Result<boolean, string> {
    if (this.#directory === undefined) return fail('the connection has no session');
    return ok(this.#directory.chunk(id)?.isInUse ?? false);
  }

  /** Rotates every stream, or says which one is wrong before any is. */
  rotate({ newChunk, positions }: RotateStreamsRequest): Result<void, string> {
    const place = newChunk === undefined ? undefined : this.#chunks.get(newChunk);
    if (newChunk !== undefined && place === undefined) return fail('no such trace chunk');
    const streams = new Set(positions.map(({ stream }) => stream));
    if (streams.size < positions.length) return fail('a stream is named twice');
    for (const handle of streams) if (!this.#streams.has(handle)) return fail('no such stream');
    for (const { stream, sequence } of positions) {
      const rotated = this.#streams.get(stream)?.rotate(sequence, place) ?? ok(undefined);
      if (!rotated.ok) return rotated;
    }
    return ok(undefined);
  }

  /** Calls `act` with a stream of this connection. */
  withStream<T>(
    handle: bigint,
    act: (stream: RelayStream) => Result<T, string>,
  ): Result<T, string> {
    const stream = this.#streams.get(handle);
    return stream === undefined ? fail('no such stream') : act(stream);
  }

  beginDataPending(session: bigint): Result<void, string> {
    if (session !== this.#handle) return fail('no such session');
    this.#unasked.clear();
    for (const handle of this.#streams.keys()) this.#unasked.add(handle);
    return ok(undefined);
  }

  /** Whether the stream has a packet that has not arrived; metadata never has. */
  isPending(handle: bigint, lastSequence?: bigint): Result<boolean, string> {
    return this.withStream(handle, (stream) => {
      this.#unasked.delete(handle);
      return ok(lastSequence !== undefined && stream.isPending(lastSequence));
    });
  }

  /** Whether a stream was not asked about. */
  endDataPending(session: bigint): Result<boolean, string> {
    return session === this.#handle ? ok(this.#unasked.size > 0) : fail('no such session');
  }

  /** The control connection has ended. Packets that streams wait for may still arrive. */
  end(): void {
    this.#hasEnded = true;
    this.#live?.end();
    this.#settle();
  }

  /** Closes what is left. */
  abandon(): void {
    for (const stream of [...this.#streams.values()]) stream.abandon();
  }

  #placeOf(
    request: AddStreamRequest,
  ): Result<{ readonly place: Place; readonly directory: readonly string[] }, string> {
    if (this.#directory === undefined) return this.#oldPlaceOf(request.path);
    const directory = safePath('the path', request.path, STREAM_PATH_DEPTH_MAX);
    if (!directory.ok) return directory;
    if (request.chunk === undefined) {
      return ok({ place: this.#directory, directory: directory.value });
    }
    const place = this.#chunks.get(request.chunk);
    if (place === undefined) return fail('no such trace chunk');
    const [top] = directory.value;
    if (top === undefined) return fail('the path is empty');
    if (top === 'archives') return fail('the path is that of the archives');
    place.noteDirectory(top);
    return ok({ place, directory: directory.value });
  }

  #oldPlaceOf(
    path: string,
  ): Result<{ readonly place: Place; readonly directory: readonly string[] }, string> {
    const names = oldStreamPath(path, this.#store.grouping);
    if (!names.ok) return names;
    const { session, stream: directory } = names.value;
    const key = JSON.stringify([this.#peer, ...session]);
    const known = this.#oldDirectories.get(key);
    if (known !== undefined) return ok({ place: known, directory });
    if (this.#oldDirectories.size > 0) return fail('the path is in another session');
    const place = this.#store.directory(key, session, this.#memory !== undefined);
    if (!place.ok) return place;
    this.#oldDirectories.set(key, place.value);
    return ok({ place: place.value, directory });
  }

  #forget(added: ReturnType<RelayStore['addStream']>): void {
    if (!added.ok) return;
    this.#streams.delete(added.value.handle);
    this.#datagrams?.forget(added.value.handle);
    this.#unasked.delete(added.value.handle);
    this.#unpublished.delete(added.value.handle);
    this.#settle();
  }

  #settle(): void {
    if (!this.#hasEnded || this.#streams.size > 0) return;
    this.#hasEnded = false;
    this.#datagrams?.close();
    for (const chunk of this.#chunks.values()) chunk.release();
    this.#chunks.clear();
    this.#directory?.release();
    for (const directory of this.#oldDirectories.values()) directory.release();
    this.#onSettled();
  }
}
