/**
 * Guards against hidden inputs. While a simulated run is active, the host's clock returns virtual time, and
 * the host's randomness, timers, promises, weak references, finalizers, time zone and locale throw. Outside a run
 * they work as usual, so a test runner around the simulation does not notice the guards.
 *
 * The guards return virtual time instead of throwing because xstate reads `Date.now` for every delayed event. Code
 * after an `await` runs after the event that started it; the kernel detects its World calls (`isOutside`).
 */
import { activeRealtimeMs } from './active-run.ts';
import { HiddenInputError } from './hidden-input.ts';

type Holder = Record<string, unknown>;

/** Host functions that a simulated run may not call, as paths from the global object. */
export const FORBIDDEN: readonly string[] = [
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process.nextTick',
  'process.hrtime',
  'process.hrtime.bigint',
  'Promise.prototype.then',
  'MessageChannel',
  'WeakRef',
  'FinalizationRegistry',
  // These depend on the host's time zone.
  'Date.prototype.getTimezoneOffset',
  ...['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'].map(
    (part) => `Date.prototype.get${part}`,
  ),
  ...['String', 'DateString', 'TimeString'].map((form) => `Date.prototype.to${form}`),
  // These depend on the host's locale.
  ...['String', 'DateString', 'TimeString'].map((form) => `Date.prototype.toLocale${form}`),
  'Number.prototype.toLocaleString',
  'BigInt.prototype.toLocaleString',
  'Array.prototype.toLocaleString',
  'String.prototype.localeCompare',
  'String.prototype.toLocaleLowerCase',
  'String.prototype.toLocaleUpperCase',
  ...['Collator', 'DateTimeFormat', 'NumberFormat', 'PluralRules', 'ListFormat', 'Segmenter'].map(
    (form) => `Intl.${form}`,
  ),
];

let undo: (() => void) | undefined;

/** Installs the guards unless they are installed; returns a function that removes them. */
export function installGuards(): () => void {
  if (undo !== undefined) return undo;
  const restores = [...FORBIDDEN.map(forbid), guardDate(), guardPerformance()];
  undo = (): void => {
    undo = undefined;
    for (const restore of restores.reverse()) restore();
  };
  return undo;
}

function forbid(path: string): () => void {
  const names = path.split('.');
  const name = names.pop() ?? '';
  let holder: unknown = globalThis;
  for (const step of names) holder = isHolder(holder) ? holder[step] : undefined;
  const original = isHolder(holder) ? holder[name] : undefined;
  if (!isHolder(holder) || typeof original !== 'function') return () => undefined;
  const check = (): void => {
    if (activeRealtimeMs() !== undefined) throw new HiddenInputError(path);
  };
  const guarded = new Proxy(original, {
    apply: (target, self, args: unknown[]): unknown => {
      check();
      return Reflect.apply(target, self, args);
    },
    construct: (target, args: unknown[], newTarget) => {
      check();
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  return replace(holder, name, guarded);
}

function guardDate(): () => void {
  const Original = Date;
  const now = (): number => activeRealtimeMs() ?? Original.now();
  const guarded = new Proxy(Original, {
    construct: (target, args: unknown[], newTarget) => {
      const virtual = activeRealtimeMs();
      if (virtual !== undefined && args.length > 1)
        throw new HiddenInputError('new Date in local time');
      const given = args.length === 0 && virtual !== undefined ? [virtual] : args;
      return Reflect.construct(target, given, newTarget) as object;
    },
    apply: (target) => {
      if (activeRealtimeMs() !== undefined) throw new HiddenInputError('Date in local time');
      return target();
    },
    get: (target, key, receiver): unknown =>
      key === 'now' && activeRealtimeMs() !== undefined ? now : Reflect.get(target, key, receiver),
  });
  return replace(globalThis, 'Date', guarded);
}

function guardPerformance(): () => void {
  const { performance: holder } = globalThis as { performance?: { now(): number } };
  if (holder === undefined) return () => undefined;
  const original = holder.now;
  return replace(holder, 'now', () => activeRealtimeMs() ?? original.call(holder));
}

function isHolder(value: unknown): value is Holder {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Defines `name` on `holder` itself; returns a function that restores the holder's own property. */
function replace(holder: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(holder, name);
    else Object.defineProperty(holder, name, before);
  };
}
