/** Fetches a packet whose index is known, in parts, and checks what the relay says of it. */
import type { AskRelay } from '../../wire/live/conversation.ts';
import { LIVE_DATA_BYTES_MAX } from '../../wire/live/limits.ts';
import type { News } from '../../wire/live/news.ts';
import type { PacketReply } from '../../wire/live/packet.ts';
import { PACKET_BYTES_MAX, PACKET_TRIES_MAX, PACKETS_BYTES_MAX } from './limits.ts';
import type { LiveStream } from './live-stream.ts';

const BITS_PER_BYTE = 8n;

export interface FetchOptions {
  readonly ask: AskRelay;
  /** Bytes of packets that the viewer holds. */
  readonly heldBytes: number;
  readonly onNews: (news: News) => void;
  /** The whole packet. */
  readonly onPacket: (parts: readonly Uint8Array[]) => void;
  /** The relay has the packet later, or the viewer must read something else before. */
  readonly onLater: () => void;
  /** The packet is not to be had: one clause. */
  readonly onMissing: (reason: string) => void;
  readonly onLie: (reason: string) => void;
}

export function fetchPacket(stream: LiveStream, options: FetchOptions): void {
  const { located } = stream;
  if (located === undefined) return;
  const problem = problemOf(located.packetBits, options.heldBytes);
  if (problem !== undefined) {
    options.onMissing(problem);
    return;
  }
  const byteLength = Number(located.packetBits / BITS_PER_BYTE);
  const parts: Uint8Array[] = [];
  let fetched = 0;
  const askPart = (): void => {
    const wanted = Math.min(byteLength - fetched, LIVE_DATA_BYTES_MAX);
    const offset = located.offset + BigInt(fetched);
    options.ask('get-packet', { stream: stream.id, offset, byteLength: wanted }, (reply) => {
      options.onNews(reply);
      const { content } = reply;
      if (reply.status !== 'ok') return takeRefusal(stream, reply, options);
      if (content.byteLength !== wanted) {
        return options.onLie(`sends ${content.byteLength} bytes of a packet instead of ${wanted}`);
      }
      parts.push(content);
      fetched += wanted;
      if (fetched < byteLength) askPart();
      else options.onPacket(parts);
    });
  };
  askPart();
}

/** Why a packet of this size is not fetched: one clause. */
function problemOf(packetBits: bigint, heldBytes: number): string | undefined {
  if (packetBits === 0n || packetBits % BITS_PER_BYTE !== 0n) {
    return `the relay says that it has ${packetBits} bits`;
  }
  const byteLength = packetBits / BITS_PER_BYTE;
  if (byteLength > PACKET_BYTES_MAX) {
    return `it has ${byteLength} bytes, more than ${PACKET_BYTES_MAX}`;
  }
  if (BigInt(heldBytes) + byteLength > PACKETS_BYTES_MAX) {
    return `packets of the same time have more than ${PACKETS_BYTES_MAX} bytes`;
  }
  return undefined;
}

/** LTTng's relay refuses a packet, too, while the viewer has not read the news that come with the reply. */
function takeRefusal(stream: LiveStream, reply: PacketReply, options: FetchOptions): void {
  const hasNews = reply.hasNewMetadata || reply.hasNewStreams;
  const comesLater = reply.status === 'retry' || (reply.status === 'error' && hasNews);
  stream.tries += 1;
  if (comesLater && stream.tries < PACKET_TRIES_MAX) options.onLater();
  else options.onMissing('the relay does not have it any more');
}
