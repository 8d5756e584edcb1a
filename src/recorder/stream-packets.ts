/**
 * Packets of a stream in the trace format (`../ctf/packet.ts`).
 *
 * babeltrace2 2.0.4 sorts the packets of a stream with several files by their begin, and may turn round those with the
 * same begin. A packet that begins at its first event, or where the one before it ended, can have the begin of that
 * one: when it holds a single event, or only counters. So the packets of such a stream begin later.
 */
import type { StreamKind } from '../ctf/metadata.ts';
import { encodePacketHeader, type PacketHeader } from '../ctf/packet.ts';
import {
  COMPACT_CLASS_ID_BITS,
  COMPACT_HEADER_BYTES,
  COMPACT_TIMESTAMP_BITS,
  EXTENDED_HEADER_BYTES,
  EXTENDED_MARK,
} from '../event/record-header.ts';
import type { Packet } from '../ring/packet.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { SinkPacket } from './sink.ts';

const EMPTY = new Uint8Array(0);

/** The part of a packet that goes to a sink. */
type Timed = Pick<Packet, 'beginTimestamp' | 'endTimestamp' | 'body' | 'events'>;
type Counters = Pick<PacketHeader, 'sequenceNumber' | 'eventsDiscarded'>;

/** What the events of the stream have in common. */
export function kindOf({ sharedBy, kernel }: ConsumerStream): StreamKind {
  if (kernel !== undefined) return 'cpu';
  return sharedBy === undefined ? 'thread' : 'shared';
}

export function isSplit({ tracefiles }: ConsumerStream): boolean {
  return tracefiles !== undefined;
}

export function sinkPacket(
  { streamId, tid, sharedBy }: ConsumerStream,
  traceUuid: Uint8Array,
  { beginTimestamp, endTimestamp, body, events }: Timed,
  counters: Counters,
): SinkPacket {
  const values = {
    uuid: traceUuid,
    streamClassId: streamId,
    streamInstanceId: streamId,
    ...(sharedBy === undefined ? { threadId: tid } : {}),
    timestampBegin: beginTimestamp,
    timestampEnd: endTimestamp,
    bodyBytes: body.length,
    ...counters,
  };
  return { values, header: encodePacketHeader(values), body, events };
}

/** A stream begins with an empty packet with "0 discarded": readers count discarded events from it on. */
export function openingPacket(
  stream: ConsumerStream,
  traceUuid: Uint8Array,
  { beginTimestamp }: Timed,
): SinkPacket {
  const at = isSplit(stream) && beginTimestamp > 0n ? beginTimestamp - 1n : beginTimestamp;
  const opening = { beginTimestamp: at, endTimestamp: at, body: EMPTY, events: 0 };
  return sinkPacket(stream, traceUuid, opening, { sequenceNumber: 0, eventsDiscarded: 0 });
}

/**
 * The packet with a begin later than that of the packet before, which ended at `end`, and not later than its first
 * event. Only where two events have the same time it may be that of the packet before.
 */
export function beginningLater(
  { beginTimestamp, endTimestamp, body, events }: Timed,
  end: bigint,
): Timed {
  if (beginTimestamp > end)
    return { beginTimestamp: beginTimestamp - 1n, endTimestamp, body, events };
  const isNext = end < endTimestamp && isLater(body, end);
  return { beginTimestamp: isNext ? end + 1n : beginTimestamp, endTimestamp, body, events };
}

/** Whether the first event has another time than `instant`, before which it cannot be. */
function isLater(body: Uint8Array, instant: bigint): boolean {
  if (body.length < COMPACT_HEADER_BYTES) return false;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const word = view.getUint32(0, true);
  if ((word & EXTENDED_MARK) === EXTENDED_MARK)
    return body.length >= EXTENDED_HEADER_BYTES && view.getBigUint64(5, true) > instant;
  const low = Number(BigInt.asUintN(COMPACT_TIMESTAMP_BITS, instant));
  return word >>> COMPACT_CLASS_ID_BITS !== low;
}
