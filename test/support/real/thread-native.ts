/** A worker thread that loads koffi and makes native calls until it is terminated; started by `native-lock.test.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createRealWorld } from '../../../src/os/world.ts';

const { memory } = createRealWorld({ log: () => {} });
const id = Number(workerData);
parentPort?.postMessage('begins');
for (;;) {
  const attached = memory.attachReadable(id);
  if (attached.ok) attached.value.detach();
}
