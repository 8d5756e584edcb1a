/** Bounds of the relay's actors. `docs/relay.md` lists them. */

/** Control and data connections, in all and from one address. */
export const CONNECTIONS_MAX = 4096;
export const CONNECTIONS_PER_HOST_MAX = 1024;
/** Connections of viewers; they count among all of them, too. */
export const VIEWERS_MAX = 256;
/** Streams of all peers, where the process may open enough files. */
export const RELAY_STREAMS_MAX = 32_768;
/** How long a control connection or a viewer has for its first message. */
export const NEGOTIATION_MS_MAX = 10_000;
/** How long packets may still arrive after the control connection of their streams has ended. */
export const SETTLE_MS_MAX = 10_000;
/** For all connections of a relay that ends: longer than one waits for its packets and for its peer. */
export const ENDING_MS_MAX = SETTLE_MS_MAX + 6000;
