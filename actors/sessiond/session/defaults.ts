/** What a channel is when nobody says otherwise. Sub-buffers as LTTng 2.13 user space has them. */
import type { RingShape } from '../../../src/ring/layout.ts';

export const DEFAULT_SHAPE: RingShape = {
  subbufferBytes: 512 * 1024,
  subbufferCount: 4,
  overwrite: false,
};

/**
 * The read timer matters only when a wake-up was missed (an application that died in between). The switch timer
 * brings half-filled sub-buffers to the trace, so that it can be followed while it grows.
 */
export const DEFAULT_CHANNEL = {
  name: 'default',
  switchTimerUs: 1_000_000,
  readTimerUs: 200_000,
} as const;
