/**
 * A recorded exchange with a relay: what each connection sent, in both directions, in the order of its arrival. The
 * file is a sequence of parts: number of the connection (u8), what it is and who sent (u8), length (u32), bytes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CONNECTION_KINDS = ['control', 'data', 'live'] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

export interface ExchangePart {
  readonly connection: number;
  readonly kind: ConnectionKind;
  readonly isFromRelay: boolean;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 6;
const FROM_RELAY = 0x10;

export function encodePart({ connection, kind, isFromRelay, bytes }: ExchangePart): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(connection);
  header.writeUInt8(CONNECTION_KINDS.indexOf(kind) | (isFromRelay ? FROM_RELAY : 0), 1);
  header.writeUInt32BE(bytes.byteLength, 2);
  return Buffer.concat([header, bytes]);
}

/** Also compiled, this file reads the recordings where they are in the repository. */
const RECORDED = join(import.meta.dirname.replace(/\/dist\/test\/fuzz$/, '/test/fuzz'), 'recorded');

/** The parts of a recorded exchange. */
export function readExchange(name: string): ExchangePart[] {
  const file = readFileSync(join(RECORDED, `${name}.bin`));
  const parts: ExchangePart[] = [];
  for (let at = 0; at < file.length; ) {
    const what = file.readUInt8(at + 1);
    const kind = CONNECTION_KINDS[what & ~FROM_RELAY];
    if (kind === undefined) throw new Error(`unknown connection at ${at}`);
    const end = at + HEADER_BYTES + file.readUInt32BE(at + 2);
    const bytes = file.subarray(at + HEADER_BYTES, end);
    parts.push({ connection: file.readUInt8(at), kind, isFromRelay: what >= FROM_RELAY, bytes });
    at = end;
  }
  return parts;
}
