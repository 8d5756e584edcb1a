/** A worker thread that attaches a segment three times and ends without detaching; started by `worker.test.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createRealWorld } from '../../../src/os/world.ts';

const { memory } = createRealWorld({ log: () => {} });
const id = Number(workerData);
const attached = [memory.attachWritable(id), memory.attachReadable(id), memory.attachReadable(id)];
parentPort?.postMessage(attached.filter(({ ok }) => ok).length);
