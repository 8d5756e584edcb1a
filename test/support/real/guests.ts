/** Programs that do not use tracing, each sensitive to a disturbance that a library in its process could cause. */

export interface Guest {
  readonly name: string;
  /** File name: Node selects the module type by it. */
  readonly file: string;
  readonly source: string;
  /** Arguments instead of the file. */
  readonly args?: (path: string) => readonly string[];
  readonly stdin?: string;
}

export const GUESTS: readonly Guest[] = [
  {
    name: 'prints and ends',
    file: 'print.mjs',
    source: `console.log('out %s', { a: 1, get b() { return console.log('getter'); } });
console.error(new Error('shown').message);
console.table([{ a: 1 }]);`,
  },
  {
    name: 'orders its callbacks',
    file: 'order.cjs',
    source: `process.nextTick(() => console.log('tick'));
Promise.resolve().then(() => console.log('promise'));
setImmediate(() => console.log('immediate'));
console.log('main', require.main === module, process.argv.length);`,
  },
  {
    name: 'exits in the middle',
    file: 'exit.cjs',
    source: `process.on('exit', (code) => console.log('exit', code));
setTimeout(() => console.log('never'), 60_000);
setTimeout(() => process.exit(7), 80);`,
  },
  {
    name: 'throws',
    file: 'throw.cjs',
    source: `function fail() { throw new TypeError('boom'); }
fail();`,
  },
  {
    name: 'throws later, in a module',
    file: 'later.mjs',
    source: `await null;
setTimeout(() => { throw new RangeError('later'); }, 80);`,
  },
  {
    name: 'rejects',
    file: 'reject.mjs',
    source: `Promise.reject(new Error('not handled'));
setTimeout(() => console.log('never'), 60_000);`,
  },
  {
    name: 'handles rejections itself',
    file: 'handled.cjs',
    source: `process.on('unhandledRejection', (reason) => console.log('handled', reason.message));
Promise.reject(new Error('mine'));`,
  },
  {
    name: 'reads its standard input',
    file: 'stdin.cjs',
    source: `process.stdin.pipe(process.stdout);`,
    stdin: 'one\ntwo\n',
  },
  {
    name: 'counts what keeps it alive',
    file: 'alive.cjs',
    // The program creates both streams first, and reads the counts after Node's own startup work is over.
    source: `console.log('out'); console.error('err');
setTimeout(() => console.log(
  process.getActiveResourcesInfo().sort(), process._getActiveHandles().length,
  process.eventNames(), process.getMaxListeners(), Object.keys(globalThis).length), 1000);`,
  },
  {
    name: 'has ten listeners',
    file: 'listeners.cjs',
    source: `for (let i = 0; i < 10; i++) process.on('exit', () => {});
for (let i = 0; i < 10; i++) process.on('uncaughtExceptionMonitor', () => {});
setTimeout(() => console.log('done'), 80);`,
  },
  {
    name: 'is a string',
    file: 'unused.cjs',
    source: '',
    args: () => ['-e', 'console.log(typeof require, __filename); process.exitCode = 3'],
  },
  {
    name: 'is a test',
    file: 'some.test.cjs',
    source: `const test = require('node:test');
test('passes', () => {});
test('fails', { skip: true }, () => { throw new Error('x'); });`,
    args: (path) => ['--test', '--test-reporter=tap', path],
  },
  {
    name: 'forks',
    file: 'fork.cjs',
    source: `if (process.send) {
  process.on('message', (text) => process.send(text + '!', () => process.disconnect()));
}
else {
  const child = require('node:child_process').fork(__filename);
  child.on('message', (text) => console.log(text));
  child.on('exit', (code) => console.log('child', code));
  child.send('ping');
}`,
  },
  {
    name: 'is a cluster',
    file: 'cluster.cjs',
    source: `const cluster = require('node:cluster'), http = require('node:http');
if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('listening', ({ port }) => http.get({ port }, (response) => {
    response.on('data', (bytes) => console.log(String(bytes)));
    response.on('end', () => worker.disconnect());
  }));
  worker.on('exit', (code) => console.log('worker', code));
} else http.createServer((_, response) => response.end('served')).listen(0);`,
  },
  {
    name: 'has worker threads',
    file: 'threads.mjs',
    source: `import { isMainThread, parentPort, Worker } from 'node:worker_threads';
if (isMainThread) {
  for (let n = 0; n < 3; n++) {
    const worker = new Worker(new URL(import.meta.url));
    const code = await new Promise((resolve) => {
      worker.on('message', (text) => console.log(text)).on('exit', resolve);
    });
    console.log('ended', code);
  }
} else { parentPort.postMessage('hello'); setTimeout(() => {}, 80); }`,
  },
];

/** The programs that live long enough to wait for a registry. */
export const LASTING = GUESTS.filter(({ source }) => source.includes('setTimeout'));
