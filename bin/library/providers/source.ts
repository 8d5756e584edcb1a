/**
 * A source of events in Node itself. It defines a tracepoint, and is watched only while the tracepoint is enabled: a
 * disabled source costs nothing. A source never throws into the program.
 */
import * as channels from 'node:diagnostics_channel';
import type { LogLevelName } from '../../../src/event/model.ts';
import { isOwnSocket } from '../../../src/os/connect.ts';
import type { Tracer } from '../../../src/tracer/tracer.ts';
import type { PayloadOf, Schema } from '../../../src/tracer/types.ts';
import { guarded } from '../guest/guarded.ts';
import { at } from './values.ts';

/** The channel on which Node publishes each socket that connects. */
const NEW_SOCKETS = 'net.client.socket';

/** Stops watching. */
export type Unwatch = () => void;

/** Starts watching; passes the payload of each event to `record`. */
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

/** A source for a diagnostics channel of Node, which names the event. `read` receives the published message. */
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

/** `listener` may throw: a program can publish other messages than Node on Node's channels. */
export function subscribe(channelName: string, listener: (message: unknown) => void): Unwatch {
  const subscriber = guarded(channelName === NEW_SOCKETS ? exceptOurs(listener) : listener);
  channels.subscribe(channelName, subscriber);
  return () => {
    channels.unsubscribe(channelName, subscriber);
  };
}

/** The library's own sockets are no events of the program. */
function exceptOurs(listener: (message: unknown) => void): (message: unknown) => void {
  return (message) => {
    if (!isOwnSocket(at(message, 'socket'))) listener(message);
  };
}
