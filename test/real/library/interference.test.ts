/**
 * A traced program behaves as it does untraced: same exit status and same output, in every condition of the registry,
 * and with a broken library.
 */
import { spawn } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GUESTS, type Guest, LASTING } from '../../support/real/guests.ts';
import { accountOf, makePlace, type Place, PRELOAD } from '../../support/real/sandbox.ts';
import { readTrace } from '../../support/real/traces.ts';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any guest runs, including its wait for a registry. */
const GUEST_MS_MAX = 60_000;
const DIST = dirname(dirname(PRELOAD));
const LTTNG = join(DIST, 'bin/lttng.js');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Runs `node ARGS` in the sandbox to its end. */
function run(args: readonly string[], stdin = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [...args], {
    cwd: place.directory,
    env: { ...place.environment, HOME: place.homeOf() },
    timeout: GUEST_MS_MAX,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({ status, stdout: steady(stdout), stderr: steady(stderr) }),
    );
  });
}

/** The output without the parts that differ from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(place.directory, 'PLACE')
    .replace(/duration_ms:? [\d.]+/g, 'duration_ms N')
    .replace(/\(node:\d+\)/g, '(node:PID)');
}

function argsOf(guest: Guest): readonly string[] {
  const path = join(place.directory, guest.file);
  writeFileSync(path, guest.source);
  return guest.args?.(path) ?? [path];
}

const untraced = new Map<Guest, Outcome>();

/** The guest's untraced behaviour, the same in every sandbox. */
async function untracedOutcome(guest: Guest): Promise<Outcome> {
  const known = untraced.get(guest);
  if (known !== undefined) return known;
  const outcome = await run(argsOf(guest), guest.stdin);
  untraced.set(guest, outcome);
  return outcome;
}

async function expectNoDifference(guest: Guest): Promise<void> {
  const expected = await untracedOutcome(guest);
  const traced = await run(['--require', PRELOAD, ...argsOf(guest)], guest.stdin);
  expect(traced).toEqual(expected);
}

/** The directories where this user's applications search for registries, and their parents. */
function socketPaths(): string[] {
  const directories = [
    place.environment['LTTNG_TS_RUNDIR'] ?? '',
    join(place.homeOf(), '.lttng-ts'),
  ];
  return directories.map((directory) => {
    mkdirSync(directory, { recursive: true });
    return join(directory, 'apps.sock');
  });
}

async function listenAt(paths: readonly string[]): Promise<Server[]> {
  const servers: Server[] = [];
  for (const path of paths) {
    // Accepts; reads and sends nothing.
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => undefined);
      closing.push(() => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closing.push(() => server.close());
    servers.push(server);
  }
  return servers;
}
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe('without a registry', () => {
  test.each(GUESTS)('a program that $name', (guest) => expectNoDifference(guest));
});

describe('with a registry that never answers', () => {
  test.each(GUESTS)('a program that $name', async (guest) => {
    await listenAt(socketPaths());
    await expectNoDifference(guest);
  });
});

describe('with a file in place of the common pipe', () => {
  test.each(LASTING)('a program that $name', async (guest) => {
    writeFileSync(place.environment['LTTNG_TS_PIPE'] ?? '', 'no pipe');
    await expectNoDifference(guest);
  });
});

describe("with a registry's socket that another user owns", () => {
  const stranger = accountOf('lttng-ts-c');
  beforeEach(({ skip }) => skip(stranger === undefined, 'several users are there for root only'));
  test.each(LASTING)('a program that $name', async (guest) => {
    const paths = socketPaths();
    const servers = await listenAt(paths);
    let connections = 0;
    for (const server of servers) server.on('connection', () => connections++);
    for (const path of paths) chownSync(path, stranger?.uid ?? -1, stranger?.gid ?? -1);
    await expectNoDifference(guest);
    // R1.12: the application never connects to it.
    expect(connections).toBe(0);
  });
});

describe('in a session that records everything', () => {
  test.each(GUESTS)('a program that $name', async (guest) => {
    const expected = await untracedOutcome(guest);
    const output = join(place.directory, 'trace');
    const record = [
      '-q',
      'record',
      '-e',
      '*,channel:http.client.request.start',
      '-o',
      output,
      '--',
    ];
    const args = [LTTNG, ...record, process.execPath, ...argsOf(guest)];
    expect(await run(args, guest.stdin)).toEqual(expected);
    expect(readTrace(output).events.map(({ name }) => name)).toContain('node:process_start');
  });
});

describe('with a library that is broken', () => {
  /** Files, and the change to each. */
  const BREAKS: readonly (readonly [string, string, (text: string) => string])[] = [
    ['cannot be loaded', 'preload.cjs', () => 'syntax error here'],
    ['throws while it is loaded', 'preload.cjs', (text) => `${text}\nthrow new Error('broken');`],
    [
      'throws when it connects',
      'preload-engine.cjs',
      (text) => `${text}\nthrow new Error('broken');`,
    ],
    [
      'throws when a message comes',
      'preload-engine.cjs',
      (text) => text.replaceAll(/push\(\w+\) \{/g, "$& throw new Error('broken');"),
    ],
    [
      'throws when a state is applied',
      'preload-engine.cjs',
      (text) => text.replace(/apply\(\w+, \w+\) \{/, "$& throw new Error('broken');"),
    ],
    [
      'throws when a sub-buffer is full',
      'preload-engine.cjs',
      (text) => text.replace(/wake\(\w+\) \{/, "$& throw new Error('broken');"),
    ],
  ];

  /** Fills sub-buffers; an error of the library would end the program. */
  const guest = (library: string): string => `
const library = await import('${library}').catch(() => undefined);
const full = library?.tracepoint('test:full', { text: library.string });
for (let n = 0; n < 50_000; n++) full?.({ text: 'some text to fill a sub-buffer with' });
await new Promise((resolve) => setTimeout(resolve, 100));
for (let n = 0; n < 50_000; n++) full?.({ text: 'some text to fill a sub-buffer with' });
console.log('done');`;

  function breakCopy(file: string, breakIt: (text: string) => string): string {
    const copy = join(place.directory, 'broken');
    cpSync(DIST, join(copy, 'dist'), { recursive: true });
    cpSync(join(DIST, '../package.json'), join(copy, 'package.json'));
    symlinkSync(join(DIST, '../node_modules'), join(copy, 'node_modules'));
    const path = join(copy, 'dist/bin/library', file);
    const whole = readFileSync(path, 'utf8');
    const changed = breakIt(whole);
    expect(changed).not.toBe(whole);
    writeFileSync(path, changed);
    return join(copy, 'dist/bin');
  }

  test.each(BREAKS)('that %s', async (_name, file, breakIt) => {
    const bin = breakCopy(file, breakIt);
    const program = join(place.directory, 'guest.mjs');
    writeFileSync(program, guest(`file://${bin}/library.js`));
    // `lttng record` records the program: the broken library temporarily replaces the command's own.
    const traced = (debug: string): Promise<Outcome> =>
      run([
        ...[
          LTTNG,
          '-q',
          'record',
          '-o',
          join(place.directory, `trace${debug}`),
          '--',
          'env',
          'NODE_OPTIONS=',
        ],
        ...[
          `LTTNG_TS_DEBUG=${debug}`,
          process.execPath,
          '--require',
          `${bin}/register.cjs`,
          program,
        ],
      ]);
    expect(await traced('0')).toEqual({ status: 0, stdout: 'done\n', stderr: '' });
    const { status, stderr } = await traced('1');
    expect(status).toBe(0);
    expect(stderr).toMatch(/broken|SyntaxError/);
  });
});
