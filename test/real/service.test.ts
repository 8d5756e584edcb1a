/**
 * A registry as a service: the sockets that a service manager creates and passes, the registry's notifications, and
 * reloading. The test plays the manager as sd_listen_fds(3) and sd_notify(3) document it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listenAt } from '../../src/os/unix-calls.ts';
import { type Datagrams, receiveDatagrams } from '../support/real/datagrams.ts';
import { accountOf, DIST, makePlace, type Place, until } from '../support/real/sandbox.ts';

const UNITS = join(import.meta.dirname, '../../docs/systemd');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** The directory of this user's registry in the sandbox. */
function home(): string {
  return process.getuid?.() === 0
    ? (place.environment['LTTNG_TS_RUNDIR'] ?? '')
    : join(place.homeOf(), '.lttng-ts');
}

interface Service {
  readonly pid: number;
  readonly told: Datagrams;
  readonly exit: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a registry with the sockets as descriptors 3, 4, …, as a service manager does. */
function startService(descriptors: readonly number[], args: readonly string[]): Service {
  const told = receiveDatagrams(join(place.directory, 'notify'));
  onTestFinished(() => told.close());
  const program = [process.execPath, join(DIST, 'bin/lttng-sessiond.js'), ...args];
  const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', ...program], {
    env: {
      ...place.environment,
      HOME: place.homeOf(),
      LISTEN_FDS: `${descriptors.length}`,
      NOTIFY_SOCKET: join(place.directory, 'notify'),
    },
    stdio: ['ignore', 'inherit', 'inherit', ...descriptors],
  });
  const exit = once(child, 'exit').then(([status]) => status as number | null);
  return { pid: child.pid ?? 0, told, exit, signal: (name) => void child.kill(name) };
}

/** A listening descriptor without an accepting process; a registry that receives it accepts. */
function listenerAt(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const listening = listenAt(path, { mode: 0o600 }, 16);
  if (!listening.ok) throw new Error(`cannot listen at ${path}: ${listening.error.code}`);
  const { fd } = listening.value;
  onTestFinished(() => closeSync(fd));
  return fd;
}

async function lttng(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(words);
  expect({ words, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

describe('a registry that a service manager starts', () => {
  it('listens on the passed sockets, notifies its start and its end, and leaves the sockets', async () => {
    const paths = ['client.sock', 'apps.sock'].map((name) => join(home(), name));
    const sockets = paths.map(listenerAt);
    // Early clients wait in the backlog: no client starts another registry.
    const early = place.startLttng(['create', 'early', '-o', join(place.directory, 'trace')]);
    const log = join(place.directory, 'log');
    const { told, exit, signal, pid } = startService(sockets, ['--log-file', log]);
    expect(await early.finished).toMatchObject({ status: 0 });
    await until(() => told.texts.includes('READY=1'));
    expect(await lttng('status', '--output-format', 'json')).toContain(`"pid":${pid},`);
    signal('SIGTERM');
    expect(await exit).toBe(0);
    await until(() => told.texts.includes('STOPPING=1'));
    expect(told.texts).toEqual(['READY=1', 'STOPPING=1']);
    expect(paths.map(existsSync)).toEqual([true, true]);
    expect(readdirSync(join(home(), 'sessions'))).toEqual([]);
    expect(readFileSync(log, 'utf8')).not.toContain('"level":"warn"');
  });

  it('closes other descriptors, and creates its own sockets', async () => {
    const log = join(place.directory, 'log');
    const file = openSync(place.directory, 'r');
    onTestFinished(() => closeSync(file));
    const { told, exit, signal } = startService([file], ['--log-file', log]);
    await until(() => told.texts.includes('READY=1'));
    await lttng('list');
    signal('SIGINT');
    expect(await exit).toBe(0);
    expect(readFileSync(log, 'utf8')).toContain('service.descriptorClosed');
    expect(existsSync(join(home(), 'client.sock'))).toBe(false);
  });
});

describe('SIGHUP', () => {
  it('reads group and log level again, opens the log again, and keeps sessions', async ({
    skip,
  }) => {
    const other = accountOf('lttng-ts-c');
    skip(other === undefined, 'needs root: only a global registry has a group');
    const config = join(place.directory, 'config.json');
    const log = join(place.directory, 'log');
    const configure = (value: object): void => writeFileSync(config, JSON.stringify(value));
    configure({ group: 'tracing' });
    const args = ['--config', config, '--log-file', log];
    const { told, signal, exit } = startService([], args);
    await until(() => told.texts.includes('READY=1'));
    await lttng('create', 'web', '-o', join(place.directory, 'trace'));
    const asOther = (): ReturnType<Place['lttng']> =>
      place.lttng(['list', '--no-sessiond', '--output-format', 'json'], { account: other });
    expect((await asOther()).status).toBe(3);

    configure({ group: 'lttng-ts-c', logLevel: 'debug' });
    renameSync(log, `${log}.1`);
    signal('SIGHUP');
    await until(() => told.texts.length === 3);
    expect(told.texts[1]).toMatch(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
    expect(told.texts[2]).toBe('READY=1');
    const socket = statSync(join(home(), 'client.sock'));
    expect({ gid: socket.gid, mode: socket.mode & 0o777 }).toEqual({
      gid: other?.gid,
      mode: 0o660,
    });
    expect((await asOther()).status).toBe(0);
    expect(await lttng('list')).toContain('web');
    expect(readFileSync(log, 'utf8')).toContain('configuration.reloaded');

    // An invalid configuration changes nothing.
    writeFileSync(config, '{ "group": 7 }');
    signal('SIGHUP');
    await until(() => told.texts.length === 5);
    expect(readFileSync(log, 'utf8')).toContain('configuration.rejected');
    expect((await asOther()).status).toBe(0);
    signal('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('a configuration that cannot be read keeps a registry from starting', async () => {
    const config = join(place.directory, 'none.json');
    const { status, stderr } = await place.startProgram('lttng-sessiond', ['--config', config])
      .finished;
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `lttng-sessiond: Cannot read ${config} (ENOENT)\n`,
    });
  });
});

describe('units', () => {
  it.for([
    ['system', 4],
    ['user', 3],
  ] as const)('of the %s manager are accepted by systemd', ([manager, count], { skip }) => {
    skip(spawnSync('systemd-analyze', ['--version']).status !== 0, 'systemd-analyze is not there');
    // Both units lie in one directory, because they refer to each other; they name the programs of this checkout.
    const directory = join(place.directory, manager);
    cpSync(join(UNITS, manager), directory, { recursive: true });
    const units = readdirSync(directory).map((name) => join(directory, name));
    expect(units).toHaveLength(count);
    for (const unit of units) {
      const text = readFileSync(unit, 'utf8');
      const start = `ExecStart=${process.execPath} ${join(DIST, 'bin')}/$1.js`;
      writeFileSync(unit, text.replace(/^ExecStart=\S+ \S+\/(lttng-\w+)\.js/m, start));
    }
    const { status, stderr } = spawnSync('systemd-analyze', [`--${manager}`, 'verify', ...units], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: place.directory },
    });
    const ours = stderr.split('\n').filter((line) => line.includes('lttng-ts'));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });
});
