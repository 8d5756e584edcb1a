/**
 * The segments that the threads of this process have attached, in one table that the threads share.
 *
 * A mapping belongs to the process and outlives its thread, and a terminated worker detaches nothing, since none of its
 * code runs any more. (If the termination falls into a native call, it even ends the process; so a worker should make
 * no native call at its end.) So each thread enters its attachments in the table. A thread that attaches or detaches a
 * segment also unmaps the segments that ended threads have left.
 *
 * Workers get the table with the environment data of `node:worker_threads`, if the library was loaded before them.
 */
import { existsSync } from 'node:fs';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

export interface Mapped {
  readonly pointer: bigint;
  readonly byteLength: number;
}

const KEY = 'lttng-ts.attachments.1';
/** Most segments that all threads of a process together enter in the table. */
export const ATTACHMENTS_MAX = 1024;
/** Words of an entry: its state, the thread's kernel id, the address (low, high) and the length in pages. */
const WORDS = 5;
const [STATE, THREAD, LOW, HIGH, PAGES] = [0, 1, 2, 3, 4] as const;
const [FREE, TAKEN, SET] = [0, 1, 2] as const;
export const PAGE_BYTES = 4096;

/** Creates the table. Called before the process creates the first worker that shares it; a second call does nothing. */
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
 * Enters an attachment of the thread with this id in the table. Returns the function that removes the entry, to be
 * called just before the detach, or undefined if there is no table or no room in it.
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
 * The segments that ended threads have left. Each is returned to one caller only, which must unmap it. `tid` is the
 * calling thread's id: if /proc does not list that thread, it cannot show that other threads have ended.
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

/** Whether this process has a thread with this kernel id. */
function isThere(tid: number): boolean {
  return existsSync(`/proc/self/task/${tid}`);
}
