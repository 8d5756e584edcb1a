/** The library and its registries in real processes: waiting, impostors, hanging, reconnecting (R1.10 to R1.16). */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApplication } from '../../../actors/programs/application.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import type { World } from '../../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import {
  appsOf,
  cpuMs,
  descriptorsOf,
  globalSocket,
  isRoot,
  runDirectory,
  startRegistry,
  until,
  WHY_NO_GLOBAL,
} from '../../support/real/proc.ts';
import { writeProgram } from '../../support/real/programs.ts';
import {
  accountOf,
  LIBRARY,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../../support/real/sandbox.ts';
import { listenAs } from '../../support/simulated/registration-stage.ts';

const member = accountOf('lttng-ts-a');
const outsider = accountOf('lttng-ts-c');
const WHY = 'several users are there for root only';
const ATTEMPTS = 400;
const WATCH_MS = 1_000;
/** A program waits for a registry for two seconds at most; the rest is margin for a busy machine. */
const BEGUN_MS_MAX = 8_000;
const CUT_OFF_MS_MAX = 15_000;
/** CPU time of an idle Node process over two seconds, with margin for a busy machine. */
const IDLE_MS_MAX = 40;

let place: Place;
let servers: { close(): void }[];
beforeEach(() => {
  place = makePlace();
  // Like /tmp: any user may create the pipe, no other user may remove it.
  chmodSync(place.directory, 0o1777);
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await place.end();
});

/** A traced program that prints `ready` and stays alive. */
async function startStaying(options: Parameters<Place['start']>[2] = {}): Promise<Running> {
  const program = writeProgram(
    place,
    'stay.mjs',
    `import '${LIBRARY}';
setTimeout(() => {}, 600_000);
setTimeout(() => console.log('ready'), 200);
`,
  );
  const app = place.start(process.execPath, [program], options);
  await app.line(/^ready$/);
  return app;
}

const isListed = async (pid: number, account = member): Promise<boolean> =>
  (await appsOf(place, account)).some((app) => app.pid === pid);
const isListedGlobally = async (pid: number): Promise<boolean> =>
  (await appsOf(place)).some((app) => app.pid === pid);

const pipePath = (): string => place.environment['LTTNG_TS_PIPE'] ?? '';

async function cpuOver2s(pid: number): Promise<number> {
  const before = cpuMs(pid);
  await pass(2_000);
  return cpuMs(pid) - before;
}

/** Counts connections, sends nothing and keeps the received bytes. */
function serveSilently(path: string): {
  readonly connections: readonly { readonly socket: Socket; readonly at: number }[];
  readonly bytes: () => number;
} {
  const connections: { readonly socket: Socket; readonly at: number }[] = [];
  let bytes = 0;
  const server = createServer((socket) => {
    connections.push({ socket, at: performance.now() });
    socket.on('data', (chunk) => (bytes += chunk.length));
    socket.on('error', () => undefined);
  });
  servers.push(server);
  server.listen(path);
  return { connections, bytes: () => bytes };
}

describe('waiting on the common pipe (R1.16)', () => {
  it('takes no CPU, and ends when registries of both scopes start', async ({ skip }) => {
    if (member === undefined) return skip(WHY);
    const app = await startStaying({ account: member });
    await until('the pipe', () => existsSync(pipePath()));
    const { mode, uid } = lstatSync(pipePath());
    expect([lstatSync(pipePath()).isFIFO(), mode & 0o777, uid]).toEqual([true, 0o666, member.uid]);
    expect(await cpuOver2s(app.pid)).toBeLessThan(IDLE_MS_MAX);

    const own = await startRegistry(place, { account: member });
    await until('the own registry', () => isListed(app.pid));
    const global = await startRegistry(place);
    await until('the global registry', () => isListedGlobally(app.pid));
    expect(await cpuOver2s(app.pid)).toBeLessThan(IDLE_MS_MAX);

    // Both are killed and restarted at once: the program reconnects by itself.
    own.kill('SIGKILL');
    global.kill('SIGKILL');
    await Promise.all([own.finished, global.finished]);
    await Promise.all([startRegistry(place, { account: member }), startRegistry(place)]);
    await until('both again', async () => (await isListed(app.pid)) && isListedGlobally(app.pid));
    // One line, not one per attempt.
    expect((await appsOf(place)).filter(({ pid }) => pid === app.pid)).toHaveLength(1);
  });

  it('on a file that is not a pipe ends with one line, without CPU, and without harm', async ({
    skip,
  }) => {
    if (member === undefined) return skip(WHY);
    const { pipes } = createRealWorld({ log: () => undefined });
    const spoilt: readonly [string, (path: string) => unknown][] = [
      ['file', (path) => writeFileSync(path, '')],
      ['link', (path) => symlinkSync(join(place.directory, 'none'), path)],
      ['directory', (path) => mkdirSync(path)],
      ['unreadable', (path) => pipes.create(path, { mode: 0o600 })],
    ];
    const apps = await Promise.all(
      spoilt.map(async ([name, spoil]) => {
        const path = join(place.directory, name);
        spoil(path);
        const environment = { LTTNG_TS_DEBUG: '1', LTTNG_TS_PIPE: path };
        const app = await startStaying({ account: member, environment });
        await app.said(/Cannot wait for a registry/);
        return app;
      }),
    );
    const before = apps.map(({ pid }) => cpuMs(pid));
    await pass(2_000);
    const took = apps.map(({ pid }, index) => cpuMs(pid) - (before[index] ?? 0));
    expect(took.filter((ms) => ms > IDLE_MS_MAX)).toEqual([]);
    for (const app of apps) {
      app.kill('SIGTERM');
      expect((await app.finished).stderr.trim().split('\n')).toHaveLength(1);
    }
    // A registry starts nevertheless, and applications that start later register.
    const environment = { LTTNG_TS_PIPE: join(place.directory, 'file') };
    await startRegistry(place, { environment });
    const late = await startStaying({ account: member, environment });
    await until('registered', () => isListedGlobally(late.pid));
  });

  it('works for any creator of the pipe (fs.protected_fifos)', async ({ skip }) => {
    if (member === undefined || outsider === undefined) return skip(WHY);
    const first = await startStaying({ account: outsider });
    await until('the pipe', () => existsSync(pipePath()));
    expect(lstatSync(pipePath()).uid).toBe(outsider.uid);
    const second = await startStaying({ account: member });
    await startRegistry(place);
    await until('both', async () => {
      const pids = (await appsOf(place)).map(({ pid }) => pid);
      return pids.includes(first.pid) && pids.includes(second.pid);
    });
  });

  it('can be begun by several users at the same instant: the pipe is readable once it exists', async ({
    skip,
  }) => {
    if (member === undefined) return skip(WHY);
    // Another user opens the pipe all the time while this user creates and removes it.
    const watcher = place.start(
      process.execPath,
      [
        '--eval',
        `const { openSync, closeSync, constants } = require('node:fs');
const path = ${JSON.stringify(pipePath())};
const seen = { ENOENT: 0, EACCES: 0, opened: 0 };
console.log('ready');
const look = () => {
  for (let i = 0; i < 2000; i++) {
    try {
      closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
      seen.opened++;
    } catch ({ code }) { seen[code]++; }
  }
  setImmediate(look);
};
process.on('SIGTERM', () => { console.log(JSON.stringify(seen)); process.exit(0); });
look();`,
      ],
      { account: member },
    );
    await watcher.line(/^ready$/);
    const { pipes } = createRealWorld({ log: () => undefined });
    const begunAt = performance.now();
    // On a busy machine both must get their turn.
    for (let round = 0; round < 3_000 || performance.now() - begunAt < WATCH_MS; round++) {
      expect(pipes.create(pipePath(), { mode: 0o666 }).ok).toBe(true);
      unlinkSync(pipePath());
    }
    watcher.kill('SIGTERM');
    const { stdout } = await watcher.finished;
    const seen = JSON.parse(stdout.split('\n')[1] ?? '') as Record<string, number>;
    expect(seen['opened']).toBeGreaterThan(10);
    expect(seen['EACCES']).toBe(0);
  });
});

describe("an impostor at the registry's path (R1.12)", () => {
  it('gets no connection, nor does a link', async ({ skip }) => {
    if (member === undefined || outsider === undefined) return skip(WHY);
    mkdirSync(runDirectory(place), { mode: 0o755 });
    const { connections } = serveSilently(globalSocket(place));
    await until('it listens', () => existsSync(globalSocket(place)));
    chownSync(globalSocket(place), outsider.uid, outsider.gid);
    const first = await startStaying({ account: member });
    first.kill('SIGTERM');
    await first.finished;
    chownSync(globalSocket(place), 0, 0);
    chmodSync(globalSocket(place), 0o666);
    const moved = join(place.directory, 'moved');
    // Owned by root, but behind a link.
    symlinkSync(globalSocket(place), moved);
    const environment = { LTTNG_TS_RUNDIR: join(place.directory, 'links') };
    mkdirSync(environment.LTTNG_TS_RUNDIR);
    symlinkSync(globalSocket(place), join(environment.LTTNG_TS_RUNDIR, 'apps.sock'));
    await startStaying({ account: member, environment });
    await pass(300);
    expect(connections).toEqual([]);
  });

  it('that replaces the socket repeatedly while applications register receives no byte', async ({
    skip,
  }) => {
    if (member === undefined || outsider === undefined) return skip(WHY);
    await startRegistry(place);
    // From here on any user may write the directory: the worst case.
    chmodSync(runDirectory(place), 0o777);
    const swapper = writeProgram(
      place,
      'swap.cjs',
      `const { createServer } = require('node:net');
const { renameSync } = require('node:fs');
const [directory] = process.argv.slice(2);
const [right, aside, mine] = ['apps.sock', 'aside', 'mine'].map((name) => directory + '/' + name);
let connections = 0, bytes = 0, swaps = 0;
createServer((socket) => {
  connections++;
  socket.on('data', (chunk) => { bytes += chunk.length; });
  socket.on('error', () => {});
}).listen({ path: mine, writableAll: true, readableAll: true }, () => {
  console.log('swapping');
  const swap = () => {
    renameSync(right, aside);
    renameSync(mine, right);
    const until = process.hrtime.bigint() + BigInt(Math.floor(Math.random() * 200_000));
    while (process.hrtime.bigint() < until);
    renameSync(right, mine);
    renameSync(aside, right);
    swaps++;
    if (Math.random() < 0.5) setImmediate(swap);
    else setTimeout(swap, 1);
  };
  swap();
});
process.on('SIGTERM', () => {
  console.log(JSON.stringify({ connections, bytes, swaps }));
  process.exit(0);
});
`,
    );
    const stranger = place.start(process.execPath, [swapper, runDirectory(place)], {
      account: outsider,
    });
    await stranger.line(/^swapping$/);
    const attempts = writeProgram(
      place,
      'attempts.mjs',
      `import { startApplication } from '${new URL('../actors/programs/application.js', LIBRARY).href}';
import { createRealWorld } from '${new URL('../src/os/world.js', LIBRARY).href}';
const outcomes = {};
setInterval(() => {}, 1000);
for (let i = 0; i < ${ATTEMPTS}; i++) {
  const world = createRealWorld({ log: () => {} });
  let application;
  await new Promise((resolve) => {
    application = startApplication(world, { scopes: ['global'], onSettled: () => setImmediate(resolve) });
  });
  const state = application.system.states()['registration-global'];
  const name = typeof state === 'string' ? state : Object.keys(state)[0];
  outcomes[name] = (outcomes[name] ?? 0) + 1;
}
console.log(JSON.stringify(outcomes));
process.exit(0);
`,
    );
    const app = place.start(process.execPath, [attempts], { account: member });
    const outcomes = JSON.parse((await app.finished).stdout) as Record<string, number>;
    stranger.kill('SIGTERM');
    const { stdout } = await stranger.finished;
    const seen = JSON.parse(stdout.split('\n')[1] ?? '') as Record<string, number>;
    expect(seen['swaps']).toBeGreaterThan(100);
    expect(seen['bytes']).toBe(0);
    // The applications met the impostor during registrations, else this proves nothing; and some registered.
    expect(outcomes['registered']).toBeGreaterThan(0);
    expect(seen['connections']).toBeGreaterThan(0);
  });
});

describe('a registry that hangs (R1.14)', () => {
  it('is disconnected after 10 seconds, delays no program by more than one, and costs no CPU', async () => {
    mkdirSync(runDirectory(place), { mode: 0o755 });
    const { connections, bytes } = serveSilently(globalSocket(place));
    await until('it listens', () => existsSync(globalSocket(place)));
    const startedAt = performance.now();
    const program = [
      '--import',
      REGISTER,
      '--eval',
      'console.log("begun"); setTimeout(() => {}, 30_000)',
    ];
    const app = place.start(process.execPath, program);
    await app.line(/^begun$/);
    expect(performance.now() - startedAt).toBeLessThan(BEGUN_MS_MAX);
    await until('it is connected', () => connections.length === 1);
    expect(await cpuOver2s(app.pid)).toBeLessThan(IDLE_MS_MAX);
    await new Promise((resolve) => connections[0]?.socket.once('close', resolve));
    const tookMs = performance.now() - (connections[0]?.at ?? 0);
    expect(tookMs).toBeGreaterThan(9_900);
    expect(tookMs).toBeLessThan(CUT_OFF_MS_MAX);
    expect(bytes()).toBeGreaterThan(0);
    expect(connections).toHaveLength(1);
  });
});

describe('descriptors', () => {
  const CYCLES = 100;

  it(`are not leaked by ${CYCLES} registries that start and end`, async ({ skip }) => {
    skip(!isRoot, WHY_NO_GLOBAL);
    const real = createRealWorld({ log: () => undefined, background: true });
    const identity = Object.create(real.identity, {
      environment: { value: place.environment },
    }) as World['identity'];
    mkdirSync(runDirectory(place), { mode: 0o755 });
    const application = startApplication({ ...real, identity }, { scopes: ['global'] });
    const stateOf = (): string =>
      JSON.stringify(application.system.states()['registration-global']);
    await until('it waits', () => stateOf().includes('listening'));
    let counted = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      if (cycle === 20) counted = descriptorsOf(process.pid);
      // Every other registry ends in the middle of the handshake.
      const ends = cycle % 2 === 0;
      const { listener, conversations } = listenAs(
        real,
        globalSocket(place),
        ({ type }, { connection, say }) => {
          if (ends) connection.close();
          else
            say(
              type === 'hello'
                ? { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 }
                : { type: 'registered' },
            );
        },
      );
      real.pipes.signal(pipePath());
      await until('it spoke', () =>
        ends ? conversations.length === 1 : stateOf() === '"registered"',
      );
      listener.close();
      await until('it waits again', () => stateOf().includes('listening'));
    }
    await pass(100);
    expect(descriptorsOf(process.pid)).toBeLessThanOrEqual(counted);
    application.stop();
  });
});
