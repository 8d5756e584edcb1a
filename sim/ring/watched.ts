/**
 * Watches every store into some buffers, in order: it replaces the views that code creates of them with proxies. The
 * writer's stores are the points at which it can be preempted or killed.
 */
import { assert } from '../../src/base/assert.ts';

// The originals, without proxies.
const { load, store } = Atomics;
const [Words, Longs, Octets, Viewer] = [Int32Array, BigUint64Array, Uint8Array, DataView];
const VIEWS = [Int32Array, BigUint64Array, Float64Array, Uint8Array, DataView] as const;

type View = Int32Array | BigUint64Array | Float64Array | Uint8Array | DataView;

/** Called after each store. */
export type OnStore = (offset: number, length: number) => void;

/** Views created of `buffer` report the stores through them, until the returned function is called. */
export function watchStores(buffer: ArrayBuffer, onStore: OnStore): () => void {
  return watchAll((other) => (other === buffer ? onStore : undefined));
}

/**
 * The same for all buffers for which `watcherOf` returns a watcher; it is called for each created view. `set` stores
 * its bytes in pieces of `pieceBytes`.
 */
export function watchAll(
  watcherOf: (buffer: ArrayBuffer) => OnStore | undefined,
  pieceBytes = Number.POSITIVE_INFINITY,
): () => void {
  return new StoreWatch(watcherOf, pieceBytes).install();
}

class StoreWatch {
  readonly #watcherOf: (buffer: ArrayBuffer) => OnStore | undefined;
  readonly #pieceBytes: number;
  /** Originals of proxies for atomic operations; the compiler accepts one array type at a time. */
  readonly #originals = new WeakMap<object, Int32Array>();
  readonly #watchers = new WeakMap<object, OnStore>();
  readonly #standIns = new Map<unknown, unknown>();

  constructor(watcherOf: (buffer: ArrayBuffer) => OnStore | undefined, pieceBytes: number) {
    this.#watcherOf = watcherOf;
    this.#pieceBytes = pieceBytes;
  }

  /** Installs the proxies; returns a function that removes them. */
  install(): () => void {
    const atomics = Atomics;
    for (const Original of VIEWS) {
      const other = this.#standIn(Original);
      this.#standIns.set(Original, other);
      Reflect.set(globalThis, Original.name, other);
    }
    const watched = Object.assign(Object.create(atomics) as object, this.#atomics());
    Reflect.set(globalThis, 'Atomics', watched);
    return () => {
      for (const Original of VIEWS) Reflect.set(globalThis, Original.name, Original);
      Reflect.set(globalThis, 'Atomics', atomics);
    };
  }

  #standIn(Original: (typeof VIEWS)[number]): unknown {
    return new Proxy(Original, {
      construct: (target, args: unknown[], newTarget: unknown) => {
        const isOwn = newTarget !== target && newTarget !== this.#standIns.get(Original);
        const made: unknown = Reflect.construct(
          target,
          args,
          isOwn ? (newTarget as never) : target,
        );
        const [source] = args;
        const onStore = source instanceof ArrayBuffer ? this.#watcherOf(source) : undefined;
        return (onStore === undefined ? made : this.#watched(made as View, onStore)) as object;
      },
    });
  }

  #watched(view: View, onStore: OnStore): View {
    const width = view instanceof Viewer ? 1 : view.BYTES_PER_ELEMENT;
    const proxy = new Proxy(view, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key === 'set') {
          assert(target instanceof Octets, 'only bytes are set from an array');
          return (what: ArrayLike<number>, to = 0) => this.#storePieces(target, what, to, onStore);
        }
        return (...args: unknown[]) => {
          const result: unknown = Reflect.apply(value, target, args);
          const range = rangeOf(target, String(key), args);
          if (range !== undefined) onStore(target.byteOffset + range.offset, range.length);
          return result;
        };
      },
      set: (target, key, value) => {
        const done = Reflect.set(target, key, value, target);
        onStore(target.byteOffset + Number(key) * width, width);
        return done;
      },
    });
    this.#watchers.set(proxy, onStore);
    const isAtomic = view instanceof Words || view instanceof Longs;
    if (isAtomic) this.#originals.set(proxy, view as Int32Array);
    return proxy;
  }

  #storePieces(into: Uint8Array, what: ArrayLike<number>, to: number, onStore: OnStore): void {
    const from = Octets.from(what);
    const step = this.#pieceBytes;
    for (let at = 0; at < from.length; at += step) {
      const piece = from.subarray(at, Math.min(from.length, at + step));
      into.set(piece, to + at);
      onStore(into.byteOffset + to + at, piece.length);
    }
  }

  /** The atomic operations, which accept only originals. */
  #atomics(): object {
    const [originals, watchers] = [this.#originals, this.#watchers];
    return {
      load: (array: Int32Array, index: number) => load(originals.get(array) ?? array, index),
      store: (array: Int32Array, index: number, value: number) => {
        const original = originals.get(array);
        const stored = store(original ?? array, index, value);
        if (original !== undefined) {
          const width = original.BYTES_PER_ELEMENT;
          watchers.get(array)?.(original.byteOffset + index * width, width);
        }
        return stored;
      },
    };
  }
}

/** The bytes that a method has written. */
function rangeOf(
  view: View,
  method: string,
  args: readonly unknown[],
): { readonly offset: number; readonly length: number } | undefined {
  const [first, second, third] = args;
  if (view instanceof Viewer) {
    const bits = /^set(?:Int|Uint|Float|BigInt|BigUint)(\d+)$/.exec(method)?.[1];
    return bits === undefined ? undefined : { offset: Number(first), length: Number(bits) / 8 };
  }
  if (method === 'fill') return { offset: Number(second), length: Number(third) - Number(second) };
  return undefined;
}
