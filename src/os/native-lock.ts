/**
 * Keeps `worker.terminate()` and `process.exit()` out of native calls. A thread that is stopped inside one of koffi's
 * cannot take the exception that koffi then throws, and Node aborts the whole process. So a worker thread makes native
 * calls only under this lock, and a thread that stops others takes the lock first.
 *
 * All threads of a process share the lock: many may make native calls at the same time, and one may stop others when
 * none does. Workers get it with the environment data of `node:worker_threads`, if the library was loaded before them.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, Worker } from 'node:worker_threads';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import { watchProcess } from './process-events.ts';

const KEY = 'lttng-ts.native-lock.1';
/** The value of the lock while a thread stops others; otherwise the number of threads in native calls. */
const STOPPING = -1;
/** A thread that was stopped in another way, by the bound on its heap for instance, may hold the lock for ever. */
const LOCK_MS_MAX = 100;

/** Creates the lock. Called before the process creates the first worker that shares it; a second call does nothing. */
export function shareNativeLock(): void {
  if (isMainThread && getEnvironmentData(KEY) === undefined) {
    setEnvironmentData(KEY, new SharedArrayBuffer(4));
  }
}

function lockOf(): Int32Array | undefined {
  const shared = getEnvironmentData(KEY);
  return shared instanceof SharedArrayBuffer ? new Int32Array(shared) : undefined;
}

/** A native call of this thread: no thread stops it meanwhile. */
export function inNative<T>(call: () => T): T {
  const lock = isMainThread ? undefined : lockOf();
  if (lock === undefined || !enter(lock, (now) => (now === STOPPING ? undefined : now + 1))) {
    return call();
  }
  try {
    return call();
  } finally {
    Atomics.sub(lock, 0, 1);
    Atomics.notify(lock, 0);
  }
}

/** Calls `stop`, which stops other threads, while none of them is in a native call. */
function whileNoneIsNative<T>(stop: () => T): T {
  const lock = lockOf();
  if (isEnding || lock === undefined || !enter(lock, toStop)) return stop();
  try {
    return stop();
  } finally {
    Atomics.store(lock, 0, 0);
    Atomics.notify(lock, 0);
  }
}

/** Changes the lock as `next` says, once it gives a value; false when that takes too long. */
function enter(lock: Int32Array, next: (now: number) => number | undefined): boolean {
  const end = process.hrtime.bigint() + BigInt(LOCK_MS_MAX) * NS_PER_MS_BIGINT;
  while (process.hrtime.bigint() < end) {
    const now = Atomics.load(lock, 0);
    const wanted = next(now);
    if (wanted === undefined) Atomics.wait(lock, 0, now, 1);
    else if (Atomics.compareExchange(lock, 0, now, wanted) === now) return true;
  }
  return false;
}

function toStop(now: number): number | undefined {
  return now === 0 ? STOPPING : undefined;
}

let isGuarded = false;
/** This thread has the lock for good. */
let isEnding = false;

/**
 * From now on this thread stops its workers only while no thread is in a native call. So does the end of the main
 * thread, which ends the process and stops all workers: it keeps the lock.
 */
export function guardStops(): void {
  if (isGuarded) return;
  isGuarded = true;
  const { prototype } = Worker;
  const terminate = new Proxy(prototype.terminate, {
    apply: (target, worker, args) =>
      whileNoneIsNative(() => Reflect.apply(target, worker, args) as Promise<number>),
  });
  Object.defineProperty(prototype, 'terminate', {
    value: terminate,
    configurable: true,
    writable: true,
  });
  if (isMainThread) watchProcess({ onExit: keepForEver });
}

function keepForEver(): void {
  const lock = lockOf();
  isEnding = lock !== undefined && enter(lock, toStop);
}
