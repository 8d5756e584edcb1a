/** Bounds on the messages of LTTng's relay protocol. A longer message is refused before memory is allocated for it. */

/** The revisions of major version 2 that we speak: LTTng's minor version, frozen at 15 since LTTng 2.15. */
export const RELAY_MAJOR = 2;
export const RELAY_MINOR_MIN = 4;
export const RELAY_MINOR_MAX = 15;

/** Payload of one control message. Metadata packets are the longest: the size of a metadata sub-buffer. */
export const CONTROL_PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;
/** Zeros after the content of one packet. LTTng pads to a page of memory. */
export const PACKET_PADDING_BYTES_MAX = 1024 * 1024;
/** Longest packet that is sent as datagrams: the relay puts it together in memory. */
export const DATAGRAM_PACKET_BYTES_MAX = 4 * 1024 * 1024;
/** Ranges in a report of arrived datagrams; the relay forgets a datagram that would need one more. */
export const REPORTED_RANGES_MAX = 256;
/** Longest packet in the place of one that was given up. */
export const REPLACEMENT_BYTES_MAX = 1024;
/** Streams in one request to rotate. */
export const ROTATED_STREAMS_MAX = 65_536;
/** Milliseconds in which a sender passes all relays on its way; each reply has a limit of its own. */
export const RELAY_WAY_MS_MAX = 30_000;

/** Bytes of names, each without its final zero. */
export const RELAY_SESSION_NAME_BYTES_MAX = 254;
export const RELAY_HOST_NAME_BYTES_MAX = 255;
export const RELAY_CHANNEL_NAME_BYTES_MAX = 263;
export const RELAY_PATH_BYTES_MAX = 4095;
