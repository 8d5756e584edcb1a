/**
 * A systemd that only the test uses, booted by `boot-systemd.sh`, and commands that run in it. The sandbox's directory
 * is visible inside; all other files written inside disappear with it.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { type Account, DIST, type Place, type Running } from './sandbox.ts';

/** The paths of the package and of Node.js inside. */
export const PACKAGE = '/usr/local/lib/node_modules/lttng-ts';
const NODE = '/usr/local/lib/node';
/** The path of Node.js in the units. */
const NODE_OF_UNITS = '/usr/bin/node';
const BOOT_MS_MAX = 30_000;
const POLL_MS = 50;

interface As {
  readonly account?: Account | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Booted {
  /** The program that runs Node.js; the units must name it when it is not at their default path. */
  readonly node: string;
  readonly isNodeAtPlace: boolean;
  start(words: readonly string[], as?: As): Running;
  /** Runs a command at its account's home in the sandbox; it must succeed. Resolves to its output. */
  ok(words: readonly string[], as?: As): Promise<string>;
  lttng(words: readonly string[], as?: As): Promise<string>;
  end(): Promise<void>;
}

/** Boots systemd; a reason when this machine does not allow that. */
export async function bootSystemd(place: Place): Promise<Booted | string> {
  if (process.getuid?.() !== 0) return 'needs root: a systemd is booted';
  if (!existsSync('/lib/systemd/systemd')) return 'systemd is not there';
  const script = join(import.meta.dirname, 'boot-systemd.sh');
  const boot = place.start('unshare', [
    ...['--mount', '--ipc', '--net', '--uts', '--', 'sh', script],
    ...[dirname(DIST), process.execPath, place.directory],
  ]);
  let failure: string | undefined;
  void boot.finished.then(({ status, stderr }) => {
    failure = `systemd cannot be booted here (status ${status}): ${stderr.trim()}`;
  });
  const deadline = Date.now() + BOOT_MS_MAX;
  for (;;) {
    const pid = firstProcess(boot.pid);
    const booted = pid === undefined ? undefined : enter(place, boot, pid);
    if (failure !== undefined) return failure;
    if (booted !== undefined && (await isRunning(booted))) return booted;
    if (Date.now() > deadline) {
      await booted?.end();
      return `systemd did not come up within ${BOOT_MS_MAX / 1000} s: ${failure}`;
    }
    await pass(POLL_MS);
  }
}

/** The script becomes systemd, three processes further down. */
function firstProcess(script: number): number | undefined {
  let pid = script;
  for (;;) {
    if (isSystemd(pid)) return pid;
    try {
      pid = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
    } catch {
      return undefined;
    }
  }
}

function isSystemd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8') === 'systemd\n';
  } catch {
    return false;
  }
}

async function isRunning(booted: Booted): Promise<boolean> {
  const { stdout } = await booted.start(['systemctl', 'is-system-running']).finished;
  return /^(running|degraded)$/m.test(stdout);
}

function enter(place: Place, boot: Running, pid: number): Booted {
  const isNodeAtPlace =
    existsSync(NODE_OF_UNITS) && realpathSync(NODE_OF_UNITS) === realpathSync(process.execPath);
  const node = isNodeAtPlace ? NODE_OF_UNITS : NODE;
  const start: Booted['start'] = (words, { account, environment = {} } = {}) => {
    // No variable of the sandbox: its registry is at the default path.
    const settings = { PATH: place.environment['PATH'] ?? '', ...environment };
    const set = Object.entries({ HOME: place.homeOf(account), ...settings });
    const become =
      account === undefined
        ? []
        : ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--'];
    return place.start('nsenter', [
      ...[`--target=${pid}`, '--pid', '--mount', '--ipc', '--net', '--uts', '--'],
      ...['env', '--ignore-environment', ...set.map(([name, value]) => `${name}=${value}`)],
      ...[...become, ...words],
    ]);
  };
  const ok: Booted['ok'] = async (words, as) => {
    const { status, stdout, stderr } = await start(words, as).finished;
    if (status === 0) return stdout;
    throw new Error(`${words.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  };
  return {
    node,
    isNodeAtPlace,
    start,
    ok,
    lttng: (words, as) => ok([node, join(PACKAGE, 'dist/bin/lttng.js'), ...words], as),
    end: async () => {
      process.kill(pid, 'SIGKILL');
      await boot.finished;
    },
  };
}
