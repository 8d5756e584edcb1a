/** Factors between units of time: numbers for durations, bigint for instants, which a number cannot hold exactly. */

export const NS_PER_US = 1000;
export const US_PER_MS = 1000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_SECOND = 1_000_000_000;

export const NS_PER_US_BIGINT = 1000n;
export const NS_PER_MS_BIGINT = 1_000_000n;
export const NS_PER_SECOND_BIGINT = 1_000_000_000n;
