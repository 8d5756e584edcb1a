/** How long a session waits for others. */

/** For an application to follow a command. */
export const APPLY_MS_MAX = 1000;
/** For the consumer to write what is left. */
export const DRAIN_MS_MAX = 30_000;
/** Until it is looked again which of the absent applications of a restored session are alive. */
export const ABSENT_CHECK_MS = 1000;
/** For `lttng` to bring a consumer. */
export const CONSUMER_MS_MAX = 10_000;
