/**
 * Numbers for objects of Node that appear in several events, such as the start and the finish of a request. Numbers
 * ascend from 1 in each thread. A number lives as long as its object.
 */
import { NS_PER_US_BIGINT } from '../../../src/base/time.ts';
import type { PayloadOf, Schema } from '../../../src/tracer/types.ts';
import { eventNameOf, type Source, source, subscribe, type Unwatch } from './source.ts';

export interface Ids {
  /** The object's number; the first call assigns it. 0 for a value that is not an object. */
  idOf(object: unknown): number;
}

export function makeIds(): Ids {
  const ids = new WeakMap<object, number>();
  let last = 0;
  return {
    idOf(object) {
      if (typeof object !== 'object' || object === null) return 0;
      const known = ids.get(object);
      if (known !== undefined) return known;
      last = (last + 1) >>> 0;
      ids.set(object, last);
      return last;
    },
  };
}

/** Times since the object was first seen on one of `channels`. */
export interface Stopwatch {
  /** Subscribes to the channel; several users may watch at a time. */
  watch(): Unwatch;
  /** Microseconds since the object was published; 0 when no user watched then. */
  elapsedUs(object: unknown): number;
}

export function makeStopwatch(
  channelName: string,
  objectOf: (message: unknown) => unknown,
): Stopwatch {
  const begins = new WeakMap<object, bigint>();
  let watchers = 0;
  let unwatch: Unwatch | undefined;
  return {
    watch() {
      watchers++;
      unwatch ??= subscribe(channelName, (message) => {
        const object = objectOf(message);
        if (typeof object === 'object' && object !== null) {
          begins.set(object, process.hrtime.bigint());
        }
      });
      return () => {
        watchers--;
        if (watchers > 0) return;
        unwatch?.();
        unwatch = undefined;
      };
    },
    elapsedUs(object) {
      const begin = typeof object === 'object' && object !== null ? begins.get(object) : undefined;
      return begin === undefined ? 0 : Number((process.hrtime.bigint() - begin) / NS_PER_US_BIGINT);
    },
  };
}

/** Like `channelSource`, for an event whose payload needs the stopwatch, which runs while the event is enabled. */
export function timedSource<const S extends Schema>(
  channelName: string,
  schema: S,
  stopwatch: Stopwatch,
  read: (message: unknown) => PayloadOf<S>,
): Source {
  return source(eventNameOf(channelName), schema, (record) => {
    const unwatch = stopwatch.watch();
    const unsubscribe = subscribe(channelName, (message) => record(read(message)));
    return () => {
      unwatch();
      unsubscribe();
    };
  });
}
