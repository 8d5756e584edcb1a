/** Goal: each event of Node is in the trace of a program that causes it, with fields that agree. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlainEnum } from '../../../src/ctf/read/plain.ts';
import { writeProgram } from '../../support/real/programs.ts';
import { makePlace, type Place } from '../../support/real/sandbox.ts';
import { readTrace } from '../../support/real/traces.ts';
import type { ReadEvent } from '../../support/trace/read-trace.ts';

const PROGRAM = `import { spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { createSocket } from 'node:dgram';
import http from 'node:http';
import net from 'node:net';
import { Worker } from 'node:worker_threads';
console.log('hello %s', 'world', { n: 1, get got() { throw new Error('getter'); } });
console.info('info'); console.debug('debug'); console.warn('warn'); console.error('error');
const server = http.createServer((request, response) => { response.statusCode = 201; response.end('ok'); });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = 'http://127.0.0.1:' + server.address().port + '/path?x=1';
await (await fetch(url, { method: 'POST', body: 'b' })).text();
await new Promise((resolve) => http.get(url, (response) => response.resume().on('end', resolve)));
const closed = await new Promise((resolve) => {
  const other = net.createServer().listen(0, '127.0.0.1', () => {
    const none = 'http://127.0.0.1:' + other.address().port + '/none';
    other.close(() => resolve(none));
  });
});
await new Promise((resolve) => http.get(closed).on('error', resolve));
await fetch(closed).catch(() => {});
await new Promise((resolve) => net.createServer().on('error', resolve).listen(server.address().port, '127.0.0.1'));
await new Promise((resolve) => spawn('true', ['a', 'b']).on('exit', resolve));
await new Promise((resolve) => spawn('/does/not/exist').on('error', resolve));
await new Promise((resolve) => new Worker('', { eval: true }).on('exit', resolve));
createSocket('udp4').close();
server.close();
server.closeAllConnections();
const message = { text: 'said', list: [1n, NaN], get got() { throw new Error('getter'); } };
message.self = message;
channel('my:channel').publish(message);
channel('my:other').publish(message);
// Other publishers on Node's channel names must not make it fail.
channel('http.client.request.start').publish(null);
channel('child_process').publish({ process: { get pid() { throw new Error('getter'); } } });
channel('undici:request:create').publish({ get request() { throw new Error('getter'); } });
channel('tracing:module.require:end').publish({ id: './x.js', parentFilename: '/y.js' });
let junk = [];
for (let n = 0; n < 300_000; n++) junk.push({ n, text: 'x' + n });
await new Promise((resolve) => setTimeout(resolve, 1300));
console.error(junk.length);
junk = undefined;
setTimeout(() => { throw new TypeError('boom'); });
`;

let place: Place;
let events: readonly ReadEvent[];
let status: number | null;

beforeAll(async () => {
  place = makePlace();
  const program = writeProgram(place, 'program.mjs', PROGRAM);
  const output = join(place.directory, 'trace');
  const rules = ['-e', 'node:*,channel:my:channel'];
  const words = ['-q', 'record', ...rules, '-o', output, '--', process.execPath, program];
  ({ status } = await place.lttng(words));
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  ({ events } = trace);
});
afterAll(() => place.end());

const all = (name: string): ReadEvent['fields'][] =>
  events.filter((event) => event.name === name).map(({ fields }) => fields);
const first = (name: string): ReadEvent['fields'] => {
  const [found] = all(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

it('the process', () => {
  expect(status).toBe(1);
  expect(first('node:process_start')).toMatchObject({
    execPath: process.execPath,
    argv: [process.execPath, join(place.directory, 'program.mjs')],
    nodeVersion: process.version,
    cwd: place.homeOf(),
  });
  expect(events[0]?.name).toBe('node:process_start');
  expect(first('node:uncaught_exception')).toMatchObject({
    origin: 'uncaughtException',
    name: 'TypeError',
    message: 'boom',
  });
  expect(first('node:uncaught_exception')['stack']).toMatch(/^TypeError: boom\n {4}at /);
  // The end of the worker thread, which is a string, and that of the program.
  expect(all('node:process_exit')).toEqual([{ code: 0 }, { code: 1 }]);
  expect(events.at(-1)?.name).toBe('node:process_exit');
});

it('children and threads', () => {
  const [spawned, failed] = all('node:child_process');
  expect(spawned).toMatchObject({ file: 'true', args: ['true', 'a', 'b'] });
  expect(spawned?.['pid']).toBeGreaterThan(0);
  expect(failed).toMatchObject({ file: '/does/not/exist', pid: 0 });
  expect(first('node:worker_threads')).toEqual({ threadId: 1 });
});

it('the console', () => {
  expect(first('node:console_log')).toEqual({ message: 'hello world {"n":1,"got":"[getter]"}' });
  for (const method of ['info', 'debug', 'warn', 'error']) {
    expect(first(`node:console_${method}`)).toEqual({ message: method });
  }
});

it('HTTP, client and server', () => {
  const [start] = all('node:http_client_request_start');
  expect(start).toMatchObject({ method: 'GET', path: '/path?x=1', host: '127.0.0.1' });
  expect(first('node:http_client_response_finish')).toMatchObject({
    requestId: start?.['requestId'],
    status: 201,
    path: '/path?x=1',
  });
  expect(first('node:http_client_response_finish')['durationUs']).toBeGreaterThan(0);
  const [, refused] = all('node:http_client_request_start');
  expect(first('node:http_client_request_error')).toMatchObject({
    requestId: refused?.['requestId'],
    code: 'ECONNREFUSED',
  });
  const served = all('node:http_server_request_start');
  const answered = all('node:http_server_response_finish');
  expect(served.map(({ method }) => method)).toEqual(['POST', 'GET']);
  expect(answered.map(({ requestId }) => requestId)).toEqual(
    served.map(({ requestId }) => requestId),
  );
  expect(answered.map(({ status: code }) => code)).toEqual([201, 201]);
});

it('fetch', () => {
  const [request, refused] = all('node:undici_request_create');
  expect(request).toMatchObject({ method: 'POST', path: '/path?x=1' });
  expect(request?.['origin']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { requestId } = request ?? {};
  expect(first('node:undici_request_bodySent')).toEqual({ requestId });
  expect(first('node:undici_request_headers')).toEqual({ requestId, status: 201 });
  expect(first('node:undici_request_trailers')).toMatchObject({ requestId });
  expect(first('node:undici_client_connected')).toMatchObject({ host: '127.0.0.1' });
  expect(first('node:undici_client_connectError')).toMatchObject({ code: 'ECONNREFUSED' });
  expect(first('node:undici_request_error')).toMatchObject({
    requestId: refused?.['requestId'],
    code: 'ECONNREFUSED',
  });
});

it('sockets', () => {
  const { port } = first('node:tracing_net_server_listen_asyncEnd');
  expect(first('node:net_server_socket')).toMatchObject({
    localPort: port,
    remoteAddress: '127.0.0.1',
  });
  expect(first('node:tracing_net_server_listen_error')).toMatchObject({ code: 'EADDRINUSE' });
  expect(all('node:net_client_socket').length).toBeGreaterThan(1);
  expect(first('node:udp_socket')).toMatchObject({ type: 'udp4' });
});

it('modules', () => {
  expect(all('node:tracing_module_require_end')).toContainEqual({ id: './x.js', parent: '/y.js' });
});

it('the runtime', () => {
  const collections = all('node:gc');
  expect(collections.length).toBeGreaterThan(0);
  for (const { kind, durationNs } of collections) {
    const [label] = (kind as PlainEnum).labels;
    expect(['minor', 'major', 'incremental', 'weakCallbacks']).toContain(label);
    expect(durationNs).toBeGreaterThan(0);
  }
  const { minNs, meanNs, maxNs, utilization } = first('node:event_loop_delay');
  expect(minNs).toBeLessThanOrEqual(Number(meanNs));
  expect(meanNs).toBeLessThanOrEqual(Number(maxNs));
  expect(utilization).toBeGreaterThan(0);
  expect(utilization).toBeLessThanOrEqual(1);
});

it('a diagnostics channel by its name, and no other', () => {
  expect(all('channel:my:channel')).toEqual([
    { message: '{"text":"said","list":["1","NaN"],"got":"[getter]","self":"[circular]"}' },
  ]);
  expect(all('channel:my:other')).toEqual([]);
});
