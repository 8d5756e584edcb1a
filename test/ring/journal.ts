/**
 * Watches every store into one buffer, in order, by standing in for the views that code makes of it. So a test can
 * ask what a process that was killed between any two stores would have left.
 */
import { onTestFinished, vi } from 'vitest';

interface Store {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Journal {
  /** How many stores there were so far. */
  readonly length: number;
  /** Applies the stores from `from` to before `to` to a buffer that had the same content when watching began. */
  replay(target: ArrayBuffer, from: number, to: number): void;
  /** Watches no more; the views that were made still do. */
  stop(): void;
}

// As they are without anybody standing in.
const { load, store } = Atomics;
const [Words, Viewer] = [Int32Array, DataView];

type View = Int32Array | BigUint64Array | Float64Array | Uint8Array | DataView;

/** From now until the test ends, views made of `buffer` note what is stored through them. */
export function watchStores(buffer: ArrayBuffer): Journal {
  const memory = new Uint8Array(buffer);
  const stores: Store[] = [];
  const originals = new WeakMap<object, Int32Array>();
  const note = (offset: number, length: number): void => {
    stores.push({ offset, bytes: memory.slice(offset, offset + length) });
  };

  const standIn = (Original: new (buffer: ArrayBuffer, start?: number, length?: number) => View) =>
    class {
      constructor(source: ArrayBuffer, start?: number, length?: number) {
        const view = new Original(source, start, length);
        // biome-ignore lint/correctness/noConstructorReturn: it stands in for a view
        return source === buffer ? watched(view) : view;
      }
    };

  const watched = (view: View): View => {
    const width = view instanceof Viewer ? 1 : view.BYTES_PER_ELEMENT;
    const proxy = new Proxy(view, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = Reflect.apply(value, target, args);
          const range = rangeOf(target, String(key), args);
          if (range !== undefined) note(target.byteOffset + range.offset, range.length);
          return result;
        };
      },
      set: (target, key, value) => {
        const done = Reflect.set(target, key, value, target);
        note(target.byteOffset + Number(key) * width, width);
        return done;
      },
    });
    if (view instanceof Words) originals.set(proxy, view);
    return proxy;
  };

  for (const Original of [Int32Array, BigUint64Array, Float64Array, Uint8Array, DataView]) {
    vi.stubGlobal(Original.name, standIn(Original));
  }
  vi.stubGlobal('Atomics', {
    load: (array: Int32Array, index: number) => load(originals.get(array) ?? array, index),
    store: (array: Int32Array, index: number, value: number) => {
      const original = originals.get(array);
      const stored = store(original ?? array, index, value);
      if (original !== undefined) note(original.byteOffset + index * 4, 4);
      return stored;
    },
  });
  const stop = (): void => {
    vi.unstubAllGlobals();
  };
  onTestFinished(stop);
  return {
    get length() {
      return stores.length;
    },
    stop,
    replay: (target, from, to) => {
      const bytes = new Uint8Array(target);
      for (const { offset, bytes: stored } of stores.slice(from, to)) bytes.set(stored, offset);
    },
  };
}

/** Which bytes a method has written. */
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
  if (method === 'set') return { offset: Number(second), length: (first as Uint8Array).length };
  if (method === 'fill') return { offset: Number(second), length: Number(third) - Number(second) };
  return undefined;
}
