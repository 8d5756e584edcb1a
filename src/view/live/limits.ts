/** Bounds on what a relay can make a viewer hold, and on how long the viewer waits. `docs/relay.md` lists them. */

/** Data streams and traces that are followed at a time. */
export const FOLLOWED_MAX = 8192;
/** Traces without streams that are still known: a stream that comes later may belong to one of them. */
export const FINISHED_TRACES_MAX = 64;
/** Longest packet that is fetched, and bytes of fetched packets in all. A packet past it is left out. */
export const PACKET_BYTES_MAX = 64 * 1024 * 1024;
export const PACKETS_BYTES_MAX = 256 * 1024 * 1024;
/** Metadata of all traces that are followed. */
export const ALL_METADATA_BYTES_MAX = 256 * 1024 * 1024;
/** Indexes that are asked for at a time. */
export const INDEXES_AT_ONCE_MAX = 64;
/** How often a packet is asked for that the relay says is there later. */
export const PACKET_TRIES_MAX = 50;

/** How long the viewer waits until it asks again for what was not there. */
export const LIVE_POLL_MS = 100;
/** How long the viewer waits until it asks for new streams of which the relay has not told it. */
export const STREAMS_ASK_MS = 500;
/** How long a packet waits for metadata that declares it. */
export const METADATA_MS_MAX = 10_000;
/** How long events of other streams wait for a stream of which the relay says nothing; and at least so many periods. */
export const SILENCE_MS_MIN = 5000;
export const SILENCE_PERIODS = 3;
