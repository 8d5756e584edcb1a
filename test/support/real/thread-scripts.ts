/** A worker thread that runs the conformance scripts of one user; started by `worker.test.ts`. */
import { parentPort } from 'node:worker_threads';
import { createRealWorld } from '../../../src/os/world.ts';
import { scripts } from '../../port/conformance.ts';
import { runOnRealWorld } from '../../port/real-stage.ts';

/** Threads have a thread id of their own, which this script is about. */
const OF_MAIN_THREADS = 'identity tells who we are';

const { pid, tid } = createRealWorld({ log: () => {} }).identity;
const reported: [string, readonly string[], readonly string[]][] = [];
for (const script of scripts) {
  if (script.severalUsers === true || script.mostlyWaits === true) continue;
  if (script.name === OF_MAIN_THREADS) continue;
  reported.push([script.name, await runOnRealWorld(script), script.expected]);
}
parentPort?.postMessage({ pid, tid, scripts: reported });
