/** A worker thread that attaches a segment three times and ends without detaching; started by `worker.test.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createRealWorld } from '../../../src/os/world.ts';
import type { SegmentRef } from '../../../src/port/shared-memory.ts';

const { memory } = createRealWorld({ log: () => {} });
const segment = workerData as SegmentRef;
const attached = [
  memory.attachWritable(segment),
  memory.attachReadable(segment),
  memory.attachReadable(segment),
];
parentPort?.postMessage(attached.filter(({ ok }) => ok).length);
