/** Bounds of everything that crosses a socket. A peer past one is cut off, with the bound named in the log. */

/** Longest frame body. */
export const FRAME_BYTES_MAX = 256 * 1024;
/** Deepest nesting of arrays and maps in a message. */
export const MESSAGE_DEPTH_MAX = 16;
/** Most values (scalars, arrays, maps) in one message. */
export const MESSAGE_VALUES_MAX = 32_768;
/** Bytes we queue for a peer that does not read: more than the largest state of an application. */
export const SEND_QUEUE_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that all peers together make us hold, queued for them or of begun frames; past it the greatest one goes. */
export const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** Size that a message made of many entries aims at, well below a frame's. */
export const PAGE_BYTES = 96 * 1024;

export const SESSION_NAME_CHARACTERS_MAX = 200;
export const CHANNEL_NAME_CHARACTERS_MAX = 200;
export const EVENT_PATTERN_CHARACTERS_MAX = 255;
export const PATH_CHARACTERS_MAX = 4095;
export const PROCESS_NAME_CHARACTERS_MAX = 255;
/** Entries in one list of a message (sessions, rules, tracepoints of one announcement). */
export const LIST_ENTRIES_MAX = 1024;
/** Fields of one tracepoint, as text for people. */
export const FIELDS_TEXT_CHARACTERS_MAX = 4096;
