/**
 * A consumer's link to a relay daemon: the control connection, where the relay answers requests in order, and the data
 * connection, which has no answers. The link fails once and for all: when a connection ends, when the relay answers
 * nothing for {@link RELAY_REPLY_MS_MAX}, refuses a request, or sends what is no answer.
 */
import { ok, type Result } from '../base/result.ts';
import type { Timer } from '../port/clock.ts';
import type { TcpConnection } from '../port/network.ts';
import type { OsError } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { encodePacketHeader } from '../wire/relay/data-frames.ts';
import { RELAY_OK } from '../wire/relay/outcome.ts';
import {
  type AnsweredType,
  decodeReply,
  encodeRequest,
  type RelayRequest,
  type ReplyTo,
  type RequestOf,
} from '../wire/relay/requests.ts';

/** How long the relay may answer no request; an unanswered one is found after at most twice this time. */
export const RELAY_REPLY_MS_MAX = 10_000;
/** Most bytes of an incomplete reply: the longest one has a path. */
const REPLY_BYTES_MAX = 8192;

/** Both are connected to one relay and not started. */
export interface RelayConnections {
  readonly control: TcpConnection;
  readonly data: TcpConnection;
}

/** Takes the reply at the start of the bytes; returns its length, or undefined when it is incomplete. */
type TakeReply = (bytes: Uint8Array) => Result<number | undefined, string>;

export class RelayLink {
  /** The minor version of the protocol, once both sides agreed on it. */
  minor: number;
  readonly #world: Pick<World, 'clock' | 'log'>;
  readonly #connections: RelayConnections;
  readonly #onFailed: (error: OsError) => void;
  /** The replies that the relay owes, in order. The sender of requests bounds them. */
  readonly #owed: TakeReply[] = [];
  #received = new Uint8Array(0);
  /** Replies so far: the watch sees whether there was one. */
  #replies = 0;
  #watch: Timer | undefined;
  #failure: OsError | undefined;
  #isClosed = false;

  /** `minor`: the highest one that we speak. */
  constructor(
    world: Pick<World, 'clock' | 'log'>,
    connections: RelayConnections,
    minor: number,
    onFailed: (error: OsError) => void,
  ) {
    this.#world = world;
    this.#connections = connections;
    this.minor = minor;
    this.#onFailed = onFailed;
    const onClose = (): void => this.fail('ECONNRESET', 'the relay closed the connection');
    const { control, data } = connections;
    control.start({ onData: (bytes) => this.#receive(bytes), onClose });
    data.start({ onData: () => this.fail('EIO', 'bytes came on the data connection'), onClose });
  }

  /** Why the link takes nothing any more. */
  get failure(): OsError | undefined {
    return this.#failure;
  }

  /** Bytes that the kernel has not taken yet. */
  get pendingBytes(): number {
    const { control, data } = this.#connections;
    return control.pendingBytes + data.pendingBytes;
  }

  /** Sends a request that has no reply. */
  tell(request: RequestOf<'send-metadata'>): void {
    this.#send(request);
  }

  /** Sends a request; a reply with another code than `accepted` ends the link. Replies come later. */
  ask<Type extends AnsweredType>(
    type: Type,
    request: Omit<RequestOf<Type>, 'type'>,
    onReply: (reply: ReplyTo<Type>) => void = () => undefined,
    accepted: readonly number[] = [RELAY_OK],
  ): void {
    if (this.#failure !== undefined) return;
    this.#owed.push((bytes) => {
      const decoded = decodeReply(type, bytes, this.minor);
      if (!decoded.ok || decoded.value === undefined) return decoded.ok ? ok(undefined) : decoded;
      const { reply, byteLength } = decoded.value;
      this.#replies += 1;
      if ('code' in reply && !accepted.includes(reply.code)) {
        this.fail('EIO', `the relay refused ${type} with code ${reply.code}`);
      } else onReply(reply);
      return ok(byteLength);
    });
    this.#send({ type, ...request } as RelayRequest);
    this.#watch ??= this.#watchFrom(this.#replies);
  }

  /** Sends a packet on the data connection. */
  sendPacket(stream: bigint, sequence: bigint, parts: readonly Uint8Array[]): void {
    if (this.#failure !== undefined) return;
    const contentBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    const header = encodePacketHeader({ stream, sequence, contentBytes, paddingBytes: 0 });
    // One copy: the writer of a packet's memory may change it while the bytes wait for the kernel.
    const frame = new Uint8Array(header.byteLength + contentBytes);
    let at = 0;
    for (const part of [header, ...parts]) {
      frame.set(part, at);
      at += part.byteLength;
    }
    this.#connections.data.send(frame);
  }

  fail(code: OsError['code'], reason: string): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    const { control, data } = this.#connections;
    const { host, port } = control.remote;
    this.#failure = { code, call: 'relay', subject: `${host} ${port}`, detail: reason };
    this.#world.log('trace.relayLost', { host, port, reason });
    this.#watch?.cancel();
    control.drop();
    data.drop();
    this.#onFailed(this.#failure);
  }

  /** Ends both connections when the kernel has sent what is queued. Replies do not count any more. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.cancel();
    this.#connections.data.close();
    this.#connections.control.close();
  }

  #send(request: RelayRequest): void {
    if (this.#failure === undefined) {
      this.#connections.control.send(encodeRequest(request, this.minor));
    }
  }

  #receive(bytes: Uint8Array): void {
    const received = new Uint8Array(this.#received.byteLength + bytes.byteLength);
    received.set(this.#received);
    received.set(bytes, this.#received.byteLength);
    let at = 0;
    while (at < received.byteLength && this.#failure === undefined && !this.#isClosed) {
      const take = this.#owed.shift();
      if (take === undefined) return this.fail('EIO', 'bytes came that answer nothing');
      const taken = take(received.subarray(at));
      if (!taken.ok) return this.fail('EIO', taken.error);
      if (taken.value === undefined) {
        this.#owed.unshift(take);
        break;
      }
      at += taken.value;
    }
    this.#received = received.slice(at);
    if (this.#received.byteLength > REPLY_BYTES_MAX) this.fail('EIO', 'a reply is too long');
  }

  #watchFrom(replies: number): Timer {
    const look = (): void => {
      this.#watch = undefined;
      if (this.#owed.length === 0) return;
      if (this.#replies === replies) this.fail('ETIMEDOUT', 'the relay answers no request');
      else this.#watch = this.#watchFrom(this.#replies);
    };
    return this.#world.clock.setTimer(RELAY_REPLY_MS_MAX, look, { background: true });
  }
}
