/**
 * 1,000 threads that die at once: a process with many registered, recorded threads is killed with SIGKILL. Measures how
 * long the registry is busy with that, until the buffers are removed, and how long another client waits meanwhile. See
 * `docs/performance.md`.
 *
 * Use: `npm run bench:deaths [threads] [rounds]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NS_PER_MS } from '../src/base/time.ts';
import { createRealWorld } from '../src/os/world.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../src/wire/control/messages.ts';
import { encodeFrame, FrameParser } from '../src/wire/frames.ts';
import { cpuSeconds, machine, say, spread, table } from './lib/figures.ts';
import { must } from './lib/must.ts';
import { startRegistry } from './lib/ours.ts';

const THREADS = Number(process.argv[2] ?? 1000);
const ROUNDS = Number(process.argv[3] ?? 5);
/** Between two questions of the other client. */
const PAUSE_MS = 2;
const END_MS_MAX = 180_000;
const CROWD = fileURLToPath(new URL('contestants/crowd.js', import.meta.url));

const registry = await startRegistry();
registry.command('create', 'bench', '--output', join(registry.directory, 'trace'));
registry.command('add-event', '*', '--session', 'bench');
registry.command('start', 'bench');
const client = await connect();
const [begun, cpu, gone, waited]: number[][] = [[], [], [], []];
for (let round = 0; round < ROUNDS; round++) {
  const before = segments();
  const start = process.hrtime.bigint();
  const crowd = spawn(process.execPath, [CROWD, String(THREADS)], {
    env: { ...process.env, ...registry.env, UV_THREADPOOL_SIZE: String(THREADS + 8) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(crowd.stdout, 'data');
  begun?.push(msSince(start));
  await pass(500);
  const cpuBefore = cpuSeconds(client.registryPid);
  const died = process.hrtime.bigint();
  crowd.kill('SIGKILL');
  let longest = 0;
  while (segments() > before && msSince(died) < END_MS_MAX) {
    const asked = process.hrtime.bigint();
    await client.ask();
    longest = Math.max(longest, msSince(asked));
    await pass(PAUSE_MS);
  }
  gone?.push(msSince(died));
  waited?.push(longest);
  cpu?.push(1000 * (cpuSeconds(client.registryPid) - cpuBefore));
}
say(machine());
say(
  `${THREADS} threads that die at once, milliseconds, median [least..most] of ${ROUNDS} rounds:\n`,
);
say(
  table([
    ['', 'ms'],
    ['until all threads had their buffers', spread(begun ?? [], 0)],
    ['from kill -9 until all buffers were removed', spread(gone ?? [], 0)],
    ['CPU time of the registry for that', spread(cpu ?? [], 0)],
    ['longest wait of another client', spread(waited ?? [], 0)],
  ]),
);
client.end();
registry.command('destroy', 'bench');
await registry.end();

function msSince(start: bigint): number {
  return Number(process.hrtime.bigint() - start) / NS_PER_MS;
}

/** Segments of the machine. */
function segments(): number {
  return readFileSync('/proc/sysvipc/shm', 'latin1').trim().split('\n').length - 1;
}

interface Client {
  readonly registryPid: number;
  /** Asks for the list of sessions; resolves with the answer. */
  ask(): Promise<void>;
  end(): void;
}

async function connect(): Promise<Client> {
  const world = createRealWorld({ log: () => {} });
  const place = process.getuid?.() === 0 ? 'run' : '.lttng-ts';
  const path = join(registry.directory, place, 'client.sock');
  const parser = new FrameParser();
  let answered: () => void = () => undefined;
  return new Promise((resolve) => {
    world.unix.connect(path, {}, (outcome) => {
      const connection = must(outcome);
      let id = 0;
      const send = (message: object): void => connection.send(must(encodeFrame(message)));
      connection.start({
        onData: (bytes) => {
          for (const _body of parser.push(bytes).bodies) answered();
        },
        onClose: () => undefined,
      });
      answered = () =>
        resolve({
          registryPid: must(connection.peer()).pid,
          ask: () =>
            new Promise((done) => {
              answered = done;
              id += 1;
              send({ type: 'request', id, operation: { op: 'session.list', from: 0 } });
            }),
          end: () => connection.close(),
        });
      send({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
    });
  });
}
