/** Events of undici, the HTTP client behind `fetch`; also of the package of that name. */
import { string, u16, u32, u64 } from '../../../src/tracer/types.ts';
import { makeIds, makeStopwatch, timedSource } from './ids.ts';
import { channelSource, type Source } from './source.ts';
import { at, errorOf, numberAt, textAt } from './values.ts';

const CREATE = 'undici:request:create';
const ids = makeIds();
const stopwatch = makeStopwatch(CREATE, requestOf);
const hostFields = { protocol: string, host: string, port: string };

export const undiciSources: readonly Source[] = [
  channelSource(
    CREATE,
    { requestId: u32, method: string, origin: string, path: string },
    (message) => ({
      requestId: idOf(message),
      method: textAt(message, 'request', 'method'),
      origin: originOf(message),
      path: textAt(message, 'request', 'path'),
    }),
  ),
  channelSource('undici:request:bodySent', { requestId: u32 }, (message) => ({
    requestId: idOf(message),
  })),
  channelSource('undici:request:headers', { requestId: u32, status: u16 }, (message) => ({
    requestId: idOf(message),
    status: numberAt(message, 'response', 'statusCode'),
  })),
  timedSource(
    'undici:request:trailers',
    { requestId: u32, durationUs: u64 },
    stopwatch,
    (message) => ({
      requestId: idOf(message),
      durationUs: stopwatch.elapsedUs(requestOf(message)),
    }),
  ),
  channelSource(
    'undici:request:error',
    { requestId: u32, code: string, message: string },
    (message) => ({ requestId: idOf(message), ...errorOf(at(message, 'error')) }),
    'err',
  ),
  channelSource('undici:client:connected', hostFields, connectParams),
  channelSource(
    'undici:client:connectError',
    { ...hostFields, code: string, message: string },
    (message) => ({ ...connectParams(message), ...errorOf(at(message, 'error')) }),
    'err',
  ),
];

function requestOf(message: unknown): unknown {
  return at(message, 'request');
}

function idOf(message: unknown): number {
  return ids.idOf(requestOf(message));
}

/** The origin is text, or a URL object of the caller. */
function originOf(message: unknown): string {
  const origin = at(message, 'request', 'origin');
  return origin instanceof URL ? textAt(origin, 'origin') : textAt({ origin }, 'origin');
}

function connectParams(message: unknown): { protocol: string; host: string; port: string } {
  return {
    protocol: textAt(message, 'connectParams', 'protocol'),
    host: textAt(message, 'connectParams', 'hostname'),
    port: textAt(message, 'connectParams', 'port'),
  };
}
