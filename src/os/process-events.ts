/**
 * Watches the events of `process` without a listener: a listener would count among the program's own, appear in
 * `eventNames`, and make Node warn of too many listeners. Instead this file wraps `process.emit` while it has watchers.
 */

export interface Watcher {
  readonly event: string;
  /** Runs before the program's listeners. */
  readonly before?: (...args: readonly unknown[]) => void;
  /** Runs after the program's listeners, if none of them threw. */
  readonly after?: () => void;
}

const watchers = new Set<Watcher>();
let unwrap: (() => void) | undefined;

/** Watches until the returned function is called. Watchers must not throw: the program would get the exception. */
export function watchProcess(watcher: Watcher): () => void {
  watchers.add(watcher);
  unwrap ??= wrapEmit();
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    unwrap?.();
    unwrap = undefined;
  };
}

function wrapEmit(): () => void {
  const own = Object.getOwnPropertyDescriptor(process, 'emit');
  const wrapped = new Proxy(process.emit, {
    apply(target, receiver, args: unknown[]) {
      const [event, ...values] = args;
      const concerned = [...watchers].filter((watcher) => watcher.event === event);
      for (const { before } of concerned) before?.(...values);
      const outcome: unknown = Reflect.apply(target, receiver, args);
      for (const { after } of concerned) after?.();
      return outcome;
    },
  });
  Object.defineProperty(process, 'emit', { value: wrapped, configurable: true, writable: true });
  return () => {
    // If other code has wrapped this wrapper, it stays in place; without watchers it has no effect.
    if (process.emit !== wrapped) return;
    if (own === undefined) Reflect.deleteProperty(process, 'emit');
    else Object.defineProperty(process, 'emit', own);
  };
}
