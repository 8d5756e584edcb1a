/** Default settings of a channel. Sub-buffers have the size and count of LTTng 2.13 user space. */
import type { RingShape } from '../../../src/ring/layout.ts';

export const DEFAULT_SHAPE: RingShape = {
  subbufferBytes: 512 * 1024,
  subbufferCount: 4,
  overwrite: false,
};

/**
 * The read timer matters only after a lost wake-up (the application died before it sent one). The switch timer makes
 * the consumer write partly filled sub-buffers, so that readers can follow the growing trace.
 */
export const DEFAULT_CHANNEL = {
  name: 'default',
  switchTimerUs: 1_000_000,
  readTimerUs: 200_000,
} as const;
