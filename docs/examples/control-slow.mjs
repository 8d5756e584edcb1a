/**
 * A server that records its last moments into memory, and copies them to a trace when a request was slow. Nothing is
 * written before. It answers three requests of its own and ends.
 */
import { createServer } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';
import { string, tracepoint, u32 } from 'lttng-ts';
import { connect } from 'lttng-ts/control';

const SLOW_MS = 100;
const queried = tracepoint('shop:query', { path: string, rows: u32 });

const control = await connect();
const session = `slow-${process.pid}`;
await control.create(session, { flightRecorder: true });
await control.addEvent(session, ['shop:*', 'node:http_server_*'], {
  target: { kind: 'pid', pid: process.pid },
});
// A registry that has just started does not know this process yet.
while (!(await control.apps()).some(({ pid }) => pid === process.pid)) await pass(10);
await control.start(session);

let copying;
/** One snapshot at a time: slow requests come together. */
function snapshot(reason) {
  copying ??= control.snapshot(session).then(({ path }) => {
    console.log(`${reason}: lttng view ${path}`);
    copying = undefined;
  });
  return copying;
}

const server = createServer(async (request, response) => {
  const begun = performance.now();
  queried({ path: request.url, rows: request.url === '/report' ? 90_000 : 1 });
  if (request.url === '/report') await pass(2 * SLOW_MS);
  response.end();
  const ms = performance.now() - begun;
  if (ms > SLOW_MS) await snapshot(`${request.url} was slow`);
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (const path of ['/a', '/report', '/b']) await fetch(`http://127.0.0.1:${port}${path}`);
  server.close();
  await copying;
  await control.destroy(session);
  await control.close();
});
