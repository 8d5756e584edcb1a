/**
 * The entry point of the package for programs: typed tracepoints, markers, and contexts.
 *
 * ```ts
 * import { f64, string, tracepoint, u32 } from 'lttng-ts';
 *
 * const orderPlaced = tracepoint('shop:order_placed', { orderId: u32, amount: f64, customer: string });
 * orderPlaced({ orderId: 7, amount: 12.5, customer: 'Ada' });
 * ```
 *
 * Importing it registers the thread with the registries in the background. Events before the end of the registration
 * are not recorded; to record them too, start the program with `node --require lttng-ts/register`.
 */

import { APP_CONTEXT_PREFIX } from '../src/event/context.ts';
import type { LogLevelName } from '../src/event/model.ts';
import { type Marker, makeMarker } from '../src/tracer/markers.ts';
import type { Tracepoint } from '../src/tracer/tracer.ts';
import type { PayloadOf, Schema } from '../src/tracer/types.ts';
import { type Engine, makeEngine } from './library/engine.ts';
import { threadInstance } from './library/instance.ts';

export type { LogLevelName } from '../src/event/model.ts';
export type { Tracepoint } from '../src/tracer/tracer.ts';
export type { PayloadOf, PayloadType, Schema, ValueOf } from '../src/tracer/types.ts';
export {
  array,
  bool,
  enumeration,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  sequence,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../src/tracer/types.ts';

const loadEngine = (): Engine =>
  makeEngine(async (ofThread, onSettled) => {
    const { connect } = await import('./library/connect.ts');
    return connect(ofThread, onSettled);
  });
const instance = threadInstance(loadEngine);
instance.engine ??= loadEngine();
const { tracer } = instance.engine;
instance.start();

/**
 * Defines a tracepoint, or returns the existing one with the same name, schema and log level.
 *
 * @param name `provider:event`, at most 255 bytes of printable text.
 * @param schema Fields in order: names that are C identifiers, and their types.
 * @throws TypeError when a trace cannot represent a name or a type.
 */
export function tracepoint<const S extends Schema>(
  name: string,
  schema: S,
  options: { readonly logLevel?: LogLevelName } = {},
): Tracepoint<PayloadOf<S>> {
  return tracer.tracepoint(name, schema, options);
}

/**
 * Records a text under a name: `marker('deploy', 'v1.2')` is an event `marker:deploy` with the field `text`, of the log
 * level info. For what happens often, or has numbers, define a tracepoint.
 *
 * @param name at most 248 bytes of printable text.
 * @throws TypeError when a trace cannot represent the name, RangeError for more than 1024 names in one thread.
 */
export const marker: Marker = makeMarker(tracer);

/**
 * Publishes a value as the context `$app.NAME`: events that a session has asked to carry it have what `read` returns
 * at their moment, as text. Other events cost nothing. Another function for the same name replaces the first.
 *
 * ```ts
 * const requests = new AsyncLocalStorage<{ tenant: string }>();
 * context('tenant', () => requests.getStore()?.tenant);
 * ```
 *
 * @param name a C identifier of at most 64 characters.
 * @param read returns text, of which 256 characters are recorded, or a number. If it throws or returns anything else,
 * the value is empty.
 * @throws TypeError for a wrong name, RangeError for more than 64 names in one thread.
 */
export function context(name: string, read: () => unknown): void {
  tracer.contexts?.publish(`${APP_CONTEXT_PREFIX}${name}`, read);
}
