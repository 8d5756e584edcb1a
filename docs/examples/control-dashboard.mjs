/**
 * A dashboard: `GET /` is a page with the sessions of this user and the traced programs, `GET /state` the same as JSON,
 * and `GET /changes` tells the page when a session changes its state. The argument is its port; it ends on SIGTERM.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'lttng-ts/control';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>lttng-ts</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; color: #222 }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid #ddd }
  .active { color: #0a7d33; font-weight: 600 }
</style>
<h1>Sessions</h1>
<table><thead><tr><th>name<th>state<th>streams<th>lost events</thead><tbody id="sessions"></tbody></table>
<h1>Programs</h1>
<table><thead><tr><th>name<th>pid<th>tracepoints</thead><tbody id="apps"></tbody></table>
<script>
  const fill = (id, rows) => {
    const body = document.getElementById(id);
    body.replaceChildren(...rows.map((cells) => {
      const row = document.createElement('tr');
      // Names come from other programs: as text, never as HTML.
      for (const text of cells) row.insertCell().textContent = text;
      row.className = cells[1];
      return row;
    }));
  };
  const show = async () => {
    const { sessions, apps } = await (await fetch('/state')).json();
    fill('sessions', sessions.map((s) => [s.name, s.state, s.streams, s.lost?.events ?? 0]));
    fill('apps', apps.map((a) => [a.processName, a.pid, a.tracepoints.length]));
  };
  new EventSource('/changes').onmessage = show;
  show();
</script>
`;

const control = await connect();
const pages = new Set();

async function answer({ url }, response) {
  if (url === '/') response.setHeader('content-type', 'text/html').end(PAGE);
  else if (url === '/state') {
    const [sessions, apps] = await Promise.all([control.list(), control.apps()]);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sessions, apps }));
  } else if (url === '/changes') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    pages.add(response);
    response.on('close', () => pages.delete(response));
  } else response.writeHead(404).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch(({ code, message }) => {
    response.writeHead(503).end(`${message} (${code})`);
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
process.on('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await control.close();
});

if (!server.listening) await once(server, 'listening');
for await (const { session, now } of control.watch()) {
  for (const page of pages) page.write(`data: ${session.name} ${now ?? 'gone'}\n\n`);
}
