/** Events of `node:http` and `node:https`, client and server. */
import { string, u16, u32, u64 } from '../../src/tracer/types.ts';
import { makeIds, makeStopwatch } from './ids.ts';
import { channelSource, type Source, source, subscribe } from './source.ts';
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

export const httpSources: readonly Source[] = [
  channelSource('http.client.request.created', clientFields, clientRequest),
  channelSource(CLIENT_START, clientFields, clientRequest),
  source(
    'node:http_client_response_finish',
    { ...clientFields, status: u16, durationUs: u64 },
    (record) => {
      const unwatch = clientWatch.watch();
      const unsubscribe = subscribe('http.client.response.finish', (message) =>
        record({
          ...clientRequest(message),
          status: numberAt(message, 'response', 'statusCode'),
          durationUs: clientWatch.elapsedUs(requestOf(message)),
        }),
      );
      return () => {
        unwatch();
        unsubscribe();
      };
    },
  ),
  channelSource(
    'http.client.request.error',
    { ...clientFields, code: string, message: string },
    (message) => ({ ...clientRequest(message), ...errorOf(at(message, 'error')) }),
    'err',
  ),
  channelSource(
    SERVER_START,
    { requestId: u32, method: string, url: string, remoteAddress: string, remotePort: u16 },
    (message) => ({
      ...serverRequest(message),
      remoteAddress: textAt(message, 'socket', 'remoteAddress'),
      remotePort: numberAt(message, 'socket', 'remotePort'),
    }),
  ),
  channelSource(
    'http.server.response.created',
    { requestId: u32, method: string, url: string },
    serverRequest,
  ),
  source(
    'node:http_server_response_finish',
    { requestId: u32, method: string, url: string, status: u16, durationUs: u64 },
    (record) => {
      const unwatch = serverWatch.watch();
      const unsubscribe = subscribe('http.server.response.finish', (message) =>
        record({
          ...serverRequest(message),
          status: numberAt(message, 'response', 'statusCode'),
          durationUs: serverWatch.elapsedUs(requestOf(message)),
        }),
      );
      return () => {
        unwatch();
        unsubscribe();
      };
    },
  ),
];

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
