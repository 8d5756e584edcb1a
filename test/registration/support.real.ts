/** What the tests of registration with real processes share: waiting, and what /proc tells of a process. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { Account, Place, Running, RunOptions } from '../e2e/place.ts';

const WAIT_MS_MAX = 15_000;
const POLL_MS = 10;
/** USER_HZ of Linux: the unit of CPU times in /proc. */
const TICKS_PER_SECOND = 100;

export const runDirectory = (place: Place): string => join(place.directory, 'run');
export const globalSocket = (place: Place): string => join(place.directory, 'run/apps.sock');
export const userDirectory = (place: Place, account?: Account): string =>
  join(place.homeOf(account), '.lttng-ts');

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

/** A registry of the account, or the global one, that serves. */
export async function startRegistry(place: Place, options: RunOptions = {}): Promise<Running> {
  const registry = place.startProgram('lttng-sessiond', [], options);
  await registry.said(/Registry is ready/);
  return registry;
}

export interface ListedApp {
  readonly pid: number;
  readonly tid: number;
  readonly uid: number;
}

/** The applications that the account's `lttng` sees. */
export async function appsOf(place: Place, account?: Account): Promise<ListedApp[]> {
  const args = ['--no-sessiond', '--output-format', 'json', 'list', '--apps'];
  const { status, stdout, stderr } = await place.lttng(args, { account });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => JSON.parse(line) as ListedApp | ListedApp[]);
}

/** CPU time of a process so far, milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** How many descriptors a process has. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
