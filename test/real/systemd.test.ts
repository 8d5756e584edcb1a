/**
 * The units of `docs/systemd`, installed as `docs/service.md` describes, under a real systemd. All tests share one
 * system and run in order.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Booted, bootSystemd, PACKAGE } from '../support/real/booted.ts';
import { tickProgram } from '../support/real/programs.ts';
import { type Account, accountOf, makePlace, type Place } from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const SERVICE = 'lttng-ts-sessiond.service';
const SOCKETS = ['lttng-ts-sessiond.socket', 'lttng-ts-applications.socket'];
const UNTIL_MS_MAX = 30_000;
const POLL_MS = 100;

let place: Place;
let booted: Booted | string;
beforeAll(async () => {
  place = makePlace();
  booted = await bootSystemd(place);
});
afterAll(async () => {
  if (typeof booted !== 'string') await booted.end();
  await place.end();
});
beforeEach(({ skip }) => {
  if (typeof booted === 'string') skip(booted);
});

/** The running system; tests are skipped without one. */
function system(): Booted {
  if (typeof booted === 'string') throw new Error(booted);
  return booted;
}

/** Tests that need an account are skipped without it. */
function account(name: string): Account {
  const found = accountOf(name);
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
}

/** A service manager: the system's, or that of an account. */
interface Manager {
  readonly account: Account | undefined;
  readonly environment: Readonly<Record<string, string>>;
}
const SYSTEM: Manager = { account: undefined, environment: {} };

async function systemctl(words: readonly string[], manager = SYSTEM): Promise<string> {
  const own = manager === SYSTEM ? [] : ['--user'];
  return system().ok(['systemctl', ...own, ...words], manager);
}

async function property(name: string, manager = SYSTEM): Promise<string> {
  return (await systemctl(['show', '--value', `--property=${name}`, SERVICE], manager)).trim();
}

async function journal(): Promise<string> {
  return system().ok(['journalctl', '--no-pager', `--unit=${SERVICE}`]);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + UNTIL_MS_MAX;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('Waited too long');
    await pass(POLL_MS);
  }
}

/** The installation steps of `docs/service.md`. */
async function install(
  directory: string,
  kind: 'system' | 'user',
  manager = SYSTEM,
): Promise<void> {
  const { ok, node, isNodeAtPlace } = system();
  const as = { account: manager.account };
  await ok(['mkdir', '-p', `${directory}/${SERVICE}.d`], as);
  await ok(['sh', '-c', `cp ${PACKAGE}/docs/systemd/${kind}/* ${directory}`], as);
  if (!isNodeAtPlace) {
    const edit = `s,^ExecStart=/usr/bin/node,ExecStart=${node},`;
    await ok(['sed', '-i', edit, `${directory}/${SERVICE}`], as);
  }
  await systemctl(['daemon-reload'], manager);
  await systemctl(['enable', '--now', ...SOCKETS], manager);
}

interface Left {
  readonly files: readonly string[];
  readonly segments: readonly string[];
  readonly processes: readonly string[];
}

/** The possible remains of a system registry: all files, segments and processes of lttng-ts. */
async function leftovers(directory: string): Promise<Left> {
  const { ok } = system();
  const lines = async (command: string): Promise<string[]> =>
    (await ok(['sh', '-c', command])).split('\n').filter((line) => line !== '');
  return {
    files: await lines(`find ${directory} -mindepth 1 | sort`),
    segments: await lines('tail -n +2 /proc/sysvipc/shm'),
    processes: await lines('pgrep --full --list-full "lttng-ts/[d]ist/bin/(lttng|ust)" || true'),
  };
}

/** A registry's lock and its folder of records. */
function nothing(directory: string): Left {
  const files = ['registry.lock', 'sessions'].map((name) => join(directory, name));
  return { files, segments: [], processes: [] };
}

function checkWhole(output: string): number {
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  const ticks = ticksOf(trace);
  const first = ticks[0] ?? 0;
  expect(ticks.findIndex((tick, index) => tick !== first + index)).toBe(-1);
  expect(babeltrace(output).events).toBe(ticks.length);
  return ticks.length;
}

interface Application {
  /** The process id in the system's namespace. */
  readonly pid: string;
  /** The number of ticks recorded so far. */
  recorded(): number;
}

/** A session that records the account's programs. */
async function beginSession(name: string, account: Account): Promise<void> {
  const { lttng } = system();
  await lttng(['create', name, '-o', outputOf(name, account)], { account });
  await lttng(['add-event', 'test:*', '-s', name], { account });
  await lttng(['start', name], { account });
}

/** A session and a program that it records. */
async function recordTicks(name: string, account: Account): Promise<Application> {
  const { start, node } = system();
  await beginSession(name, account);
  const counts = join(place.homeOf(account), `${name}.counts`);
  const program = tickProgram(place, { batch: 50, pauseMs: 5, total: 0 });
  const command = [node, '--import', `${PACKAGE}/dist/bin/register.js`, program];
  const running = start(['sh', '-c', 'echo $$; exec "$@" >"$0"', counts, ...command], { account });
  const pid = await running.line(/^\d+$/);
  await until(async () => existsSync(counts));
  const recorded = (): number =>
    Number.parseInt(readFileSync(counts, 'utf8').trim().split('\n').at(-1) ?? '0', 10);
  await until(async () => recorded() > 0);
  return { pid, recorded };
}

function outputOf(name: string, account: Account): string {
  return join(place.homeOf(account), 'traces', name);
}

const DIRECTORY = '/run/lttng-ts';

describe('units of the system', () => {
  let member: Account;
  let as: { account: Account };
  beforeEach(() => {
    member = account('lttng-ts-a');
    as = { account: member };
  });

  it('a command starts the registry, which systemd waits for', async () => {
    await install('/etc/systemd/system', 'system');
    expect(await property('ActiveState')).toBe('inactive');
    expect(await system().lttng(['list'], as)).toContain('No session');
    // Only the registry's own notification makes the unit active.
    expect(await property('Type')).toBe('notify');
    expect(await property('ActiveState')).toBe('active');
    expect(await journal()).toContain('registry.ready');
    // The unit's restrictions hold: the registry sees no home, and writes only to its directory and /tmp.
    const { ok } = system();
    const pid = await property('MainPID');
    expect(await ok(['cat', `/proc/${pid}/status`])).toMatch(/^NoNewPrivs:\t1$/m);
    const look = 'findmnt --noheadings --output OPTIONS --target';
    const rights = `for at in / ${DIRECTORY} /tmp /root; do ${look} "$at" | cut -c1-2; done`;
    expect(await ok(['nsenter', `--target=${pid}`, '--mount', 'sh', '-c', rights])).toBe(
      'ro\nrw\nrw\nro\n',
    );
  });

  it('a reload and a kill do not disturb a recording session', async () => {
    const application = await recordTicks('web', member);
    const first = await property('MainPID');
    await systemctl(['reload', SERVICE]);
    await until(async () => (await journal()).includes('configuration.reloaded'));
    expect(await property('MainPID')).toBe(first);
    expect(await system().lttng(['list'], as)).toMatch(/^\* web {2}active/m);

    await systemctl(['kill', '--kill-whom=main', '--signal=KILL', SERVICE]);
    await until(async () => (await property('NRestarts')) === '1');
    const atRestart = application.recorded();
    await until(async () => (await property('ActiveState')) === 'active');
    expect(await property('MainPID')).not.toBe(first);
    expect(await system().lttng(['list'], as)).toMatch(/^\* web {2}active/m);
    await until(async () => application.recorded() > atRestart + 1000);
    const before = application.recorded();
    await system().lttng(['destroy', 'web'], as);
    expect(checkWhole(outputOf('web', member))).toBeGreaterThan(before - 50);
    await system().ok(['kill', application.pid]);
  });

  it("a restart writes the sessions' buffers, and restores sessions without a consumer", async () => {
    const application = await recordTicks('shop', member);
    await beginSession('lost', member);
    const [, consumer = ''] =
      /^ {2}consumer +pid (\d+)$/m.exec(await system().lttng(['list', 'lost'], as)) ?? [];
    await system().ok(['kill', '-KILL', consumer]);
    const before = application.recorded();
    const first = await property('MainPID');
    await systemctl(['restart', SERVICE]);
    expect(await property('MainPID')).not.toBe(first);
    expect(checkWhole(outputOf('shop', member))).toBeGreaterThan(before - 50);
    expect(await system().lttng(['list'], as)).not.toContain('shop');
    await system().lttng(['destroy', 'lost'], as);
    expect(checkWhole(outputOf('lost', member))).toBeGreaterThan(0);
    expect(await system().lttng(['list'], as)).toContain('No session');
    await system().ok(['kill', application.pid]);
  });

  it('a stop leaves nothing behind, and a start serves again', async () => {
    const application = await recordTicks('last', member);
    await systemctl(['stop', SERVICE]);
    for (const unit of [SERVICE, ...SOCKETS]) {
      const { stdout } = await system().start(['systemctl', 'is-active', unit]).finished;
      expect({ unit, stdout }).toEqual({ unit, stdout: 'inactive\n' });
    }
    expect(await property('Result')).toBe('success');
    expect(await leftovers(DIRECTORY)).toEqual(nothing(DIRECTORY));
    expect(checkWhole(outputOf('last', member))).toBeGreaterThan(0);
    await system().ok(['kill', application.pid]);

    await systemctl(['start', ...SOCKETS]);
    expect(await property('ActiveState')).toBe('inactive');
    expect(await system().lttng(['list'], as)).toContain('No session');
    expect(await property('ActiveState')).toBe('active');
  });
});

describe('units of a user', () => {
  it('are for the registry of that user', async () => {
    const user = account('lttng-ts-c');
    const home = place.homeOf(user);
    const runtime = `/run/user/${user.uid}`;
    // A login would start it; this system has no logins.
    const login = `[Service]
User=${user.uid}
Type=notify
Delegate=yes
Environment=HOME=${home} XDG_RUNTIME_DIR=${runtime}
ExecStartPre=+install -d -m 700 -o ${user.uid} ${runtime}
ExecStart=/lib/systemd/systemd --user
`;
    writeFileSync(join(place.directory, 'login.service'), login);
    await system().ok(['cp', join(place.directory, 'login.service'), '/etc/systemd/system']);
    await systemctl(['daemon-reload']);
    await systemctl(['start', 'login.service']);
    const own: Manager = { account: user, environment: { XDG_RUNTIME_DIR: runtime } };
    await install(join(home, '.config/systemd/user'), 'user', own);
    expect(await property('ActiveState', own)).toBe('inactive');
    const application = await recordTicks('own', user);
    expect(await property('ActiveState', own)).toBe('active');
    const before = application.recorded();

    await systemctl(['kill', '--kill-whom=main', '--signal=KILL', SERVICE], own);
    await until(async () => (await property('NRestarts', own)) === '1');
    await until(async () => application.recorded() > before + 1000);
    await systemctl(['reload', SERVICE], own);
    expect(await system().lttng(['list'], { account: user })).toMatch(/^\* own {2}active/m);
    await systemctl(['stop', SERVICE], own);
    expect(checkWhole(outputOf('own', user))).toBeGreaterThan(before + 1000 - 50);
    const directory = join(home, '.lttng-ts');
    const left = nothing(directory);
    expect(await leftovers(directory)).toEqual({
      ...left,
      files: [join(directory, 'current'), ...left.files, join(directory, 'ust-consumerd.log')],
      // The remains of root's registry, from the tests before.
      processes: [expect.stringContaining('lttng-sessiond.js --group tracing')],
    });
    await system().ok(['kill', application.pid]);
  });
});

describe('unit of the relay', () => {
  const RELAY = 'lttng-ts-relayd.service';
  const TRACES = '/var/lib/lttng-ts-relay';

  it('starts when it listens, is reloaded, restarted after a kill, and stopped', async () => {
    const { ok, node, isNodeAtPlace } = system();
    const directory = '/etc/systemd/system';
    // Its listeners need the loopback interface.
    await ok(['ip', 'link', 'set', 'lo', 'up']);
    await ok(['cp', `${PACKAGE}/docs/systemd/system/${RELAY}`, directory]);
    if (!isNodeAtPlace) {
      const edit = `s,^ExecStart=/usr/bin/node,ExecStart=${node},`;
      await ok(['sed', '-i', edit, `${directory}/${RELAY}`]);
    }
    await systemctl(['daemon-reload']);
    const show = async (name: string): Promise<string> =>
      (await systemctl(['show', '--value', `--property=${name}`, RELAY])).trim();
    const log = async (): Promise<string> => ok(['journalctl', '--no-pager', `--unit=${RELAY}`]);
    await systemctl(['start', RELAY]);
    expect(await show('ActiveState')).toBe('active');
    expect(await log()).toContain('relay.ready');
    const pid = await show('MainPID');
    // A user of its own, which owns the directory of the traces.
    const owner = (await ok(['stat', '--format=%u %a', `${TRACES}/.`])).trim();
    expect(owner).toMatch(/^6\d{4} 750$/);
    expect(await ok(['cat', `/proc/${pid}/status`])).toMatch(
      new RegExp(`^Uid:\\t${owner.split(' ')[0]}\\t`, 'm'),
    );
    await systemctl(['reload', RELAY]);
    await until(async () => (await log()).includes('configuration.reloaded'));
    expect(await show('MainPID')).toBe(pid);
    await systemctl(['kill', '--kill-whom=main', '--signal=KILL', RELAY]);
    await until(async () => (await show('NRestarts')) === '1');
    await until(async () => (await show('ActiveState')) === 'active');
    await systemctl(['stop', RELAY]);
    expect(await show('Result')).toBe('success');
    expect(await log()).toContain('relay.ending');
  });
});
