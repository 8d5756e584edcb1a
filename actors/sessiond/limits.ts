/** Bounds of the registry's actors: how long each waits, and how much it takes. `docs/protocol.md` lists them. */

/** Waits of a session. */

/** For an application to follow a command. */
export const APPLY_MS_MAX = 1000;
/** For the consumer to write what is left. */
export const DRAIN_MS_MAX = 30_000;
/** Between two looks whether absent threads of applications are alive: it doubles from the first to the last. */
export const ABSENT_CHECK_MS_MIN = 25;
export const ABSENT_CHECK_MS_MAX = 1000;
/** For a snapshot to attach the streams that it was told of. */
export const SNAPSHOT_ATTACH_MS_MAX = 3000;
/** For all sessions of a registry that ends: longer than one waits for its consumer, and then for its snapshots. */
export const DRAINING_MS_MAX = DRAIN_MS_MAX + 5000;
/** For `lttng` to bring a consumer; who asks while others wait already may wait twice as long. */
export const CONSUMER_MS_MAX = 10_000;

/** Bounds of one session. */
export const CHANNELS_MAX = 64;

/** Of all channels together. */
export const RULES_MAX = 256;

/**
 * Channels and rules, encoded: a session's description fits in one message, and what all sessions want of an
 * application is less than a connection may queue.
 */
export const DESCRIPTION_BYTES_MAX = 40 * 1024;

export const STREAMS_MAX = 1024;

/** Requests that wait for a consumer, or for the end of the session. */
export const AWAITING_MAX = 64;

/** Snapshots at once. */
export const SNAPSHOTS_MAX = 16;

/** What a flight recorder keeps of threads that have ended: streams, and their bytes. */
export const ENDED_STREAMS_MAX = 128;

export const ENDED_BYTES_MAX = 256 * 1024 * 1024;

/** Bounds of one registry. */
export const SESSIONS_MAX = 256;

/** Registries before this one whose memory is looked after: their ids fit into one note in the lock. */
export const MAKERS_MAX = 64;

export const CLIENT_LINKS_MAX = 1024;

export const APP_LINKS_MAX = 8192;

/** Of the links, what one user may take: the others always find some left. */
export const CLIENT_LINKS_PER_USER_MAX = 512;

export const APP_LINKS_PER_USER_MAX = 4096;

/** Tracepoints kept of one application thread for `list`, and of all; more are traced all the same. */
export const LISTED_BYTES_MAX = 64 * 1024;

export const ALL_LISTED_BYTES_MAX = 64 * 1024 * 1024;

export const APP_HANDSHAKE_MS_MAX = 10_000;

/** States sent and not yet applied; an application that lags behind more than this is cut off. */
export const REVISIONS_PENDING_MAX = 256;

/** Answers of one client that wait for the journal's word; one that asks for more at once is cut off. */
export const ANSWERS_PENDING_MAX = 1024;

/** A peer that connects and says nothing. */
export const HELLO_MS_MAX = 10_000;
