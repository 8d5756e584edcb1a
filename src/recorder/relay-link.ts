/**
 * A consumer's link to a relay daemon: the control connection, where the relay answers requests in order, and the path
 * of the packets, which has no answers. The link fails once and for all: when a connection ends, when the relay answers
 * nothing for {@link RELAY_REPLY_MS_MAX}, refuses a request, or sends what is no answer.
 */
import { ok, type Result } from '../base/result.ts';
import type { Timer } from '../port/clock.ts';
import type { TcpAddress, TcpConnection } from '../port/network.ts';
import type { OsError } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { RELAY_OK } from '../wire/relay/outcome.ts';
import {
  type AnsweredType,
  decodeReply,
  encodeRequest,
  type RelayRequest,
  type ReplyTo,
  type RequestOf,
} from '../wire/relay/requests.ts';
import type { PacketPath, PathControl, PathPacket } from './packet-path.ts';

/** How long the relay may answer no request; an unanswered one is found after at most twice this time. */
export const RELAY_REPLY_MS_MAX = 10_000;
/** Most bytes of an incomplete reply: the longest one has a path. */
const REPLY_BYTES_MAX = 8192;

/** Connections to one relay, not started. */
export interface RelayConnections {
  readonly control: TcpConnection;
  /**
   * For packets; or the address that gets them as datagrams: the consumer opens that socket itself. It needs no rights
   * for it, the relay accepts no connection, and the registry has resolved the address already.
   */
  readonly data: TcpConnection | TcpAddress;
}

/** Takes the reply at the start of the bytes; returns its length, or undefined when it is incomplete. */
type TakeReply = (bytes: Uint8Array) => Result<number | undefined, string>;

export class RelayLink implements PathControl {
  /** The minor version of the protocol, once both sides agreed on it. */
  minor: number;
  readonly #world: Pick<World, 'clock' | 'log'>;
  readonly #control: TcpConnection;
  readonly #path: PacketPath;
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
    control: TcpConnection,
    path: PacketPath,
    minor: number,
    onFailed: (error: OsError) => void,
  ) {
    this.#world = world;
    this.#control = control;
    this.#path = path;
    this.minor = minor;
    this.#onFailed = onFailed;
    const onClose = (): void => this.fail('ECONNRESET', 'the relay closed the connection');
    control.start({ onData: (bytes) => this.#receive(bytes), onClose });
  }

  /** Why the link takes nothing any more. */
  get failure(): OsError | undefined {
    return this.#failure;
  }

  /** Bytes that have not left yet. */
  get pendingBytes(): number {
    return this.#control.pendingBytes + this.#path.pendingBytes;
  }

  get packetBytesMax(): number {
    return this.#path.packetBytesMax;
  }

  /** Makes the path of the packets ready. */
  openPath(takesDatagrams: boolean, onOpen: () => void): void {
    if (this.#failure === undefined) this.#path.open(this, takesDatagrams, onOpen);
  }

  /** The stream takes no packet at the moment. */
  isHeld(stream: bigint): boolean {
    return this.#path.isHeld(stream);
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

  sendPacket(packet: PathPacket): void {
    if (this.#failure === undefined) this.#path.send(packet);
  }

  /** The stream ends. */
  forget(stream: bigint): void {
    this.#path.forget(stream);
  }

  fail(code: OsError['code'], reason: string): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    const { host, port } = this.#control.remote;
    this.#failure = { code, call: 'relay', subject: `${host} ${port}`, detail: reason };
    this.#world.log('trace.relayLost', { host, port, reason });
    this.#watch?.cancel();
    this.#control.drop();
    this.#path.drop();
    this.#onFailed(this.#failure);
  }

  /** Ends control and data when the kernel has sent what is queued. Replies do not count any more. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.cancel();
    this.#path.close();
    this.#control.close();
  }

  #send(request: RelayRequest): void {
    if (this.#failure === undefined) {
      this.#control.send(encodeRequest(request, this.minor));
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
