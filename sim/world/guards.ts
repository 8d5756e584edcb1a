/**
 * Guards against hidden inputs. While a simulated run is active, the host's clock answers with virtual time,
 * and the host's randomness, timers and task queues throw. Outside a run everything is as before, so a test
 * runner around the simulation does not notice.
 *
 * Time is served rather than refused because xstate reads `Date.now` for every delayed event.
 */
import { activeRealtimeMs } from './kernel.ts';

/** Thrown by a guarded function that a simulated run called. */
export class HiddenInputError extends Error {
  override readonly name = 'HiddenInputError';
  readonly what: string;

  constructor(what: string) {
    super(`A simulated run used ${what}`);
    this.what = what;
  }
}

type AnyFunction = (...args: never[]) => unknown;
type Holder = Record<string, unknown>;

/** Host functions that a simulated run may not call, as paths from the global object. */
export const FORBIDDEN = [
  'Math.random',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'process.nextTick',
] as const;

let undo: (() => void) | undefined;

/** Installs the guards, once however often it is called; the answer takes them away again. */
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
  const [first = '', second] = path.split('.');
  const globals = globalThis as unknown as Holder;
  const holder = second === undefined ? globals : (globals[first] as Holder | undefined);
  const name = second ?? first;
  if (holder === undefined || typeof holder[name] !== 'function') return () => undefined;
  const original = holder[name] as AnyFunction;
  return replace(holder, name, function (this: unknown, ...args: never[]): unknown {
    if (activeRealtimeMs() !== undefined) throw new HiddenInputError(path);
    return original.apply(this, args);
  });
}

function guardDate(): () => void {
  const globals = globalThis as unknown as Holder;
  const Original = Date;
  const now = (): number => activeRealtimeMs() ?? Original.now();
  const guarded = new Proxy(Original, {
    construct: (target, args, newTarget) => {
      const virtual = activeRealtimeMs();
      const given = args.length === 0 && virtual !== undefined ? [virtual] : args;
      return Reflect.construct(target, given, newTarget) as object;
    },
    apply: (target) => {
      const virtual = activeRealtimeMs();
      return virtual === undefined ? target() : new Original(virtual).toString();
    },
    get: (target, key, receiver): unknown =>
      key === 'now' && activeRealtimeMs() !== undefined ? now : Reflect.get(target, key, receiver),
  });
  return replace(globals, 'Date', guarded);
}

function guardPerformance(): () => void {
  const holder = (globalThis as unknown as { performance?: Holder }).performance;
  if (holder === undefined || typeof holder['now'] !== 'function') return () => undefined;
  const original = holder['now'] as () => number;
  return replace(holder, 'now', () => activeRealtimeMs() ?? original.call(holder));
}

/** Defines `name` on `holder` itself; undone by putting back what it had of its own. */
function replace(holder: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(holder, name);
    else Object.defineProperty(holder, name, before);
  };
}
