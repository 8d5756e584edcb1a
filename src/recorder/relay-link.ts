/**
 * A consumer's link to a relay daemon: the control connection, where the relay answers requests in order, and the path
 * of the packets: datagrams, or a data connection, which has answers only on the way to a relay behind others. The link
 * fails once and for all: when a connection ends, or when the relay answers nothing for {@link RELAY_REPLY_MS_MAX},
 * refuses a request, or sends what is no answer.
 */
import { ok } from '../base/result.ts';
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
import { DataConnection } from './data-connection.ts';
import { DatagramPath } from './datagram-path.ts';
import type { PacketPath, PathControl, PathPacket } from './packet-path.ts';
import { RelayReplies } from './relay-replies.ts';

/** How long the relay may answer no request; an unanswered one is found after at most twice this time. */
export const RELAY_REPLY_MS_MAX = 10_000;
/** The revision that we ask for; a relay may answer with a lower one. */
export const OUR_MINOR = 13;

/** Connections to one relay, not started. */
export interface RelayConnections {
  readonly control: TcpConnection;
  /**
   * For packets; or the address that gets them as datagrams: the consumer opens that socket itself. It needs no rights
   * for it, the relay accepts no connection, and the registry has resolved the address already.
   */
  readonly data: TcpConnection | TcpAddress;
}

type Stream = keyof RelayConnections;

export class RelayLink implements PathControl {
  /** The minor version of the protocol, once both sides agreed on it. */
  minor = OUR_MINOR;
  readonly #world: Pick<World, 'clock' | 'log'>;
  readonly #connections: { readonly control: TcpConnection; readonly data?: TcpConnection };
  readonly #path: PacketPath;
  readonly #onFailed: (error: OsError) => void;
  readonly #replies: Readonly<Record<Stream, RelayReplies>>;
  /** The relays that the connections lead to, and those on the way: messages name them. */
  readonly #relays: Record<Stream, TcpAddress>;
  readonly #passed: Readonly<Record<Stream, TcpAddress[]>> = { control: [], data: [] };
  /** Replies so far: the watch sees whether there was one. */
  #replyCount = 0;
  #watch: Timer | undefined;
  #failure: OsError | undefined;
  #isClosed = false;

  constructor(
    world: Pick<World, 'clock' | 'log' | 'network'>,
    { control, data }: RelayConnections,
    onFailed: (error: OsError) => void,
  ) {
    this.#world = world;
    this.#onFailed = onFailed;
    const isConnected = !('host' in data);
    this.#path = isConnected ? new DataConnection(data) : new DatagramPath(world, data);
    this.#connections = isConnected ? { control, data } : { control };
    this.#relays = { control: control.remote, data: isConnected ? data.remote : data };
    this.#replies = { control: new RelayReplies(), data: new RelayReplies() };
    this.#start('control');
    this.#start('data');
  }

  /** Why the link takes nothing any more. */
  get failure(): OsError | undefined {
    return this.#failure;
  }

  /** Bytes that have not left yet. */
  get pendingBytes(): number {
    return this.#connections.control.pendingBytes + this.#path.pendingBytes;
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
    if (this.#failure === undefined) {
      this.#connections.control.send(encodeRequest(request, this.minor));
    }
  }

  /** Sends a request; a reply with another code than `accepted` ends the link. Replies come later. */
  ask<Type extends AnsweredType>(
    type: Type,
    request: Omit<RequestOf<Type>, 'type'>,
    onReply: (reply: ReplyTo<Type>) => void = () => undefined,
    accepted?: readonly number[],
  ): void {
    this.#ask('control', type, request, onReply, accepted);
  }

  /** Asks the relay at the end of a stream's way to forward it to the next one; `onReply` gets the relay's UUID. */
  forward(
    stream: Stream,
    request: Omit<RequestOf<'forward'>, 'type'>,
    onReply: (relay: string) => void,
  ): void {
    const onForwarded = ({ relay }: ReplyTo<'forward'>): void => {
      this.#passed[stream].push(this.#relays[stream]);
      this.#relays[stream] = request.next;
      onReply(relay);
    };
    this.#ask(stream, 'forward', request, onForwarded);
  }

  #ask<Type extends AnsweredType>(
    stream: Stream,
    type: Type,
    request: Omit<RequestOf<Type>, 'type'>,
    onReply: (reply: ReplyTo<Type>) => void,
    accepted: readonly number[] = [RELAY_OK],
  ): void {
    if (this.#failure !== undefined) return;
    const connection = this.#connections[stream];
    if (connection === undefined) return this.fail('EIO', 'datagrams pass no relay', stream);
    this.#replies[stream].await((bytes) => {
      if (this.#failure !== undefined || this.#isClosed) return ok(bytes.byteLength);
      const decoded = decodeReply<Type>(type, bytes, this.minor);
      if (!decoded.ok || decoded.value === undefined) return decoded.ok ? ok(undefined) : decoded;
      const { reply, byteLength } = decoded.value;
      this.#replyCount += 1;
      if ('code' in reply && !accepted.includes(reply.code)) {
        const why = 'reason' in reply ? `: ${reply.reason}` : ` with code ${reply.code}`;
        this.fail('EIO', `the relay refused ${type}${why}`, stream);
      } else onReply(reply);
      return ok(byteLength);
    });
    const frame = encodeRequest({ type, ...request } as RelayRequest, this.minor);
    connection.send(frame);
    this.#watch ??= this.#watchFrom(this.#replyCount);
  }

  sendPacket(packet: PathPacket): void {
    if (this.#failure === undefined) this.#path.send(packet);
  }

  /** The stream ends. */
  forget(stream: bigint): void {
    this.#path.forget(stream);
  }

  /** The relay at the end of the way of `stream` gives the reason. */
  fail(code: OsError['code'], reason: string, stream: Stream = 'control'): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    const { host, port } = this.#relays[stream];
    this.#failure = { code, call: 'relay', subject: `${host} ${port}`, detail: reason };
    this.#world.log('trace.relayLost', { host, port, reason });
    this.#watch?.cancel();
    this.#connections.control.drop();
    this.#path.drop();
    this.#onFailed(this.#failure);
  }

  /** Ends control and data when the kernel has sent what is queued. Replies do not count any more. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.cancel();
    this.#path.close();
    this.#connections.control.close();
  }

  #start(stream: Stream): void {
    this.#connections[stream]?.start({
      onData: (bytes) => this.#receive(stream, bytes),
      onClose: () => this.#closed(stream),
    });
  }

  #closed(stream: Stream): void {
    const passed = this.#passed[stream].map(({ host, port }) => `${host} ${port}`);
    const orOther = passed.length === 0 ? '' : `, or one on the way to it (${passed.join(', ')})`;
    this.fail('ECONNRESET', `the relay closed the connection${orOther}`, stream);
  }

  #receive(stream: Stream, bytes: Uint8Array): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    const taken = this.#replies[stream].push(bytes);
    if (!taken.ok) this.fail('EIO', taken.error, stream);
  }

  #watchFrom(replies: number): Timer {
    const look = (): void => {
      this.#watch = undefined;
      const { control, data } = this.#replies;
      if (!control.areOwed && !data.areOwed) return;
      if (this.#replyCount > replies) this.#watch = this.#watchFrom(this.#replyCount);
      else
        this.fail(
          'ETIMEDOUT',
          'the relay answers no request',
          control.areOwed ? 'control' : 'data',
        );
    };
    return this.#world.clock.setTimer(RELAY_REPLY_MS_MAX, look, { background: true });
  }
}
