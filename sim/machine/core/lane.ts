/** An ordered queue of deliveries, which must not overtake each other. */
import type { NoiseStream } from './noise.ts';

/** Keeps the events of one channel in order: each is later than the one before. */
export interface Lane {
  readonly label: string;
  readonly stream: NoiseStream;
  lastTime: number;
}
