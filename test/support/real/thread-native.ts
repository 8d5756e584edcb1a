/** A worker thread that loads koffi and makes native calls until it is terminated; started by `native-lock.test.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createRealWorld } from '../../../src/os/world.ts';
import type { SegmentRef } from '../../../src/port/shared-memory.ts';

const { memory } = createRealWorld({ log: () => {} });
const segment = workerData as SegmentRef;
parentPort?.postMessage('begins');
for (;;) {
  const attached = memory.attachReadable(segment);
  if (attached.ok) attached.value.detach();
}
