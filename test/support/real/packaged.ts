/** Programs that need packages of `test/programs/package.json`. */
import type { Program } from './program.ts';

const SERVE = `const done = (server) => {
  const { port } = server.address();
  require('http').get({ port, headers: { connection: 'close' } }, (got) => {
    got.on('data', (bytes) => console.log(String(bytes))).on('end', () => server.close());
  });
};`;
export const PACKAGED: readonly Program[] = [
  {
    name: 'express',
    files: {
      'a.cjs': `${SERVE} const app = require('express')();
app.get('/', (_, answer) => answer.send('express'));
const server = app.listen(0, () => done(server));`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'fastify',
    files: {
      'a.cjs': `${SERVE} const app = require('fastify')(); app.get('/', async () => 'fastify');
app.listen({ port: 0 }).then(() => {
  done({ address: () => app.server.address(), close: () => app.close() });
});`,
    },
    args: ['a.cjs'],
  },
  {
    name: 'jest',
    files: {
      'a.test.js':
        'test("adds", () => expect(1 + 1).toBe(2));' +
        'test("cache", () => expect(Object.keys(require.cache)).toEqual([]));',
      'package.json': '{ "jest": { "watchman": false } }',
    },
    args: ['node_modules/jest/bin/jest.js', '--no-cache', '--ci'],
  },
  {
    name: 'mocha',
    files: {
      'a.js':
        'it("adds", () => require("assert").equal(1 + 1, 2)); it("fails", () => require("assert").equal(1, 2));',
    },
    args: ['node_modules/mocha/bin/mocha.js', 'a.js'],
  },
  {
    name: 'tsx',
    files: { 'a.ts': 'enum E { A = 2 } console.log(E.A as number)' },
    args: ['node_modules/tsx/dist/cli.mjs', 'a.ts'],
  },
  {
    name: 'tsx by --require',
    files: { 'a.ts': 'const n: number = 3; console.log(n, module.parent)' },
    args: ['-r', 'tsx/cjs', 'a.ts'],
    needs: 'tsx',
  },
  {
    name: 'tsx by --import',
    files: { 'a.ts': 'const n: number = 3; console.log(n); export {}' },
    args: ['--import', 'tsx', 'a.ts'],
    needs: 'tsx',
  },
  {
    name: 'esbuild-register',
    files: { 'a.ts': 'const n: number = 3; console.log(n)' },
    args: ['-r', 'esbuild-register', 'a.ts'],
  },
  {
    name: 'coffeescript',
    files: { 'a.coffee': 'console.log [1..3]' },
    args: ['-r', 'coffeescript/register', 'a.coffee'],
  },
  {
    name: 'esbuild',
    files: { 'a.js': 'import b from "./b.js"; console.log(b)', 'b.js': 'export default 1' },
    args: [
      'node_modules/esbuild/bin/esbuild',
      'a.js',
      '--bundle',
      '--outfile=out.js',
      '--log-level=warning',
    ],
  },
  {
    name: 'vite',
    files: { 'index.html': '<script type="module" src="a.js"></script>', 'a.js': 'console.log(1)' },
    args: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
    node: 22,
  },
  {
    name: 'piscina',
    files: {
      'a.cjs': `const { Piscina } = require('piscina');
const pool = new Piscina({ filename: __dirname + '/w.cjs', maxThreads: 2 });
Promise.all([1, 2, 3].map((n) => pool.run(n))).then(async (all) => { console.log(all); await pool.destroy(); });`,
      'w.cjs': 'module.exports = (n) => n * 2;',
    },
    args: ['a.cjs'],
  },
  {
    name: 'vitest',
    files: {
      'a.test.js':
        'import { expect, it } from "vitest"; it("adds", () => expect(1 + 1).toBe(2));' +
        'it("fails", () => expect(1).toBe(2));',
    },
    args: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', '--pool=threads'],
  },
  {
    name: 'vitest with processes',
    files: {
      'a.test.js': 'import { expect, it } from "vitest"; it("adds", () => expect(2).toBe(2));',
    },
    args: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', '--pool=forks'],
    needs: 'vitest',
  },
  {
    name: 'pm2',
    files: {
      'a.cjs': `const say = (text) => require('fs').writeSync(1, text + '\\n');
console.log = () => {};
process.env.PM2_HOME = __dirname;
const pm2 = require('pm2');
pm2.connect(true, () => pm2.launchBus((_, bus) => {
  bus.on('log:out', ({ data }) => say(data.trim()));
  bus.on('process:event', ({ event, process: kid }) => {
    if (event !== 'exit') return;
    say(kid.name + ' ended');
    setTimeout(() => process.exit(0), 100);
  });
  pm2.start({ script: './kid.cjs', autorestart: false }, (failed) => { if (failed) throw failed; });
}));`,
      // To one that ends at once pm2 writes now and then when its channel is closed, and prints ERR_STREAM_DESTROYED.
      'kid.cjs': `console.log("kid", process.argv.length);
process.send("ready");
setTimeout(() => process.disconnect(), 500);`,
    },
    args: ['a.cjs'],
  },
].map((program): Program => ({ needs: program.name, ...program }));
