/** Codes of requests that a registry refuses. */
import * as v from 'valibot';

/** Stable codes of refused requests; the command line's exit status is 1 for each. */
export const errorCode = v.picklist([
  'NO_SESSION',
  'SESSION_EXISTS',
  'SESSION_BUSY',
  'NOT_ALLOWED',
  'NO_CONSUMER',
  'CONSUMER_FAILED',
  'NOT_WRITTEN',
  'NO_CHANNEL',
  'CHANNEL_EXISTS',
  'NO_RULE',
  'INVALID_RULE',
  'ALREADY',
  'AMBIGUOUS',
  'LIMIT',
  'INCOMPATIBLE',
  'NO_DESTINATION',
  'FROZEN',
  'HOST_UNKNOWN',
  'RELAY_UNREACHABLE',
  'RELAY_FAILED',
  'RELAY_LOST',
  'NO_OUTPUT',
  'NO_SNAPSHOT_OUTPUT',
  'NO_KERNEL_TRACER',
]);
export type ErrorCode = v.InferOutput<typeof errorCode>;
