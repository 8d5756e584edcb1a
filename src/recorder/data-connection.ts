/** Packets over a data connection: what is sent arrives, or the link ends. */
import type { TcpConnection } from '../port/network.ts';
import { encodePacketHeader } from '../wire/relay/data-frames.ts';
import type { PacketPath, PathControl, PathPacket } from './packet-path.ts';

export class DataConnection implements PacketPath {
  readonly packetBytesMax = Number.POSITIVE_INFINITY;
  readonly #connection: TcpConnection;

  /** The link starts it. */
  constructor(connection: TcpConnection) {
    this.#connection = connection;
  }

  get pendingBytes(): number {
    return this.#connection.pendingBytes;
  }

  open(_control: PathControl, _takesDatagrams: boolean, onOpen: () => void): void {
    onOpen();
  }

  isHeld(): boolean {
    return false;
  }

  send({ stream, sequence, parts, onSettled }: PathPacket): void {
    const contentBytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const header = encodePacketHeader({ stream, sequence, contentBytes, paddingBytes: 0 });
    this.#connection.send(header, ...parts);
    onSettled(false);
  }

  /** All of them have left. */
  forget(): void {}

  drop(): void {
    this.#connection.drop();
  }

  close(): void {
    this.#connection.close();
  }
}
