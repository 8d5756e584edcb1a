/**
 * Terminates worker threads while they load native code and call it, then exits in the middle of it; the arguments are
 * the number of threads, a segment as JSON, and whether the thread guards its stops. Started by `native-lock.test.ts`.
 */
import { Worker } from 'node:worker_threads';
import { openEntrance } from '../../../src/os/entrance.ts';
import { guardStops, shareNativeLock } from '../../../src/os/native-lock.ts';
import type { SegmentRef } from '../../../src/port/shared-memory.ts';

const count = Number(process.argv[2]);
const segment = JSON.parse(process.argv[3] ?? '') as SegmentRef;
const THREAD = new URL('./thread-native.js', import.meta.url);
/** Loading takes a few milliseconds. */
const LATEST_MS = 10;
if (process.argv[4] === 'guarded') {
  shareNativeLock();
  guardStops(openEntrance);
}

function begun(): Promise<Worker> {
  return new Promise((resolve) => {
    const worker = new Worker(THREAD, { workerData: segment });
    worker.once('message', () => resolve(worker));
  });
}

for (let made = 0; made < count; made++) {
  const worker = await begun();
  const end = performance.now() + (made / count) * LATEST_MS;
  while (performance.now() < end);
  await worker.terminate();
}
await Promise.all([begun(), begun()]);
process.exit(0);
