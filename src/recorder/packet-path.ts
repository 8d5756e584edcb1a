/** The way of packets to a relay, beside the control connection: a data connection, or datagrams. */
import type { OsError } from '../port/os-error.ts';
import type { AnsweredType, ReplyTo, RequestOf } from '../wire/relay/requests.ts';

/** The control connection, as the path uses it. */
export interface PathControl {
  ask<Type extends AnsweredType>(
    type: Type,
    request: Omit<RequestOf<Type>, 'type'>,
    onReply?: (reply: ReplyTo<Type>) => void,
  ): void;
  /** Ends the link. */
  fail(code: OsError['code'], reason: string): void;
}

export interface PathPacket {
  readonly stream: bigint;
  /** Counts the packets of the stream from 0. */
  readonly sequence: bigint;
  /** Valid during the call only: the memory's writer may change them later. */
  readonly parts: readonly Uint8Array[];
  /** In order. The packet will arrive; or it was given up, and the relay gets another one in its place. */
  readonly onSettled: (isLost: boolean) => void;
}

export interface PacketPath {
  /** The longest packet. */
  readonly packetBytesMax: number;
  /** Bytes that have not left. */
  readonly pendingBytes: number;
  /** Makes the path ready, and then calls `onOpen`. `takesDatagrams`: whether the relay does. */
  open(control: PathControl, takesDatagrams: boolean, onOpen: () => void): void;
  /** The stream takes no packet at the moment; it does before the next call of an `onSettled`. */
  isHeld(stream: bigint): boolean;
  send(packet: PathPacket): void;
  /** The stream ends: its packets that are not settled are not sent again. */
  forget(stream: bigint): void;
  /** Ends it at once. */
  drop(): void;
  /** Ends it when what is queued has left; datagrams that did not arrive are not sent again. */
  close(): void;
}
