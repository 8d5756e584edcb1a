/**
 * Keeps `worker.terminate()` and `process.exit()` out of native calls. A thread that is stopped inside one of koffi's
 * cannot take the exception that koffi then throws, and Node aborts the whole process. So a worker thread makes native
 * calls only under this lock, and a thread that stops others takes the lock first.
 *
 * All threads of a process share the lock: many may make native calls at the same time, and one may stop others when
 * none does. Workers get it with the environment data of `node:worker_threads`, if the library was loaded before them.
 *
 * V8 ends a stopped thread at the end of a loop or the beginning of a function, thus perhaps only after it has entered
 * a native call. So the stopping thread also marks the other one, which looks at its mark when it has the lock.
 */
import {
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId,
  Worker,
} from 'node:worker_threads';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import type { Entrance } from './entrance.ts';
import { watchProcess } from './process-events.ts';

const KEY = 'lttng-ts.native-lock.2';
/** The low bits of the lock: the number of threads in native calls, or STOPPING while a thread stops others. */
const HOLDERS = 0xffff;
const STOPPING = 0xffff;
/** The other bits count how often a thread has stopped others. */
const TURN = HOLDERS + 1;
/**
 * A thread that was stopped in another way, by the bound on its heap for instance, never gives the lock back. A thread
 * that has waited this long for it takes it.
 */
const LOCK_MS_MAX = 2000;
/** Words of marks after the lock. A thread has the one at its id modulo this number; in it is the id, once stopped. */
const MARKS = 1024;

/** Creates the lock. Called before the process creates the first worker that shares it; a second call does nothing. */
export function shareNativeLock(): void {
  if (isMainThread && getEnvironmentData(KEY) === undefined) {
    setEnvironmentData(KEY, new SharedArrayBuffer(4 * (1 + MARKS)));
  }
}

function lockOf(): Int32Array | undefined {
  const shared = getEnvironmentData(KEY);
  return shared instanceof SharedArrayBuffer ? new Int32Array(shared) : undefined;
}

/** A native call of this thread: no thread stops it meanwhile. */
export function inNative<T>(call: () => T): T {
  const lock = isMainThread ? undefined : lockOf();
  if (lock === undefined) return call();
  const turn = turnOf(change(lock, hold));
  if (Atomics.load(lock, markOf(threadId)) === threadId) {
    leave(lock, turn);
    awaitEnd(lock);
    return inNative(call);
  }
  try {
    return call();
  } finally {
    leave(lock, turn);
  }
}

/** Calls `stop`, which stops other threads, while none of them is in a native call. */
function whileNoneIsNative<T>(stop: (mark: (thread: number) => void) => T): T {
  const lock = lockOf();
  if (isEnding || lock === undefined) return stop(() => undefined);
  const turn = turnOf(change(lock, shut));
  try {
    return stop((thread) => {
      if (thread > 0) Atomics.store(lock, markOf(thread), thread);
    });
  } finally {
    open(lock, turn);
  }
}

/**
 * Changes the lock as `next` says, once `next` gives a value, and returns this value. After LOCK_MS_MAX it changes the
 * lock as if no thread had it: those that have it are forgotten.
 */
function change(lock: Int32Array, next: (now: number) => number | undefined): number {
  const end = process.hrtime.bigint() + BigInt(LOCK_MS_MAX) * NS_PER_MS_BIGINT;
  for (;;) {
    const now = Atomics.load(lock, 0);
    const isLate = process.hrtime.bigint() >= end;
    const wanted = next(isLate ? nextTurn(now) : now);
    if (wanted === undefined) Atomics.wait(lock, 0, now, 1);
    else if (Atomics.compareExchange(lock, 0, now, wanted) === now) return wanted;
  }
}

function hold(now: number): number | undefined {
  return (now & HOLDERS) === STOPPING ? undefined : now + 1;
}

function shut(now: number): number | undefined {
  return (now & HOLDERS) === 0 ? now | STOPPING : undefined;
}

/** Gives the lock back, unless its holders were forgotten meanwhile. */
function leave(lock: Int32Array, turn: number): void {
  for (;;) {
    const now = Atomics.load(lock, 0);
    if (turnOf(now) !== turn) return;
    if (Atomics.compareExchange(lock, 0, now, now - 1) === now) break;
  }
  Atomics.notify(lock, 0);
}

function open(lock: Int32Array, turn: number): void {
  const now = Atomics.load(lock, 0);
  if (turnOf(now) === turn) Atomics.compareExchange(lock, 0, now, nextTurn(now));
  Atomics.notify(lock, 0);
}

/** Waits until this thread, which another one stops, has ended. */
function awaitEnd(lock: Int32Array): void {
  Atomics.wait(lock, markOf(threadId), threadId, LOCK_MS_MAX);
  Atomics.compareExchange(lock, markOf(threadId), threadId, 0);
}

function markOf(thread: number): number {
  return 1 + (thread % MARKS);
}

function turnOf(value: number): number {
  return value & ~HOLDERS;
}

/** The lock of the next turn, which no thread has. */
function nextTurn(value: number): number {
  return (turnOf(value) + TURN) | 0;
}

let isGuarded = false;
/** This thread has the lock for good. */
let isEnding = false;

/**
 * From now on this thread stops its workers only while no thread is in a native call. So does the end of the main
 * thread, which ends the process and stops all workers: it keeps the lock.
 */
export function guardStops(entrance: Pick<Entrance, 'run'>): void {
  if (isGuarded) return;
  isGuarded = true;
  const { prototype } = Worker;
  const terminate = new Proxy(prototype.terminate, {
    apply: (target, worker: Worker | undefined, args) =>
      whileNoneIsNative((mark) => {
        mark(worker?.threadId ?? 0);
        return Reflect.apply(target, worker, args) as Promise<number>;
      }),
  });
  Object.defineProperty(prototype, 'terminate', {
    value: terminate,
    configurable: true,
    writable: true,
  });
  if (isMainThread) watchProcess(entrance, { onExit: keepForEver });
}

function keepForEver(): void {
  const lock = lockOf();
  if (lock === undefined) return;
  change(lock, shut);
  isEnding = true;
}
