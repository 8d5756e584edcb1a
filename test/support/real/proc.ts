/** Helpers for the tests of registration with real processes: waiting, and values from /proc. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { inOrder } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import type { AppInfo } from '../../../src/wire/control/messages.ts';
import { DIST_VARIABLE } from '../../global-setup.ts';
import type { Account, Place, Running, RunOptions } from './sandbox.ts';

const WAIT_MS_MAX = 30_000;
const POLL_MS = 10;
const ATTEMPTS_MAX = 20;
const RETRY_MS = 250;
/** USER_HZ of Linux: the unit of CPU times in /proc. */
const TICKS_PER_SECOND = 100;

export const isRoot = process.getuid?.() === 0;
/** The reason why tests of a global registry are skipped: only root's registry is global. */
export const WHY_NO_GLOBAL = 'needs root: the global registry is its';

/** The directory of the test user's registry: the global one for root, else that of an ordinary user. */
export const runDirectory = (place: Place): string =>
  isRoot ? join(place.directory, 'run') : userDirectory(place);
export const globalSocket = (place: Place): string => join(runDirectory(place), 'apps.sock');
export const userDirectory = (place: Place, account?: Account): string =>
  join(place.homeOf(account), '.lttng-ts');

/** Starts one of our own programs. */
export const programPath = (name: string): string =>
  join(process.env[DIST_VARIABLE] ?? '', `bin/${name}.js`);

/** Runs a command that changes the account files; it retries while another process locks them. */
export async function retried([program = '', ...args]: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status === 0) return;
    if (attempt === ATTEMPTS_MAX) throw new Error(`${program}: ${stderr}`);
    await pass(RETRY_MS);
  }
}

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited too long: ${what}`);
    await pass(POLL_MS);
  }
}

/** A registry of the account, or of the test user, that serves. */
export async function startRegistry(place: Place, options: RunOptions = {}): Promise<Running> {
  const registry = place.startProgram('lttng-sessiond', [], options);
  await registry.said(/registry\.ready/);
  return registry;
}

/**
 * The applications of a registry: that of the test user, or of `account`. This process sends the request itself,
 * because a command takes half a second to start.
 */
export function appsOf(place: Place, account?: Account): Promise<readonly AppInfo[]> {
  const world = createRealWorld({ log: () => undefined, processName: 'lttng' });
  const directory = account === undefined ? runDirectory(place) : userDirectory(place, account);
  const registry = {
    scope: account === undefined && isRoot ? ('global' as const) : ('user' as const),
    clientPath: join(directory, 'client.sock'),
    ownerUid: account?.uid ?? process.getuid?.() ?? 0,
  };
  return new Promise((resolve, reject) => {
    startClient(
      { ...world, processes: { ...world.processes, onSignal: () => () => undefined } },
      {
        plan: inOrder([{ op: 'app.list', from: 0 }]),
        candidates: [registry],
        sessiond: undefined,
        onFailure: reject,
        onDone: ([result]) => {
          if (result?.kind === 'reply') resolve(result.value.apps ?? []);
          else reject(new Error(JSON.stringify(result)));
        },
      },
    );
  });
}

/** CPU time of a process so far, milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** The number of file descriptors of a process. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
