/**
 * Programs that people run, as they are run: with packages and flags, in releases of Node, in odd surroundings. Each
 * must behave the same when `lttng record` starts it. `test/programs/package.json` lists the packages and releases.
 */

import { PACKAGED } from './packaged.ts';
import type { Program } from './program.ts';

const STACK = `console.log(new Error('shown').stack);
const raised = (f) => { try { f(); } catch (error) { console.log(error.code, error.stack); } };`;

const plain: readonly Program[] = [
  {
    name: 'a file without a known extension',
    files: { 'a.txt': 'console.log(1)' },
    args: ['a.txt'],
  },
  {
    name: 'a script from standard input',
    args: ['-'],
    stdin: 'console.log(__filename, process.argv)',
  },
  { name: 'an expression', args: ['-p', 'process.argv.length + process.execArgv.join()'] },
  {
    name: 'ESM from a string',
    args: ['--input-type=module', '-e', 'console.log(import.meta.url)'],
  },
  {
    name: 'a module that shows its parent, its paths and the cache',
    files: {
      'a.cjs': `console.log(module.parent, require.main === module, module.paths.length, module.children.length);
console.log(Object.keys(require.cache));`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'an ESM graph with CommonJS in it',
    files: {
      'a.mjs': `import b, { named } from './b.cjs'; import * as c from './c.mjs';
console.log(b, named, c.default, (await import('./c.mjs')) === c);`,
      'b.cjs': 'exports.named = require("./d.json").n;',
      'c.mjs': 'export default import.meta.dirname === undefined;',
      'd.json': '{ "n": 1 }',
    },
    args: ['a.mjs'],
  },
  {
    name: 'stacks of errors in CommonJS',
    files: {
      'a.cjs': `${STACK} raised(() => require('./none')); raised(() => require('./b.mjs'));`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'stacks of errors in ESM',
    files: { 'a.mjs': `${STACK} await import('./none.mjs').catch((e) => console.log(e.stack));` },
    args: ['a.mjs'],
  },
  { name: 'a syntax error', files: { 'a.cjs': 'let let = 1;' }, args: ['a.cjs'] },
  { name: 'a missing file', args: ['none.js'] },
  {
    name: 'the order of its callbacks',
    files: {
      'a.cjs': `const say = (text) => () => console.log(text);
setTimeout(say('timeout')); setImmediate(say('immediate')); process.nextTick(say('tick'));
Promise.resolve().then(say('promise')); queueMicrotask(say('microtask')); say('main')();`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'a listener for exit that throws',
    files: { 'a.cjs': 'process.on("exit", () => { throw new Error("x"); })' },
    args: ['a.cjs'],
  },
  {
    name: 'a listener for exit that shows its stack',
    files: {
      'a.cjs':
        'process.on("exit", (code) => console.log(code, new Error("x").stack)); process.exitCode = 4;',
    },
    args: ['a.cjs'],
  },
  {
    name: 'a listener for uncaught exceptions',
    files: {
      'a.cjs': `process.on('uncaughtException', (error, origin) => {
  console.log(origin, new Error('here').stack, error.message);
});
setTimeout(() => { throw new Error('later'); });`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'what process shows',
    files: {
      'a.cjs': `console.log(process.eventNames(), Object.keys(process), process.listenerCount('exit'));
console.log(process.execArgv);
console.log(Reflect.ownKeys(globalThis).length, require('module').builtinModules.length, process.title);`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'its handles and descriptors',
    files: {
      'a.cjs': `console.log(process.getActiveResourcesInfo().length > 9);
setTimeout(() => console.log(process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap').sort()), 300);`,
    },
    args: ['a.cjs'],
  },
];

const processes: readonly Program[] = [
  {
    name: 'a child that ends at its first message',
    files: {
      'a.cjs':
        'require("child_process").fork("./kid.cjs").on("exit", (code) => console.log(code)).send(1)',
      'kid.cjs': 'process.on("message", () => process.disconnect())',
    },
    args: ['a.cjs'],
  },
  {
    name: 'a child that answers each message',
    files: {
      'a.cjs': `const kid = require('child_process').fork('./kid.cjs'); let left = 20;
for (let n = 0; n < 20; n++) kid.send(n);
kid.on('message', (n) => { console.log(n); if (--left === 0) kid.disconnect(); });`,
      'kid.cjs': 'process.on("message", (n) => process.send(n))',
    },
    args: ['a.cjs'],
  },
  {
    name: 'a child with its own preload and an empty environment',
    files: {
      'a.cjs': `const { spawnSync } = require('child_process');
console.log(String(spawnSync(process.execPath, ['-r', './pre.cjs', '-p', '1'], { env: {} }).stdout));`,
      'pre.cjs': 'console.log("preloaded");',
    },
    args: ['a.cjs'],
  },
  {
    name: 'a cluster',
    files: {
      'a.cjs': `const cluster = require('cluster'), http = require('http');
if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('listening', ({ port }) => http.get({ port, headers: { connection: 'close' } }, (got) => {
    got.on('data', (bytes) => console.log(String(bytes))).on('end', () => worker.disconnect());
  }));
  worker.on('exit', (code) => console.log('worker', code));
} else http.createServer((_, answer) => answer.end('served')).listen(0);`,
    },
    args: ['a.cjs'],
  },
  ...workers(),
];

function workers(): readonly Program[] {
  const body =
    'const { parentPort, threadId } = require("worker_threads");' +
    'parentPort.postMessage([threadId, module.parent === null]);';
  const run = (make: string): string => `const { Worker } = require('worker_threads');
const worker = ${make};
worker.on('message', (text) => console.log(text)).on('error', ({ message }) => console.log(message));
worker.on('exit', console.log);`;
  return [
    ['a file', "new Worker('./w.cjs')"],
    ['a string', `new Worker(${JSON.stringify(body)}, { eval: true })`],
    [
      'a data URL',
      "new Worker(new URL('data:text/javascript," +
        'import { parentPort } from "worker_threads"; parentPort.postMessage(2)\'))',
    ],
    ['a file without execArgv', "new Worker('./w.cjs', { execArgv: [] })"],
    ['a file with an environment of its own', "new Worker('./w.cjs', { env: { A: 'b' } })"],
    [
      'a file with streams of its own',
      "new Worker('./w.cjs', { stdin: true, stdout: true, stderr: true })",
    ],
    ['a file that throws', "new Worker('./bad.cjs')"],
  ].map(([name = '', make = '']) => ({
    name: `a worker thread from ${name}`,
    files: { 'a.cjs': run(make), 'w.cjs': body, 'bad.cjs': 'throw new Error("worker")' },
    args: ['a.cjs'],
  }));
}

const ENDING = { 'a.cjs': 'setTimeout(() => console.log("end"), 300)' };
const surroundings: readonly Program[] = [
  {
    name: 'a program without native addons',
    files: ENDING,
    args: ['--no-addons', 'a.cjs'],
    isUntraced: true,
  },
  { name: 'frozen intrinsics', files: ENDING, args: ['--frozen-intrinsics', 'a.cjs'] },
  {
    name: 'no code from strings',
    files: ENDING,
    args: ['--disallow-code-generation-from-strings', 'a.cjs'],
  },
  {
    name: 'strict warnings',
    files: ENDING,
    args: ['--throw-deprecation', '--pending-deprecation', '--trace-warnings', 'a.cjs'],
  },
  { name: 'no prototype accessors', files: ENDING, args: ['--disable-proto=throw', 'a.cjs'] },
  { name: 'a small heap', files: ENDING, args: ['--max-old-space-size=40', 'a.cjs'] },
  {
    name: 'NODE_OPTIONS with quotes and spaces',
    files: { 'a.cjs': 'console.log(globalThis.pre)', 'a file.cjs': 'globalThis.pre = 1' },
    args: ['a.cjs'],
    environment: { NODE_OPTIONS: '--require "./a file.cjs" --title="a b"' },
  },
  { name: 'no home', files: ENDING, args: ['a.cjs'], environment: { HOME: undefined } },
  { name: 'another home', files: ENDING, args: ['a.cjs'], environment: { HOME: '/nonexistent' } },
  {
    name: 'no environment',
    files: { 'a.cjs': 'console.log(process.env)' },
    args: ['a.cjs'],
    shell: 'exec env -i "$@"',
    isUntraced: true,
  },
  {
    name: 'closed standard streams',
    files: { 'a.cjs': 'require("fs").writeFileSync("out", "x")' },
    args: ['a.cjs'],
    shell: 'exec "$@" <&- >&- 2>&-',
  },
  {
    name: 'few descriptors',
    files: ENDING,
    args: ['a.cjs'],
    shell: 'ulimit -n 24; exec "$@"',
    isUntraced: true,
  },
  {
    name: 'a working directory that is gone',
    files: ENDING,
    args: ['-e', 'try { process.cwd() } catch (error) { console.log(error.code) }'],
    shell: 'mkdir gone; cd gone; rmdir ../gone; exec "$@"',
  },
  {
    name: 'an extra descriptor',
    files: { 'a.cjs': 'console.log(require("fs").readFileSync(7, "utf8"))' },
    args: ['a.cjs'],
    shell: 'exec 7<a.cjs; exec "$@"',
  },
  {
    name: 'a program that a signal ends',
    files: {
      'a.cjs':
        'setTimeout(() => process.kill(process.pid, "SIGTERM"), 100); setTimeout(() => {}, 9000)',
    },
    args: ['a.cjs'],
  },
];

const MODELS = [22, 26].flatMap((node) =>
  [
    ['the permission model', '--allow-fs-read=*'],
    ['the permission model, which allows its directory alone', '--allow-fs-read=./'],
  ].map(
    ([name = '', allowed = '']): Program => ({
      name,
      files: ENDING,
      args: ['--permission', allowed, 'a.cjs'],
      node,
      isUntraced: true,
    }),
  ),
);
const releases: readonly Program[] = [14, 16, 18, 22, 24, 26].flatMap((node) => [
  {
    name: 'a plain program',
    files: ENDING,
    args: ['a.cjs'],
    node,
    ...(node < 20 ? { isUntraced: true as const } : {}),
  },
  {
    name: 'a child that ends at its first message',
    files: {
      'a.cjs':
        'require("child_process").fork("./kid.cjs").on("exit", (code) => console.log(code)).send(1)',
      'kid.cjs': 'process.on("message", () => process.disconnect())',
    },
    args: ['a.cjs'],
    node,
    ...(node < 20 ? { isUntraced: true as const } : {}),
  },
]);

export const PROGRAMS: readonly Program[] = [
  ...plain,
  ...processes,
  ...surroundings,
  ...MODELS,
  ...releases,
  ...PACKAGED,
];
