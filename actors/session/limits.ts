/** How long a session waits for others. */

/** For an application to follow a command. */
export const APPLY_MS_MAX = 1000;
/** For the consumer to write what is left. */
export const DRAIN_MS_MAX = 30_000;
/** Between two looks whether absent threads of applications are alive: it doubles from the first to the last. */
export const ABSENT_CHECK_MS_MIN = 25;
export const ABSENT_CHECK_MS_MAX = 1000;
/**
 * For a snapshot to attach the streams that it was told of; shorter than what a registry that ends waits beyond
 * DRAIN_MS_MAX.
 */
export const SNAPSHOT_ATTACH_MS_MAX = 3000;
/** For `lttng` to bring a consumer; who asks while others wait already may wait twice as long. */
export const CONSUMER_MS_MAX = 10_000;
