/** The files of streams that have several, read without our reader: only the lengths and numbers of their packets. */
import { findTraces } from '../../src/ctf/read/reader.ts';
import type { Files } from '../../src/port/files.ts';

/** Where a packet's header has its length in bits, and its number (`src/ctf/packet.ts`). */
const LENGTH_AT = 56;
const NUMBER_AT = 64;
/** The shortest header: that of a stream that threads of a user share. */
const HEADER_BYTES = 80;

export interface PacketPlace {
  readonly number: number;
  readonly byteLength: number;
}

export interface TracefileContent {
  /** In its name. */
  readonly index: number;
  readonly byteLength: number;
  /** Whole ones. */
  readonly packets: readonly PacketPlace[];
}

/** The files of one stream in one directory. */
export interface SplitContent {
  /** Without the files' numbers. */
  readonly path: string;
  readonly files: readonly TracefileContent[];
}

/** The streams of this channel under the directory, each with its files in the order of their packets. */
export function splitContents(files: Files, directory: string, channel: string): SplitContent[] {
  const traces = findTraces(files, directory);
  return (traces.ok ? traces.value : []).flatMap((trace) => contentsIn(files, trace, channel));
}

function contentsIn(files: Files, directory: string, channel: string): SplitContent[] {
  const names = files.list(directory);
  const streams = new Map<string, TracefileContent[]>();
  for (const name of names.ok ? names.value : []) {
    const [, common = '', index] = /^(.+_\d+)_(\d+)$/.exec(name) ?? [];
    if (common.replace(/_\d+$/, '') !== channel) continue;
    const found = streams.get(common) ?? [];
    streams.set(common, found);
    found.push({ index: Number(index), ...contentOf(files, `${directory}/${name}`) });
  }
  return [...streams].map(([name, found]) => ({
    path: `${directory}/${name}`,
    files: found.sort((one, other) => firstOf(one) - firstOf(other)),
  }));
}

function firstOf({ packets }: TracefileContent): number {
  return packets[0]?.number ?? Number.POSITIVE_INFINITY;
}

function contentOf(files: Files, path: string): Omit<TracefileContent, 'index'> {
  const opened = files.open(path, 'read');
  const length = opened.ok ? opened.value.byteLength() : opened;
  if (!opened.ok || !length.ok) return { byteLength: 0, packets: [] };
  const byteLength = length.value;
  const bytes = new Uint8Array(byteLength);
  opened.value.read(bytes, 0);
  opened.value.close();
  const view = new DataView(bytes.buffer);
  const packets: PacketPlace[] = [];
  for (let at = 0; at + HEADER_BYTES <= byteLength; ) {
    const packetBytes = Number(view.getBigUint64(at + LENGTH_AT, true)) / 8;
    if (packetBytes < HEADER_BYTES || at + packetBytes > byteLength) break;
    const number = Number(view.getBigUint64(at + NUMBER_AT, true));
    packets.push({ number, byteLength: packetBytes });
    at += packetBytes;
  }
  return { byteLength, packets };
}
