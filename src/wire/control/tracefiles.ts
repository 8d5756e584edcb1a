/** What the bounds of a stream's files must be, and whose files would have the same names. */
import type { RingShape } from '../../ring/layout.ts';
import type { ChannelSettings } from '../common.ts';

/** Headers of a stream's opening packet and of the packet after it (`src/ctf/packet.ts`), which lie in one file. */
const PACKET_HEADERS_BYTES = 168;

/** The size of a file for which `asked` bytes were asked: at least that of a full sub-buffer with its headers. */
export function fileBytes(asked: number, { subbufferBytes }: RingShape): number {
  return Math.max(asked, subbufferBytes + PACKET_HEADERS_BYTES);
}

/**
 * Whether a file of `one`, a channel whose streams have several files, can have the name of a file of `other`: the
 * third file of stream 1 of channel `a` and the file of stream 2 of channel `a_1` are both `a_1_2`.
 */
export function sharesNames(
  one: Pick<ChannelSettings, 'name' | 'tracefiles'>,
  other: Pick<ChannelSettings, 'name'>,
): boolean {
  if (one.tracefiles === undefined || !other.name.startsWith(`${one.name}_`)) return false;
  return /^\d+$/.test(other.name.slice(one.name.length + 1));
}
