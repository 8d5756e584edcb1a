/** Events of `node:http` and `node:https`, client and server. */
import { string, u16, u32, u64 } from '../../../src/tracer/types.ts';
import { makeIds, makeStopwatch, type Stopwatch, timedSource } from './ids.ts';
import { channelSource, type Source } from './source.ts';
import { at, errorOf, numberAt, textAt } from './values.ts';

const ids = makeIds();
const CLIENT_START = 'http.client.request.start';
const SERVER_START = 'http.server.request.start';
const clientWatch = makeStopwatch(CLIENT_START, requestOf);
const serverWatch = makeStopwatch(SERVER_START, requestOf);

const clientFields = {
  requestId: u32,
  method: string,
  protocol: string,
  host: string,
  path: string,
};

const serverFields = { requestId: u32, method: string, url: string };

export const httpSources: readonly Source[] = [
  channelSource('http.client.request.created', clientFields, clientRequest),
  channelSource(CLIENT_START, clientFields, clientRequest),
  timedSource(
    'http.client.response.finish',
    { ...clientFields, status: u16, durationUs: u64 },
    clientWatch,
    (message) => ({ ...clientRequest(message), ...outcomeOf(message, clientWatch) }),
  ),
  channelSource(
    'http.client.request.error',
    { ...clientFields, code: string, message: string },
    (message) => ({ ...clientRequest(message), ...errorOf(at(message, 'error')) }),
    'err',
  ),
  channelSource(
    SERVER_START,
    { ...serverFields, remoteAddress: string, remotePort: u16 },
    (message) => ({
      ...serverRequest(message),
      remoteAddress: textAt(message, 'socket', 'remoteAddress'),
      remotePort: numberAt(message, 'socket', 'remotePort'),
    }),
  ),
  channelSource('http.server.response.created', serverFields, serverRequest),
  timedSource(
    'http.server.response.finish',
    { ...serverFields, status: u16, durationUs: u64 },
    serverWatch,
    (message) => ({ ...serverRequest(message), ...outcomeOf(message, serverWatch) }),
  ),
];

function outcomeOf(message: unknown, stopwatch: Stopwatch): { status: number; durationUs: number } {
  return {
    status: numberAt(message, 'response', 'statusCode'),
    durationUs: stopwatch.elapsedUs(requestOf(message)),
  };
}

function requestOf(message: unknown): unknown {
  return at(message, 'request');
}

function clientRequest(message: unknown): {
  requestId: number;
  method: string;
  protocol: string;
  host: string;
  path: string;
} {
  const request = requestOf(message);
  return {
    requestId: ids.idOf(request),
    method: textAt(request, 'method'),
    protocol: textAt(request, 'protocol'),
    host: textAt(request, 'host'),
    path: textAt(request, 'path'),
  };
}

function serverRequest(message: unknown): { requestId: number; method: string; url: string } {
  const request = requestOf(message);
  return {
    requestId: ids.idOf(request),
    method: textAt(request, 'method'),
    url: textAt(request, 'url'),
  };
}
