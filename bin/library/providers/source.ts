/**
 * A source of events in Node itself. It becomes a tracepoint, and is watched only while that is enabled: what is not
 * traced costs nothing. What a source does inside the program never throws into it.
 */
import * as channels from 'node:diagnostics_channel';
import type { LogLevelName } from '../../../src/event/model.ts';
import type { Tracer } from '../../../src/tracer/tracer.ts';
import type { PayloadOf, Schema } from '../../../src/tracer/types.ts';
import { debugMistake } from '../guest/debug.ts';

/** Stops watching. */
export type Unwatch = () => void;

/** Starts watching; everything noteworthy goes to `record`. */
export type Watch<S extends Schema> = (record: (payload: PayloadOf<S>) => void) => Unwatch;

export interface Source {
  readonly name: string;
  readonly schema: Schema;
  readonly logLevel: LogLevelName;
  /** Defines the tracepoint and watches when it is enabled. */
  install(tracer: Pick<Tracer, 'tracepoint'>): void;
}

export function source<const S extends Schema>(
  name: string,
  schema: S,
  watch: Watch<S>,
  logLevel: LogLevelName = 'info',
): Source {
  return {
    name,
    schema,
    logLevel,
    install(tracer) {
      let unwatch: Unwatch | undefined;
      tracer.tracepoint(name, schema, {
        logLevel,
        onToggle: (tracepoint) =>
          guarded(() => {
            unwatch?.();
            unwatch = tracepoint.enabled ? watch(tracepoint) : undefined;
          })(),
      });
    },
  };
}

/** Of a diagnostics channel of Node; the event is named after it. `read` gets the message as it was published. */
export function channelSource<const S extends Schema>(
  channelName: string,
  schema: S,
  read: (message: unknown) => PayloadOf<S>,
  logLevel: LogLevelName = 'info',
): Source {
  return source(
    eventNameOf(channelName),
    schema,
    (record) => subscribe(channelName, (message) => record(read(message))),
    logLevel,
  );
}

/** Name of the event that stands for a diagnostics channel. */
export function eventNameOf(channelName: string): string {
  return `node:${channelName.replace(/[.:]/g, '_')}`;
}

/** `listener` may throw: what a program publishes is not always what its name promises. */
export function subscribe(channelName: string, listener: (message: unknown) => void): Unwatch {
  const subscriber = guarded(listener);
  channels.subscribe(channelName, subscriber);
  return () => {
    channels.unsubscribe(channelName, subscriber);
  };
}

/** The same function, which never throws. */
export function guarded<Arguments extends unknown[]>(
  call: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      call(...args);
    } catch (error) {
      debugMistake(error);
    }
  };
}
