/** A packet as a reader takes it out of the buffers; the recorder writes its header (`../ctf/packet.ts`). */

/** A run of whole event records. */
export interface Packet {
  /** Valid until the packet is done, the next `next` or `detach`. Empty if the packet carries only the counters. */
  readonly body: Uint8Array;
  /** Events in `body`. */
  readonly events: number;
  /** CLOCK_MONOTONIC nanoseconds; a decoder of `body` starts its clock here. */
  readonly beginTimestamp: bigint;
  /** Not before any event of `body`, nor after any event of the next packet. */
  readonly endTimestamp: bigint;
  /** Events discarded from the start of the stream to the end of this packet. */
  readonly discardedTotal: number;
  /** Discarded events that no earlier packet of any consumer reported. */
  readonly discardedSince: number;
  /** Sub-buffers overwritten unread between the last packet and this one. */
  readonly lostSubbuffers: number;
  /** Events overwritten unread between the last packet and this one. */
  readonly overwrittenEvents: number;
  /** The sub-buffer is finished: the next packet comes from the next sub-buffer. */
  readonly complete: boolean;
}

/** The counters of one sub-buffer, read before the body. */
export interface Extent {
  readonly committed: number;
  readonly events: number;
  readonly endTimestamp: bigint;
  readonly discarded: number;
}
