/**
 * Seeing the events of `process` without listening to them: a listener would count among the program's own, show in
 * `eventNames`, and bring Node to warn of too many. Instead `process.emit` is wrapped, while somebody watches.
 */

export interface Watcher {
  readonly event: string;
  /** Called before the program's listeners. */
  readonly before?: (...args: readonly unknown[]) => void;
  /** Called after them, when none of them threw. */
  readonly after?: () => void;
}

const watchers = new Set<Watcher>();
let unwrap: (() => void) | undefined;

/** Watches until the returned function is called. Watchers do not throw: the program would get it. */
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
    // Somebody who wrapped ours keeps it; it tells nobody any more.
    if (process.emit !== wrapped) return;
    if (own === undefined) Reflect.deleteProperty(process, 'emit');
    else Object.defineProperty(process, 'emit', own);
  };
}
