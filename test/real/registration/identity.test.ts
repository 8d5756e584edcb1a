/**
 * Identity in registrations, with real processes: forks, clusters, threads, contexts, copies of the library, and a
 * program that drops its privileges. Each thread registers once, under its own ids, and no child inherits its
 * descriptors.
 */
import { cpSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appsOf, startRegistry, until } from '../../support/real/proc.ts';
import { writeProgram } from '../../support/real/programs.ts';
import { accountOf, LIBRARY, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../../support/real/traces.ts';

const member = accountOf('lttng-ts-a');
const WHY = 'several users are there for root only';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Sockets among the descriptors of a process, without its standard streams; the common pipe is shared. */
function channelsOf(pid: number): Set<string> {
  const links = readdirSync(`/proc/${pid}/fd`).map(
    (fd) => [Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`)] as const,
  );
  const isSocket = (target: string): boolean => target.startsWith('socket:');
  const found = new Set(links.flatMap(([, target]) => (isSocket(target) ? [target] : [])));
  for (const [fd, target] of links) if (fd < 3) found.delete(target);
  return found;
}

const REPORT = 'who.cjs';

/** Starts every kind of child; each prints `KIND PID` and stays alive. */
const FAMILY = `const { isMainThread, Worker, workerData } = require('node:worker_threads');
const { exec, fork } = require('node:child_process');
const cluster = require('node:cluster');
const { writeSync } = require('node:fs');
const kind = isMainThread ? (process.env.KIND ?? 'main') : 'thread';
import('${LIBRARY}').then(({ tracepoint, string }) => {
  const said = tracepoint('test:said', { kind: string });
  const timer = setInterval(() => said({ kind }), 20);
  writeSync(1, kind + ' ' + process.pid + '\\n');
  if (kind === 'thread') setTimeout(() => clearInterval(timer), 600_000);
  if (kind !== 'main') return;
  const env = (KIND) => ({ ...process.env, KIND });
  for (let i = 0; i < 2; i++) fork(__filename, { env: env('fork') });
  exec('exec ' + process.execPath + ' ' + __filename, { env: env('exec') }).stdout.pipe(process.stdout);
  cluster.setupPrimary({ exec: __filename });
  cluster.fork({ KIND: 'cluster' });
  for (let i = 0; i < 3; i++) new Worker(__filename);
});
process.on('SIGTERM', () => process.exit(0));
const parent = process.ppid;
if (kind !== 'main') setInterval(() => process.ppid === parent || process.exit(0), 50);
`;

describe('every process and every thread registers under its own ids', () => {
  it("forked, clustered, executed, threaded; and no process has another's channel", async () => {
    await startRegistry(place);
    const program = writeProgram(place, REPORT, FAMILY);
    const main = place.start(process.execPath, ['--import', REGISTER, program], {
      environment: { NODE_OPTIONS: `--import=${REGISTER}` },
    });
    const kinds = ['main', 'fork', 'exec', 'cluster', 'thread'];
    await Promise.all(kinds.map((kind) => main.line(new RegExp(`^${kind} `))));
    // main, its three threads, two forks, one executed process, one of the cluster.
    await until('all are there', async () => (await appsOf(place)).length >= 8);
    const apps = await appsOf(place);
    expect(new Set(apps.map(({ tid }) => tid)).size).toBe(8);
    expect(apps).toHaveLength(8);
    const threads = apps.filter(({ pid }) => pid === main.pid);
    expect(threads).toHaveLength(4);
    for (const { pid, tid } of apps) {
      // The reported thread exists in the process that the kernel reports.
      expect(lstatSync(`/proc/${pid}/task/${tid}`).isDirectory()).toBe(true);
    }
    const processes = [...new Set(apps.map(({ pid }) => pid))];
    expect(processes).toHaveLength(5);
    const all = processes.flatMap((pid) => [...channelsOf(pid)]);
    expect(all.length).toBeGreaterThan(5);
    expect(new Set(all).size).toBe(all.length);
  });

  it('and records its own events', async () => {
    const program = writeProgram(place, REPORT, FAMILY);
    const output = join(place.directory, 'trace');
    const recording = place.startLttng(
      ['record', '-e', 'test:*', '-o', output, '--', process.execPath, program],
      {},
    );
    const kinds = ['main', 'fork', 'exec', 'cluster', 'thread'];
    const lines = await Promise.all(kinds.map((kind) => recording.line(new RegExp(`^${kind} `))));
    const shown = async (): Promise<number> => {
      const apps = await place.ok(['list', '--apps', '--output-format', 'json']);
      return (JSON.parse(apps) as { apps: readonly unknown[] }).apps.length;
    };
    await until('all are there', async () => (await shown()) >= 8);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const pids = new Map(lines.map((line) => line.split(' ') as [string, string]));
    process.kill(Number(pids.get('main')), 'SIGTERM');
    await recording.finished;
    const { lines: told } = babeltrace(output);
    const seen = new Set(told.map((line) => /kind = "(\w+)"/.exec(line)?.[1]));
    expect(seen).toEqual(new Set(kinds));
  });
});

describe('several copies of the library in one process', () => {
  it('share one registration per thread, and all of their tracepoints are recorded', async () => {
    const root = dirname(dirname(fileURLToPath(LIBRARY)));
    const copy = join(place.directory, 'copy/dist');
    mkdirSync(dirname(copy));
    cpSync(root, copy, { recursive: true });
    cpSync(join(dirname(root), 'package.json'), join(dirname(copy), 'package.json'));
    symlinkSync(join(dirname(root), 'node_modules'), join(dirname(copy), 'node_modules'));
    const program = writeProgram(
      place,
      'copies.cjs',
      `const { Worker, isMainThread } = require('node:worker_threads');
const vm = require('node:vm');
const where = isMainThread ? 'main' : 'thread';
const run = async () => {
  const first = await import('${LIBRARY}');
  const second = await import('file://${copy}/bin/library.js');
  const third = await vm.runInNewContext("load('${LIBRARY}?again')", { load: (url) => import(url) });
  if (first === second || first === third) throw new Error('these are no copies');
  const copies = { first, second, third };
  for (const [name, { tracepoint, string, u32, struct }] of Object.entries(copies)) {
    const point = tracepoint('copy:' + name, { where: string, inner: struct({ n: u32 }) });
    for (let n = 0; n < 10; n++) point({ where, inner: { n } });
  }
  // The same tracepoint in two copies is one tracepoint.
  for (const { tracepoint, u32 } of [first, second]) tracepoint('copy:same', { n: u32 })({ n: 1 });
  if (isMainThread) {
    console.log('recorded');
    new Worker(__filename).on('exit', () => { console.log('over'); setTimeout(() => {}, 3_000); });
  } else setTimeout(() => {}, 300);
};
run();
`,
    );
    await startRegistry(place);
    const output = join(place.directory, 'trace');
    const recording = place.startLttng([
      ...['record', '-e', 'copy:*', '-o', output, '--', process.execPath, program],
    ]);
    await recording.line(/^recorded$/);
    const during = await appsOf(place);
    expect(during.length).toBeLessThanOrEqual(2);
    await recording.line(/^over$/);
    expect(await appsOf(place)).toHaveLength(1);
    expect((await recording.finished).status).toBe(0);
    const counted = new Map<string, number>();
    for (const { name, fields } of readTrace(output).events) {
      const { where } = fields;
      const key = typeof where === 'string' ? `${name} ${where}` : name;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
    expect(Object.fromEntries(counted)).toEqual({
      'copy:first main': 10,
      'copy:second main': 10,
      'copy:third main': 10,
      'copy:first thread': 10,
      'copy:second thread': 10,
      'copy:third thread': 10,
      'copy:same': 4,
    });
  });
});

describe('a separate context (node:vm), as test runners create them', () => {
  it('shares the registration of its thread', async () => {
    const program = writeProgram(
      place,
      'contexts.mjs',
      `import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { fileURLToPath } from 'node:url';
import { tracepoint, u32 } from '${LIBRARY}';
tracepoint('context:outer', { n: u32 })({ n: 1 });

/** The library, evaluated anew with the global objects of \`context\`; what is not its own comes from outside. */
const evaluate = async (context, url) => {
  const modules = new Map();
  const load = async (url) => {
    if (!modules.has(url)) modules.set(url, url.startsWith('file:') ? source(url) : foreign(url));
    return modules.get(url);
  };
  const foreign = async (name) => {
    const real = await import(name);
    const names = Object.keys(real);
    return new vm.SyntheticModule(
      names,
      function () { for (const name of names) this.setExport(name, real[name]); },
      { context },
    );
  };
  const resolve = (name, from) => (name.startsWith('.') ? new URL(name, from).href : name);
  const link = (name, { identifier }) => load(resolve(name, identifier));
  const source = async (url) =>
    new vm.SourceTextModule(readFileSync(fileURLToPath(url), 'utf8'), {
      context,
      identifier: url,
      initializeImportMeta: (meta) => { meta.url = url; },
      importModuleDynamically: async (name) => {
        const module = await load(resolve(name, url));
        if (module.status === 'unlinked') await module.link(link);
        await module.evaluate();
        return module;
      },
    });
  const module = await load(url);
  await module.link(link);
  await module.evaluate();
  return module.namespace;
};
for (const name of ['first', 'second']) {
  const timing = { queueMicrotask, setTimeout, clearTimeout };
  const context = vm.createContext({ Buffer, URL, TextEncoder, TextDecoder, process, ...timing });
  const library = await evaluate(context, '${LIBRARY}');
  library.tracepoint('context:' + name, { n: library.u32 })({ n: 1 });
}
console.log('ready');
setTimeout(() => {}, 600_000);
`,
    );
    await startRegistry(place);
    const output = join(place.directory, 'trace');
    const recording = place.startLttng([
      ...['record', '-e', 'context:*', '-o', output, '--', process.execPath],
      ...['--experimental-vm-modules', '--no-warnings', program],
    ]);
    await recording.line(/^ready$/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [app, ...others] = await appsOf(place);
    expect(others).toEqual([]);
    process.kill(app?.pid ?? 0, 'SIGTERM');
    await recording.finished;
    expect(
      readTrace(output)
        .events.map(({ name }) => name)
        .sort(),
    ).toEqual(['context:first', 'context:outer', 'context:second']);
  });
});

describe('a program that drops its privileges after its start', () => {
  it('is traced under its new user', async ({ skip }) => {
    if (member === undefined) return skip(WHY);
    await startRegistry(place);
    const program = writeProgram(
      place,
      'drop.mjs',
      `import { writeSync } from 'node:fs';
import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
let n = 0;
setInterval(() => tick({ n: n++ }), 5);
setTimeout(() => {
  process.setgroups([]);
  process.setgid(${member.gid});
  process.setuid(${member.uid});
  writeSync(1, 'dropped\\n');
}, 300);
`,
    );
    const output = join(place.directory, 'trace');
    const app = place.start(process.execPath, ['--import', REGISTER, program]);
    await until('it is registered', async () => (await appsOf(place)).some(({ uid }) => uid === 0));
    await app.line(/^dropped$/);
    const lttng = async (...args: string[]): Promise<void> => {
      const { status, stderr } = await place.lttng(args);
      expect({ args, status, stderr }).toMatchObject({ status: 0 });
    };
    await lttng('create', 'late', '-o', output);
    await lttng('enable-event', '-u', 'test:*', '-s', 'late');
    await lttng('start', 'late');
    await until('as its new user', async () =>
      (await appsOf(place)).some(({ pid, uid }) => pid === app.pid && uid === member.uid),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    await lttng('destroy', 'late');
    const ticks = ticksOf(readTrace(output));
    expect(ticks.length).toBeGreaterThan(20);
    expect(ticks).toEqual(ticks.map((_, index) => (ticks[0] ?? 0) + index));
    expect(await appsOf(place)).toHaveLength(1);
  });
});
