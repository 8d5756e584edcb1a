/**
 * What the threads of this process have attached, in one table that they share.
 *
 * A mapping belongs to the process and outlives its thread, and a worker that is terminated lets go of nothing: no code
 * of its runs any more. (A native call that it is in then would even end the process, so a worker had better make none
 * at its end.) So each thread writes down what it attaches, and any of them takes away what a thread has left that is
 * no more: it looks when it attaches or detaches something itself.
 *
 * Workers get the table with the environment data of `node:worker_threads`, when the library was there before them.
 */
import { existsSync } from 'node:fs';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

export interface Mapped {
  readonly pointer: bigint;
  readonly byteLength: number;
}

const KEY = 'lttng-ts.attachments.1';
/** Segments that all threads of a process have attached, together. */
export const ATTACHMENTS_MAX = 1024;
/** Words of an entry: its state, the thread's kernel id, the address (low, high) and the length in pages. */
const WORDS = 5;
const [STATE, THREAD, LOW, HIGH, PAGES] = [0, 1, 2, 3, 4] as const;
const [FREE, TAKEN, SET] = [0, 1, 2] as const;
export const PAGE_BYTES = 4096;

/** Called before the first worker is made that is to share the table; again does no harm. */
export function shareAttachments(): void {
  if (isMainThread && getEnvironmentData(KEY) === undefined) {
    setEnvironmentData(KEY, new SharedArrayBuffer(ATTACHMENTS_MAX * WORDS * 4));
  }
}

function table(): Int32Array | undefined {
  const shared = getEnvironmentData(KEY);
  return shared instanceof SharedArrayBuffer ? new Int32Array(shared) : undefined;
}

/**
 * Writes down what the thread with this id has attached. Returns what to call when it is about to let go of it, or
 * undefined when that cannot be written down: there is no table, or no room in it.
 */
export function noteAttachment(
  tid: number,
  { pointer, byteLength }: Mapped,
): (() => void) | undefined {
  const words = table();
  if (words === undefined) return undefined;
  for (let at = 0; at < words.length; at += WORDS) {
    if (Atomics.compareExchange(words, at + STATE, FREE, TAKEN) !== FREE) continue;
    words[at + THREAD] = tid;
    words[at + LOW] = Number(BigInt.asIntN(32, pointer));
    words[at + HIGH] = Number(BigInt.asIntN(32, pointer >> 32n));
    words[at + PAGES] = Math.ceil(byteLength / PAGE_BYTES);
    Atomics.store(words, at + STATE, SET);
    return () => Atomics.store(words, at + STATE, FREE);
  }
  return undefined;
}

/**
 * What threads have left that are no more: whoever gets it is the only one, and is to unmap it. `tid` is the calling
 * thread's: where /proc does not know that one, it is no word about the others.
 */
export function takeAbandoned(tid: number): readonly Mapped[] {
  const words = table();
  const abandoned: Mapped[] = [];
  if (words === undefined || !isThere(tid)) return abandoned;
  for (let at = 0; at < words.length; at += WORDS) {
    if (Atomics.load(words, at + STATE) !== SET || isThere(words[at + THREAD] ?? 0)) continue;
    if (Atomics.compareExchange(words, at + STATE, SET, TAKEN) !== SET) continue;
    const [low = 0, high = 0, pages = 0] = words.subarray(at + LOW, at + PAGES + 1);
    const pointer = (BigInt.asUintN(32, BigInt(high)) << 32n) | BigInt.asUintN(32, BigInt(low));
    abandoned.push({ pointer, byteLength: pages * PAGE_BYTES });
    Atomics.store(words, at + STATE, FREE);
  }
  return abandoned;
}

/** Whether this process has a thread with this id of the kernel's. */
function isThere(tid: number): boolean {
  return existsSync(`/proc/self/task/${tid}`);
}
