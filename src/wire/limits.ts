/** Bounds on all messages. A process closes the connection of a peer that exceeds a bound, and logs the bound. */

/** Longest frame body. */
export const FRAME_BYTES_MAX = 256 * 1024;
/** Deepest nesting of arrays and maps in a message. */
export const MESSAGE_DEPTH_MAX = 16;
/** Most values (scalars, arrays, maps) in one message. */
export const MESSAGE_VALUES_MAX = 32_768;
/** Bytes that a process queues for a peer that does not read: more than the largest state of an application. */
export const SEND_QUEUE_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes held for all peers, queued or in incomplete frames; past it the peer with the most is disconnected. */
export const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** Target size of a message with many entries, well below that of a frame. */
export const PAGE_BYTES = 96 * 1024;

export { CONTEXTS_MAX } from '../event/context.ts';

export const SESSION_NAME_CHARACTERS_MAX = 200;
export const CHANNEL_NAME_CHARACTERS_MAX = 200;
export const EVENT_PATTERN_CHARACTERS_MAX = 255;
/** Patterns of names that one event rule excludes. */
export const EXCLUSIONS_MAX = 32;
export const PATH_CHARACTERS_MAX = 4095;
export const PROCESS_NAME_CHARACTERS_MAX = 255;
/** Entries in one list of a message (sessions, rules, tracepoints of one announcement). */
export const LIST_ENTRIES_MAX = 1024;
/** Ids in one set of the processes that a session traces. */
export const TRACKED_IDS_MAX = 256;
/** Streams of one session; one message lists them. */
export const STREAMS_MAX = 2048;
/** Files of one stream whose channel bounds their number. */
export const TRACEFILES_MAX = 4096;
/** Largest size of such a file. */
export const TRACEFILE_BYTES_MAX = 2 ** 40;
/** Formats of kernel events that one request asks for. */
export const KERNEL_FORMATS_MAX = 64;
/** Fields of one tracepoint, as text for people. */
export const FIELDS_TEXT_CHARACTERS_MAX = 4096;
