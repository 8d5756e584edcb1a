/**
 * What tests of several users need, when root runs them; anybody else skips those tests, and says so.
 *
 * Accounts are made before the first test where they are absent. They stay: removing an account while another run
 * uses it would break that run. A checkout that other accounts cannot read (under /root, say) is installed anew
 * where they can; `DIST_VARIABLE` says where its programs are.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const GROUP = 'tracing';
/** Members of the group, and one user who is not. */
const MEMBERS = ['lttng-ts-a', 'lttng-ts-b'];
const OUTSIDERS = ['lttng-ts-c'];

/** The account files are locked while another process changes them. */
const ATTEMPTS_MAX = 20;
const RETRY_MS = 250;

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Names the environment variable with the directory of the compiled programs that every account can read. */
export const DIST_VARIABLE = 'LTTNG_TS_TEST_DIST';

export async function setup(): Promise<(() => void) | undefined> {
  refuseOldBundles();
  process.env[DIST_VARIABLE] = join(ROOT, 'dist');
  if (process.getuid?.() !== 0) return undefined;
  await ensure('group', GROUP, ['groupadd', '--system', GROUP]);
  const useradd = ['useradd', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  for (const user of MEMBERS) await ensure('passwd', user, [...useradd, '--groups', GROUP, user]);
  for (const user of OUTSIDERS) await ensure('passwd', user, [...useradd, user]);
  return isReadableBy(OUTSIDERS[0] ?? '') ? undefined : installElsewhere();
}

/** Programs that were bundled before the last compilation would hide what was changed. */
function refuseOldBundles(): void {
  const bundled = statSync(join(ROOT, 'dist/bin/programs/lttng.cjs'), { throwIfNoEntry: false });
  const newer = ['src', 'actors', 'bin'].flatMap((part) =>
    readdirSync(join(ROOT, 'dist', part), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.js'))
      .filter((path) => statSync(join(ROOT, 'dist', part, path)).mtimeMs > (bundled?.mtimeMs ?? 0)),
  );
  if (newer.length > 0) {
    throw new Error(`The programs are older than ${newer[0]}: run "npm run bundle" after tsc`);
  }
}

function isReadableBy(user: string): boolean {
  const program = join(ROOT, 'dist/bin/lttng.js');
  const as = ['--reuid', user, '--clear-groups', 'test', '-r', program];
  return spawnSync('setpriv', as).status === 0;
}

/** The package and what it depends on, in a directory that all users can read. */
function installElsewhere(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'lttng-ts-install-'));
  chmodSync(directory, 0o755);
  const { stdout } = spawnSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const packages = stdout.split('\n').filter((path) => path.startsWith(join(ROOT, 'node_modules')));
  const own = ['dist', 'docs/systemd', 'package.json'].map((path) => join(ROOT, path));
  for (const path of [...own, ...packages]) {
    cpSync(path, join(directory, relative(ROOT, path)), { recursive: true });
  }
  process.env[DIST_VARIABLE] = join(directory, 'dist');
  return () => rmSync(directory, { recursive: true, force: true });
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
