/** Bounds on what peers can make a relay hold. A peer that exceeds one is refused or cut off; the others go on. */

/** Bytes of replies that a peer has not read. */
export const REPLY_BYTES_MAX = 256 * 1024;

export const STREAMS_PER_SESSION_MAX = 8192;
/** Files of one stream with a bounded number of them. */
export { TRACEFILES_MAX } from '../wire/limits.ts';
/** Trace chunks of one session that are not closed. */
export const OPEN_CHUNKS_MAX = 64;
/** Packets of one stream whose index has not arrived, and indexes whose packet has not arrived. */
export const UNINDEXED_PACKETS_MAX = 1024;
export const EARLY_INDEXES_MAX = 4096;
/** Indexed packets whose position a stream remembers: a rotation that arrives late moves them into the next chunk. */
export const RECENT_PACKETS_MAX = 256;
/** Packets and indexes that all streams together remember. */
export const REMEMBERED_MAX = 262_144;

/**
 * Bytes of packets that arrive as datagrams and are not whole, or wait for earlier ones: of one session (more than an
 * honest peer sends before it knows what has arrived) and of all.
 */
export const ASSEMBLY_BYTES_MAX = 16 * 1024 * 1024;
export const ASSEMBLY_BYTES_IN_ALL_MAX = 128 * 1024 * 1024;
/** When all have so many: a session that has sent nothing for so long is cut off. */
export const ASSEMBLY_IDLE_MS_MAX = 30_000;
/** How many packets of a stream may be begun before the first one that is not whole. */
export const PACKETS_AHEAD_MAX = 4096n;

/** Connections that the relay forwards to another one, in all and from one address. */
export const TUNNELS_MAX = 1024;
export const TUNNELS_PER_HOST_MAX = 256;
/** Bytes that wait for one end of a tunnel: while they are more, the other end is not read. */
export const TUNNEL_BYTES_MAX = 128 * 1024;
/** How long that end may take none of them. */
export const TUNNEL_STALL_MS_MAX = 60_000;
/** How long the relay tries to reach the next one; shorter than a sender waits for a reply. */
export const DIAL_MS_MAX = 8_000;
/** Addresses of a name that it tries, and how long one has before the next one is tried, too. */
export const DIALLED_ADDRESSES_MAX = 16;
export const DIAL_NEXT_MS = 1_000;

/** Files of one stream whose packets viewers can read: the last ones. */
export const LOGGED_FILES_MAX = 256;
/**
 * Bytes of all live sessions that are kept in memory alone, with what is noted of each packet. A stream has this part
 * of them, a packet at most that part of its stream's.
 */
export const LIVE_MEMORY_BYTES = 256 * 1024 * 1024;
export const LIVE_MEMORY_BYTES_MIN = 16 * 1024 * 1024;
export const LIVE_MEMORY_BYTES_MAX = 64 * 1024 * 1024 * 1024;
export const LIVE_MEMORY_STREAM_SHARE = 16;
export const LIVE_MEMORY_PACKET_SHARE = 2;
/** What is counted for each packet in memory beside its bytes: its index, and how it is found. */
export const PACKET_RECORD_BYTES = 512;
/** How long viewers may still read such a session after its end. */
export const UNREAD_MS_MAX = 60_000;
/** Streams of one live session that are closed and can still be read: the last ones. */
export const CLOSED_STREAMS_MAX = 64;
/** Sessions and streams of one viewer. */
export const ATTACHED_SESSIONS_MAX = 256;
export const VIEWED_STREAMS_MAX = 8192;
/** Bytes of replies that a viewer has not read: the largest reply is a list of sessions. */
export const VIEWER_REPLY_BYTES_MAX = 4 * 1024 * 1024;

/** Directories between that of a session and a stream file. */
export const STREAM_PATH_DEPTH_MAX = 6;
export const NAME_BYTES_MAX = 255;
/** Directories that are tried when the name of a session is taken: `NAME-2`, `NAME-3` … */
export const NAME_ATTEMPTS_MAX = 1000;
/** The last second of the year 9999: later times have no name. */
export const LAST_SECOND = 253_402_300_799n;

/** How many of something peers hold together, and the most that they may. */
export class Quota {
  readonly #max: number;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** False: the bound is reached, and nothing was taken. */
  take(): boolean {
    if (this.#taken >= this.#max) return false;
    this.#taken += 1;
    return true;
  }

  give(count = 1): void {
    this.#taken -= count;
  }
}
