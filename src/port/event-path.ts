/** Host functions of the event path, apart from the World: the tracer calls them for every event. */

/** Stores CLOCK_MONOTONIC in nanoseconds at `target[index]`. */
export type TimestampStore = (target: BigUint64Array, index: number) => void;

/** Writes UTF-8 (lone surrogates as U+FFFD) at `offset`; returns the number of bytes written. */
export type Utf8Write = (target: Uint8Array, text: string, offset: number) => number;
