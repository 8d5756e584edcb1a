/** Programs that tests trace, written into the test's sandbox and run as an ordinary user runs them. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIBRARY, type Place } from './sandbox.ts';

/** Writes `source` to `name`, readable by every account of the sandbox. A rename makes the file visible as a whole. */
export function writeProgram(place: Place, name: string, source: string): string {
  const path = join(place.directory, name);
  writeFileSync(`${path}.new`, source, { mode: 0o644 });
  renameSync(`${path}.new`, path);
  return path;
}

/**
 * Records `test:tick` with the numbers 0, 1, 2, … and prints the number of recorded events after each batch of `batch`,
 * every `pauseMs`. Ends after `total` events, or never when that is 0.
 */
export function tickProgram(
  place: Place,
  options: { batch: number; pauseMs: number; total: number },
): string {
  return writeProgram(
    place,
    `tick-${options.batch}-${options.pauseMs}-${options.total}.mjs`,
    `import { writeSync } from 'node:fs';
import { string, tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32, text: string });
let n = 0;
function batch() {
  for (let i = 0; i < ${options.batch}; i++) tick({ n: n++, text: 'payload ' + (n % 10) });
  writeSync(1, n + '\\n');
  if (${options.total} === 0 || n < ${options.total}) setTimeout(batch, ${options.pauseMs});
}
batch();
`,
  );
}

/** An HTTP server and `requests` requests to it, a few at a time; prints the number of responses. */
export function serverProgram(place: Place, requests: number): string {
  return writeProgram(
    place,
    `server-${requests}.cjs`,
    `const http = require('node:http');
const server = http.createServer((request, response) => {
  response.setHeader('content-type', 'text/plain');
  response.end('hello ' + request.url);
});
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  let next = 0, answered = 0;
  const client = async () => {
    while (next < ${requests}) {
      const response = await fetch('http://127.0.0.1:' + port + '/' + next++);
      if ((await response.text()).startsWith('hello')) answered++;
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  console.log(answered + ' answered');
  server.close();
  server.closeAllConnections();
});
`,
  );
}

/** Waits for the file `gate`, records `total` events `test:tick` at once, prints that it did, and ends. */
export function burstProgram(place: Place, gate: string, total: number): string {
  return writeProgram(
    place,
    `burst-${total}.mjs`,
    `import { existsSync, writeSync } from 'node:fs';
import { string, tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32, text: string });
writeSync(1, 'ready\\n');
const timer = setInterval(() => {
  if (!existsSync('${gate}')) return;
  clearInterval(timer);
  for (let n = 0; n < ${total}; n++) tick({ n, text: 'payload ' + (n % 10) });
  writeSync(1, 'emitted\\n');
}, 5);
`,
  );
}
