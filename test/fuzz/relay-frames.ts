/**
 * The frames that peers of a relay sent in a recorded exchange, and hostile variants of them: whole frames are left
 * out, repeated, exchanged, cut or taken from elsewhere; lengths, numbers, identifiers and names in them are changed.
 */
import fc from 'fast-check';
import { RELAY_MINOR_MIN } from '../../src/wire/relay/limits.ts';
import { type AnsweredType, decodeReply, decodeRequest } from '../../src/wire/relay/requests.ts';
import { must } from '../support/ring/memory.ts';
import type { ConnectionKind, ExchangePart } from './exchange.ts';

export interface PeerFrame {
  readonly connection: number;
  readonly kind: ConnectionKind;
  readonly bytes: Buffer;
  /** What the recorded relay replied to a control message that has a reply. */
  readonly answered: RecordedReply | undefined;
}

export interface RecordedReply {
  readonly type: AnsweredType;
  readonly minor: number;
  readonly bytes: Buffer;
}

const HEADER_BYTES = { control: 24, live: 16, data: 32 } as const;
const LENGTH_AT = { control: 8, live: 0 } as const;
const DATA_LENGTH_AT = 24;

/** The bytes of each connection as frames, in the order of their last bytes. */
export function framesOf(parts: readonly ExchangePart[]): PeerFrame[] {
  const frames: PeerFrame[] = [];
  const pending = new Map<number, Buffer>();
  const replies = new Map<number, Replies>();
  for (const { connection, isFromRelay, bytes } of parts) {
    const of = replies.get(connection) ?? new Replies();
    replies.set(connection, of);
    if (isFromRelay) of.add(bytes);
  }
  for (const { connection, kind, isFromRelay, bytes } of parts) {
    if (isFromRelay) continue;
    let rest = Buffer.concat([pending.get(connection) ?? Buffer.alloc(0), bytes]);
    for (let length = lengthOf(kind, rest); length !== undefined; length = lengthOf(kind, rest)) {
      const frame = rest.subarray(0, length);
      const answered = kind === 'control' ? replies.get(connection)?.to(frame) : undefined;
      frames.push({ connection, kind, bytes: frame, answered });
      rest = rest.subarray(length);
    }
    pending.set(connection, rest);
  }
  return frames;
}

/** The replies on one control connection, in order; a peer does not wait for each of them. */
class Replies {
  #rest = Buffer.alloc(0);
  #minor = RELAY_MINOR_MIN;

  add(bytes: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  /** The next reply, which is to this message. */
  to(frame: Buffer): RecordedReply | undefined {
    const command = frame.readUInt32BE(16);
    const payload = frame.subarray(HEADER_BYTES.control);
    const request = must(decodeRequest({ command, payload }, this.#minor));
    if (request.type === 'send-metadata') return undefined;
    const { type } = request;
    const minor = this.#minor;
    const decoded = must(decodeReply(type, this.#rest, minor));
    if (decoded === undefined) return undefined;
    const bytes = this.#rest.subarray(0, decoded.byteLength);
    this.#rest = this.#rest.subarray(decoded.byteLength);
    if (request.type === 'version') this.#minor = bytes.readUInt32BE(4);
    return { type, minor, bytes };
  }
}

/** The length of the first frame if it is whole. */
function lengthOf(kind: ConnectionKind, bytes: Buffer): number | undefined {
  const header = HEADER_BYTES[kind];
  if (bytes.length < header) return undefined;
  const payload =
    kind === 'data'
      ? bytes.readUInt32BE(DATA_LENGTH_AT)
      : Number(bytes.readBigUInt64BE(LENGTH_AT[kind]));
  return bytes.length < header + payload ? undefined : header + payload;
}

/** Where the session daemon's UUID is in its request of revision 2.11 and later. */
const UUID_AT = HEADER_BYTES.control + 18;

/** With another UUID: who knows that of another may store in the same session, as the daemons of one host do. */
export function inOtherSession(frames: readonly PeerFrame[], number: number): PeerFrame[] {
  return frames.map((frame) => {
    if (frame.answered?.type !== 'create-session') return frame;
    const bytes = Buffer.from(frame.bytes);
    bytes.writeUInt32BE((bytes.readUInt32BE(UUID_AT) ^ number) >>> 0, UUID_AT);
    return { ...frame, bytes };
  });
}

/** The frame with the handles that a relay has given in place of the recorded ones. */
export function translated(bytes: Buffer, given: ReadonlyMap<bigint, bigint>): Buffer {
  let changed = bytes;
  const wanted = Buffer.alloc(8);
  for (const [recorded, handle] of given) {
    wanted.writeBigUInt64BE(recorded);
    for (let at = changed.indexOf(wanted); at >= 0; at = changed.indexOf(wanted, at + 8)) {
      if (changed === bytes) changed = Buffer.from(bytes);
      changed.writeBigUInt64BE(handle, at);
    }
  }
  return changed;
}

/** Values at which sizes, counts and sequence numbers go wrong. */
const EXTREMES = [
  0n,
  1n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x20_0000_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_fff8n,
  0xffff_ffff_ffff_ffffn,
];
const NAMES = ['../../../etc/x', '/', '..', '.', '\0', 'a/../../b', '\u202e\n', 'archives'];

/** One change; numbers choose where, so that fast-check can draw and shrink it. */
export interface Mutation {
  readonly kind: (typeof MUTATIONS)[number];
  /** Positions in the list of frames and in a frame, as fractions. */
  readonly at: number;
  readonly within: number;
  readonly pick: number;
}

const MUTATIONS = [
  'drop',
  'repeat',
  'swap',
  'graft',
  'truncate',
  'extend',
  'length',
  'command',
  'number',
  'word',
  'name',
  'noise',
  'foreign-id',
] as const;

const fraction = fc.integer({ min: 0, max: 9999 }).map((value) => value / 10_000);
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...MUTATIONS),
  at: fraction,
  within: fraction,
  pick: fraction,
});

/** `foreign`: frames of other exchanges; `ids`: identifiers that belong to other peers. */
export function mutate(
  frames: PeerFrame[],
  { kind, at, within, pick }: Mutation,
  foreign: readonly PeerFrame[],
  ids: readonly bigint[],
): void {
  const index = Math.floor(at * frames.length);
  const frame = frames[index];
  if (frame === undefined) return;
  const from = <T>(values: readonly T[]): T | undefined => values[Math.floor(pick * values.length)];
  const change = (bytes: Buffer): void => void frames.splice(index, 1, { ...frame, bytes });
  const copy = Buffer.from(frame.bytes);
  const offset = Math.floor(within * copy.length);
  // What an earlier change has cut off cannot be changed.
  const isCut = copy.length < HEADER_BYTES[frame.kind];
  if (isCut && ['length', 'command', 'number', 'foreign-id', 'word', 'noise'].includes(kind))
    return;
  switch (kind) {
    case 'drop':
      frames.splice(index, 1);
      return;
    case 'repeat':
      return change(Buffer.concat(Array.from({ length: 2 + Math.floor(pick * 20) }, () => copy)));
    case 'swap': {
      const other = Math.floor(pick * frames.length);
      [frames[index], frames[other]] = [frames[other] ?? frame, frame];
      return;
    }
    case 'graft': {
      const grafted = from(foreign.filter((one) => one.kind === frame.kind));
      if (grafted !== undefined)
        frames.splice(index, 0, { ...grafted, connection: frame.connection });
      return;
    }
    case 'truncate':
      return change(copy.subarray(0, offset));
    case 'extend':
      return change(Buffer.concat([copy, Buffer.alloc(1 + Math.floor(pick * 64), offset)]));
    case 'length':
      if (frame.kind === 'data')
        copy.writeUInt32BE(Number(from(EXTREMES) ?? 0n) >>> 0, DATA_LENGTH_AT);
      else copy.writeBigUInt64BE(from(EXTREMES) ?? 0n, LENGTH_AT[frame.kind]);
      return change(copy);
    case 'command':
      copy.writeUInt32BE(Math.floor(pick * 26), frame.kind === 'control' ? 16 : 8);
      return change(copy);
    case 'number':
    case 'foreign-id': {
      const value = from(kind === 'number' ? EXTREMES : ids) ?? 0n;
      copy.writeBigUInt64BE(value, Math.min(aligned(offset, frame.kind), copy.length - 8));
      return change(copy);
    }
    case 'word':
      copy.writeUInt32BE(
        Number((from(EXTREMES) ?? 0n) & 0xffff_ffffn),
        Math.min(aligned(offset, frame.kind), copy.length - 4),
      );
      return change(copy);
    case 'name':
      copy.write(from(NAMES) ?? '', offset);
      return change(copy);
    case 'noise':
      copy.writeUInt8(Math.floor(pick * 256), Math.min(offset, copy.length - 1));
      return change(copy);
  }
}

/** Fields of the protocol begin at multiples of four of the payload. */
function aligned(offset: number, kind: ConnectionKind): number {
  const header = HEADER_BYTES[kind];
  return offset < header ? offset - (offset % 4) : offset - ((offset - header) % 4);
}
