/** A worker thread that runs the conformance scripts of one user; started by `worker.test.ts`. */
import { parentPort } from 'node:worker_threads';
import { createRealWorld } from '../../../src/os/world.ts';
import { scripts } from '../../port/conformance.ts';
import { runOnRealWorld } from '../../port/real-stage.ts';
import { kernelScripts } from '../../port/scripts/kernel.ts';
import { kernelPagesScripts } from '../../port/scripts/kernel-pages.ts';

/** Threads have a thread id of their own, and no thread but the main one of a daemon reads pages of the kernel. */
const OF_MAIN_THREADS = new Set([
  'identity tells who we are',
  ...[...kernelScripts, ...kernelPagesScripts].map(({ name }) => name),
]);

const { pid, tid } = createRealWorld({ log: () => {} }).identity;
const reported: [string, readonly string[], readonly string[]][] = [];
for (const script of scripts) {
  if (script.severalUsers === true || script.mostlyWaits === true) continue;
  if (OF_MAIN_THREADS.has(script.name)) continue;
  reported.push([script.name, await runOnRealWorld(script), script.expected]);
}
parentPort?.postMessage({ pid, tid, scripts: reported });
