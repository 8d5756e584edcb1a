/** Bounds on the messages of LTTng's live viewer protocol. A longer one is refused before memory is allocated. */

/** The revisions of major version 2 that we speak. Revisions 4 to 14 are the same; revision 15 changes the sessions. */
export const LIVE_MAJOR = 2;
export const LIVE_MINOR_MIN = 4;
export const LIVE_MINOR_MAX = 15;

/** Payload of one request; every request has fewer bytes. */
export const LIVE_REQUEST_BYTES_MAX = 256;
/** Bytes of a packet, or of metadata, in one reply: a viewer asks for more in parts. */
export const LIVE_DATA_BYTES_MAX = 1024 * 1024;
/** Entries of one reply. */
export const LISTED_SESSIONS_MAX = 4096;
export const LISTED_STREAMS_MAX = 256;
/** LTTng's relay sends in one reply all streams that a viewer does not know, and all metadata that it has not read. */
export const READ_STREAMS_MAX = 8192;
export const READ_METADATA_BYTES_MAX = 16 * 1024 * 1024;
/** Longest reply that a viewer takes: one with the most streams. */
export const LIVE_REPLY_BYTES_MAX = 40 * 1024 * 1024;

/** Bytes of names, each without its final zero. */
export const LIVE_HOST_NAME_BYTES_MAX = 255;
export const LIVE_SESSION_NAME_BYTES_MAX = 254;
export const LIVE_PATH_BYTES_MAX = 4095;
export const LIVE_CHANNEL_NAME_BYTES_MAX = 254;
