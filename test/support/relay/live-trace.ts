/** A small CTF trace for tests of live viewing: its metadata, and packets of events that have a number. */

const MAGIC = 0xc1fc1fc1;
/** Bytes of packet header and packet context, and of an event. */
const HEAD_BYTES = 56;
const EVENT_BYTES = 16;

const WORD = 'integer { size = 32; align = 8; signed = false; }';
const LONG = 'integer { size = 64; align = 8; signed = false; }';
const TIME = 'integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; }';

/** Up to the stream class. Timestamps are nanoseconds since 1970. */
export const METADATA = `/* CTF 1.8 */
trace {
  major = 1; minor = 8; byte_order = be;
  packet.header := struct { ${WORD} magic; ${WORD} stream_id; };
};
clock { name = "monotonic"; freq = 1000000000; offset = 0; };
stream {
  id = 0;
  event.header := struct { ${WORD} id; ${TIME} timestamp; };
  packet.context := struct {
    ${TIME} timestamp_begin; ${TIME} timestamp_end; ${LONG} content_size; ${LONG} packet_size;
    ${LONG} events_discarded; ${LONG} packet_seq_num;
  };
};
`;

export function declaration(id: number): string {
  return `event { id = ${id}; stream_id = 0; name = "my:hit${id}"; fields := struct { ${WORD} n; }; };\n`;
}

export interface LiveEvent {
  readonly timeNs: bigint;
  readonly n: number;
  /** Of its class. */
  readonly id: number;
}

/** The bytes of a packet, at least one event in it. */
export function packetOf(events: readonly LiveEvent[], sequence: number): Uint8Array {
  const byteLength = HEAD_BYTES + EVENT_BYTES * events.length;
  const view = new DataView(new ArrayBuffer(byteLength));
  const times = events.map(({ timeNs }) => timeNs);
  view.setUint32(0, MAGIC);
  const bits = BigInt(8 * byteLength);
  const context = [times[0] ?? 0n, times.at(-1) ?? 0n, bits, bits, 0n, BigInt(sequence)];
  for (const [index, value] of context.entries()) view.setBigUint64(8 + 8 * index, value);
  for (const [index, { timeNs, n, id }] of events.entries()) {
    const at = HEAD_BYTES + EVENT_BYTES * index;
    view.setUint32(at, id);
    view.setBigUint64(at + 4, timeNs);
    view.setUint32(at + 12, n);
  }
  return new Uint8Array(view.buffer);
}
