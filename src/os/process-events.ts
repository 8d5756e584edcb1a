/**
 * Watches the end of the process and its uncaught exceptions, unseen by the program. A listener on `process` would
 * count among the program's own, and a function around `process.emit` would stand in the stacks of what they throw.
 *
 * Instead two properties of `process` become accessors while there are watchers. Node reads `process.emit` just before
 * it emits `exit`, with `process._exiting` already set; and it reads `process._fatalException` just before the function
 * that first emits `uncaughtExceptionMonitor`. Only the arguments of that one event need a function around the call.
 */

import type { Entrance } from './entrance.ts';

export interface Watcher {
  /** Runs before the program's listeners for `exit`. */
  onExit?(code: number): void;
  /** Runs after the program's listeners for `exit`, if none of them threw; then our function is on their stack. */
  afterExit?(): void;
  onUncaught?(error: unknown, origin: unknown): void;
}

type Emit = (...args: unknown[]) => unknown;
interface Watched {
  emit: Emit;
  readonly _exiting?: boolean;
}

interface Entering {
  readonly entrance: Pick<Entrance, 'run'>;
  readonly watcher: Watcher;
}

const watchers = new Set<Entering>();
const watched = process as unknown as Watched;
let isFatal = false;
let hasExited = false;
let restore: (() => void) | undefined;

/** Watches until the returned function is called. */
export function watchProcess(entrance: Entering['entrance'], watcher: Watcher): () => void {
  const entering = { entrance, watcher };
  watchers.add(entering);
  restore ??= intercept(entrance);
  return () => {
    watchers.delete(entering);
    if (watchers.size > 0) return;
    restore?.();
    restore = undefined;
  };
}

function intercept(entrance: Entering['entrance']): () => void {
  const ends = [
    onRead(entrance, 'emit', (emit) => emitNow(emit as Emit)),
    onRead(entrance, '_fatalException', (handler, pause) => {
      // Perhaps the program reads it, as any other property; then no exception follows.
      isFatal = true;
      // V8 names the function in stacks by the property that holds it.
      pause(() => {
        isFatal = false;
      });
      return handler;
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** The function that the reader of `process.emit` calls: nearly always the program's. */
function emitNow(emit: Emit): Emit {
  if (isFatal) {
    return (...args) => {
      if (args[0] === 'uncaughtExceptionMonitor') {
        isFatal = false;
        tell([...watchers], (watcher) => watcher.onUncaught?.(args[1], args[2]));
      }
      return Reflect.apply(emit, process, args);
    };
  }
  if (watched._exiting !== true || hasExited) return emit;
  hasExited = true;
  const code = Number(process.exitCode ?? 0);
  tell([...watchers], (watcher) => watcher.onExit?.(code));
  const last = [...watchers].filter(({ watcher }) => watcher.afterExit !== undefined);
  if (last.length === 0) return emit;
  return (...args) => {
    const outcome = Reflect.apply(emit, process, args);
    tell(last, (watcher) => watcher.afterExit?.());
    return outcome;
  };
}

function tell(told: readonly Entering[], call: (watcher: Watcher) => void): void {
  for (const { entrance, watcher } of told) entrance.run(() => call(watcher));
}

/**
 * Replaces a property of `process` by an accessor until the returned function is called. `pause` makes it a property
 * with a value again until the present callback of Node is over.
 */
function onRead(
  entrance: Entering['entrance'],
  name: string,
  read: (value: unknown, pause: (onResume: () => void) => void) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(process, name);
  let value: unknown = Reflect.get(process, name);
  let isAssigned = false;
  let isOver = false;
  const show = (): void => {
    Object.defineProperty(process, name, { ...(own ?? DATA), value });
  };
  const pause = (onResume: () => void): void => {
    show();
    const resume = (): void => {
      onResume();
      value = Reflect.get(process, name);
      if (!isOver) hide();
    };
    queueMicrotask(() => entrance.run(resume));
  };
  const get = (): unknown => read(value, pause);
  const set = (next: unknown): void => {
    isAssigned = true;
    value = next;
  };
  const hide = (): void => {
    const enumerable = own?.enumerable ?? false;
    Object.defineProperty(process, name, { configurable: true, enumerable, get, set });
  };
  hide();
  return () => {
    isOver = true;
    // If other code has replaced the accessor, that stays in place; without watchers ours has no effect.
    if (Object.getOwnPropertyDescriptor(process, name)?.get !== get) return;
    if (own === undefined && !isAssigned) Reflect.deleteProperty(process, name);
    else show();
  };
}

const DATA: PropertyDescriptor = { configurable: true, enumerable: true, writable: true };
