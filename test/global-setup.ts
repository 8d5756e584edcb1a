/**
 * Accounts that tests of several users need, made before the first test when root runs them and they are absent.
 * They stay: removing an account while another run uses it would break that run. Tests run by anybody else skip
 * what needs several users, and say so.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as pass } from 'node:timers/promises';

const GROUP = 'tracing';
/** Members of the group, and one user who is not. */
const MEMBERS = ['lttng-ts-a', 'lttng-ts-b'];
const OUTSIDERS = ['lttng-ts-c'];

/** The account files are locked while another process changes them. */
const ATTEMPTS_MAX = 20;
const RETRY_MS = 250;

export async function setup(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await ensure('group', GROUP, ['groupadd', '--system', GROUP]);
  const useradd = ['useradd', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  for (const user of MEMBERS) await ensure('passwd', user, [...useradd, '--groups', GROUP, user]);
  for (const user of OUTSIDERS) await ensure('passwd', user, [...useradd, user]);
}

async function ensure(database: string, name: string, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command;
  for (let attempt = 1; ; attempt++) {
    if (spawnSync('getent', [database, name]).status === 0) return;
    const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status === 0) return;
    if (attempt === ATTEMPTS_MAX) {
      throw new Error(`Cannot make ${name}: ${error?.message ?? stderr}`);
    }
    await pass(RETRY_MS);
  }
}
