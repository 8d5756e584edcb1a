/** Bounds of the registry's actors: how long each waits, and how much it takes. `docs/protocol.md` lists them. */

import { RELAY_WAY_MS_MAX } from '../../src/wire/relay/limits.ts';

/** Waits of a session. */

/** For an application to follow a command. */
export const APPLY_MS_MAX = 1000;
/** For the consumer to write what is left. */
export const DRAIN_MS_MAX = 30_000;
/** Between two checks whether absent application threads are alive: it doubles from the minimum to the maximum. */
export const ABSENT_CHECK_MS_MIN = 25;
export const ABSENT_CHECK_MS_MAX = 1000;
/** Between two attempts to give buffers to threads that have none: it doubles from the minimum to the maximum. */
export const UNBUFFERED_RETRY_MS_MIN = 250;
export const UNBUFFERED_RETRY_MS_MAX = 8000;
/** For a snapshot to attach the streams that the session listed. */
export const SNAPSHOT_ATTACH_MS_MAX = 3000;
/** For all sessions of a registry that ends: longer than a session waits for its consumer, then for its snapshots. */
export const DRAINING_MS_MAX = DRAIN_MS_MAX + 5000;
/** For `lttng` to start a consumer. A request that arrives while others wait may wait twice as long. */
export const CONSUMER_MS_MAX = 10_000;

/** Waits of a link to a relay (R3.3). All of them together are shorter than a client waits for an answer. */

/** For the addresses of a host. */
export const RESOLVE_MS_MAX = 5000;
/** For one address to take a connection. */
export const ADDRESS_CONNECT_MS_MAX = 5000;
/** For both connections, with all look-ups and addresses. */
export const RELAY_CONNECT_MS_MAX = 20_000;
/** For the consumer to reach the passage. */
export const PASSAGE_REACH_MS_MAX = 5000;
/** For the consumer to store what it has taken, and to use its new output. */
export const OUTPUT_CHANGE_MS_MAX = 20_000;
/** The same for a relay: the consumer passes the relays on the way first (R3.8). */
export const RELAY_AGREE_MS_MAX = RELAY_WAY_MS_MAX + OUTPUT_CHANGE_MS_MAX;

/** Waits of a kernel link (R1.24). */

/** Until the next attempt, after the kernel's tracer could not be asked. */
export const KERNEL_RETRY_MS = 1000;
/** For a consumer to take the pages that it was passed. */
export const PAGES_TAKE_MS_MAX = 5000;
/** Until the next attempt, after pages could not be passed. */
export const PAGES_RETRY_MS = 500;
/** For the instances to be removed, before the session ends without that. */
export const INSTANCES_RELEASE_MS_MAX = 2000;

/** Events that the kernel enables or disables before the registry does anything else. */
export const EVENTS_SET_MAX = 32;

/** Addresses of one host that a link tries. */
export const ADDRESSES_TRIED_MAX = 16;

/** Bounds of one session. */
export const CHANNELS_MAX = 64;
/** Targets of one channel that have buffers of their own. */
export const CHANNEL_TARGETS_MAX = 64;

/** Of all channels together. */
export const RULES_MAX = 256;

/**
 * Channels and rules, encoded: a session's description fits in one message, and the state that all sessions send to an
 * application is smaller than the send queue of a connection.
 */
export const DESCRIPTION_BYTES_MAX = 40 * 1024;

/** Threads without buffers that one attempt concerns. */
export const UNBUFFERED_TRIED_MAX = 16;

/** Threads without buffers that the description of a session names. */
export const UNBUFFERED_SHOWN_MAX = 16;

/** Threads that got buffers late, or ended without any, that a session remembers. */
export const UNBUFFERED_ENDED_MAX = 64;

/** Requests that wait for a consumer, or for the end of the session. */
export const AWAITING_MAX = 64;

/** Snapshots at once. */
export const SNAPSHOTS_MAX = 16;

/** Streams of ended threads that a flight recorder keeps, and their bytes. */
export const ENDED_STREAMS_MAX = 128;

export const ENDED_BYTES_MAX = 256 * 1024 * 1024;

/** Bounds of one registry. */
export const SESSIONS_MAX = 256;

/** Earlier registries whose memory this registry removes: their marks fit into one line of the lock file. */
export const CREATORS_MAX = 64;

/**
 * Streams that the applications of one user have in all sessions, and their bytes. A stream has two segments, and Linux
 * allows 4096 by default (SHMMNI): one user takes half of them at most.
 */
export const STREAMS_PER_USER_MAX = 1024;

export const STREAM_BYTES_PER_USER_MAX = 16 * 1024 ** 3;

export const CLIENT_LINKS_MAX = 1024;

export const APP_LINKS_MAX = 8192;

/** Links that one user may have: the rest stays free for other users. */
export const CLIENT_LINKS_PER_USER_MAX = 512;

export const APP_LINKS_PER_USER_MAX = 4096;

/** Tracepoints that `list` shows, of one application thread and of all. Further ones are traced but not listed. */
export const LISTED_BYTES_MAX = 64 * 1024;

export const ALL_LISTED_BYTES_MAX = 64 * 1024 * 1024;

export const APP_HANDSHAKE_MS_MAX = 10_000;

/** States sent and not yet applied. The registry cuts off an application with more. */
export const REVISIONS_PENDING_MAX = 256;

/** Answers to one client that wait until the journal confirms a record. The registry cuts off a client with more. */
export const ANSWERS_PENDING_MAX = 1024;

/** For a peer that has connected to send `hello`. */
export const HELLO_MS_MAX = 10_000;
