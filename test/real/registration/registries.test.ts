/** Registries of both scopes with real processes and users (R1.3 to R1.5, R1.11). */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isRoot,
  programPath,
  retried,
  runDirectory,
  startRegistry,
  until,
  userDirectory,
  WHY_NO_GLOBAL,
} from '../../support/real/proc.ts';
import {
  type Account,
  accountOf,
  makePlace,
  type Place,
  REGISTER,
} from '../../support/real/sandbox.ts';

const member = accountOf('lttng-ts-a');
const outsider = accountOf('lttng-ts-c');
const SEVERAL_USERS = member !== undefined && outsider !== undefined;
const WHY = 'several users are there for root only';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

const lookOf = (path: string): string => {
  const { uid, gid, mode } = statSync(path);
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
};
const gidOf = (group: string): number =>
  Number(spawnSync('getent', ['group', group], { encoding: 'utf8' }).stdout.split(':')[2]);

/** The sentence of `lttng list` for this account; empty when the registry serves it. */
async function lttngOf(account: Account | undefined): Promise<string> {
  const { status, stderr } = await place.lttng(['--no-sessiond', 'list'], { account });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return status === 0 ? '' : stderr.trim();
}

/** The files of a registry's directory while it serves, and after its end. */
const SERVING = ['apps.sock', 'client.sock', 'registry.lock', 'sessions'];
const ENDED = ['registry.lock', 'sessions'];

describe('global and per-user registries', () => {
  it('have sockets of the right owners and modes, side by side', async ({ skip }) => {
    if (!SEVERAL_USERS) return skip(WHY);
    await Promise.all([startRegistry(place), startRegistry(place, { account: outsider })]);
    const global = runDirectory(place);
    const own = userDirectory(place, outsider);
    const { uid, gid } = outsider;
    expect([global, own].map((directory) => readdirSync(directory).sort())).toEqual([
      SERVING,
      SERVING,
    ]);
    expect([global, `${global}/apps.sock`, `${global}/client.sock`].map(lookOf)).toEqual([
      '0:0 755',
      '0:0 666',
      `0:${gidOf('tracing')} 660`,
    ]);
    expect([global, own].map((directory) => lookOf(`${directory}/sessions`))).toEqual([
      '0:0 700',
      `${uid}:${gid} 700`,
    ]);
    expect([own, `${own}/apps.sock`, `${own}/client.sock`].map(lookOf)).toEqual([
      `${uid}:${gid} 700`,
      `${uid}:${gid} 600`,
      `${uid}:${gid} 600`,
    ]);
    expect(lookOf(place.environment['LTTNG_TS_PIPE'] ?? '')).toMatch(/ 666$/);
    // The global registry serves the member, the outsider's own registry the outsider.
    expect(await Promise.all([lttngOf(member), lttngOf(outsider)])).toEqual(['', '']);
  });

  it('end and leave only the lock and the continuing sessions', async () => {
    const registry = await startRegistry(place);
    registry.kill('SIGTERM');
    expect((await registry.finished).status).toBe(0);
    expect(readdirSync(runDirectory(place)).sort()).toEqual(ENDED);
    expect(readdirSync(`${runDirectory(place)}/sessions`)).toEqual([]);
  });
});

describe('the tracing group (R1.3)', () => {
  const GROUP = 'lttng-ts-probe';
  const name = 'lttng-ts-c';
  const change = (...command: string[]): Promise<void> => retried(command);
  beforeEach(async () => {
    if (SEVERAL_USERS) await change('groupadd', '--system', GROUP);
  });
  afterEach(async () => {
    if (SEVERAL_USERS) await change('groupdel', GROUP);
  });

  it('follows the current databases, for processes with the group in their credentials', async ({
    skip,
  }) => {
    if (!SEVERAL_USERS) return skip(WHY);
    const gid = gidOf(GROUP);
    const { uid } = outsider;
    const as = async (...groups: string[]): Promise<string> => {
      const home = place.homeOf(outsider);
      const command = [process.execPath, programPath('lttng'), '--no-sessiond', 'list'];
      const { status, stderr } = await place.start(
        'setpriv',
        [`--reuid=${uid}`, ...groups, '--', ...command],
        { cwd: home, environment: { HOME: home } },
      ).finished;
      return status === 0 ? 'served' : stderr.trim();
    };
    const registry = place.startProgram('lttng-sessiond', ['--group', GROUP]);
    await registry.said(/registry\.ready/);
    const client = `${runDirectory(place)}/client.sock`;
    expect(lookOf(client)).toBe(`0:${gid} 660`);

    const login = [`--regid=${outsider.gid}`, '--init-groups'];
    const [stranger, primary, taken] = await Promise.all([
      as(...login),
      as(`--regid=${gid}`, '--clear-groups'),
      // The kernel lets it connect; the databases do not list it.
      as(`--regid=${outsider.gid}`, `--groups=${gid}`),
    ]);
    expect(stranger).toContain('this user is not in its group');
    expect(primary).toBe('served');
    expect(taken).toContain('not in the group');

    await change('gpasswd', '--add', name, GROUP);
    const [anew, before, after] = await Promise.all([
      as(...login),
      // It logged in before the group got it: the kernel rejects it (R1.5), as from every file of the group.
      as(`--regid=${outsider.gid}`, '--clear-groups'),
      as(`--regid=${outsider.gid}`, `--groups=${gid}`),
    ]);
    expect(anew).toBe('served');
    expect(before).toContain('this user is not in its group');
    expect(after).toBe('served');

    await change('gpasswd', '--delete', name, GROUP);
    expect(await as(`--regid=${outsider.gid}`, `--groups=${gid}`)).toContain('not in the group');
  });

  it('that does not exist leaves root alone', async ({ skip }) => {
    if (!SEVERAL_USERS) return skip(WHY);
    const registry = place.startProgram('lttng-sessiond', ['--group', 'no-such-group']);
    expect(await registry.said(/configuration\.groupUnknown/)).toContain('no-such-group');
    await registry.said(/registry\.ready/);
    expect(lookOf(`${runDirectory(place)}/client.sock`)).toBe('0:0 600');
    const answers = await Promise.all([lttngOf(member), lttngOf(undefined)]);
    expect(answers[0]).toContain('this user is not in its group');
    expect(answers[1]).toBe('');
  });
});

describe('a second registry in the same directory (R1.11)', () => {
  it('does not stay: of five that start at once exactly one serves', async () => {
    const started = Array.from({ length: 5 }, () => place.startProgram('lttng-sessiond', []));
    const outcomes = await Promise.all(
      started.map(({ finished, pid, said }) => {
        const ready = said(/registry\.ready/).then(
          () => ({ pid, status: 'serves', stderr: '' }),
          () => finished,
        );
        return Promise.race([ready, finished]);
      }),
    );
    const alive = outcomes.flatMap((outcome) => ('pid' in outcome ? [outcome.pid] : []));
    expect(alive).toHaveLength(1);
    for (const { status, stderr } of outcomes.filter((outcome) => !('pid' in outcome))) {
      expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: 3, lines: 1 });
      expect(stderr).toContain(`Another registry serves ${runDirectory(place)}`);
    }
    expect(await lttngOf(undefined)).toBe('');
    const { stdout } = await place.lttng(['--no-sessiond', '--output-format', 'json', 'status']);
    expect(stdout).toContain(`"pid":${alive[0]}`);
  });

  it('takes over from one that was killed', async () => {
    const dead = await startRegistry(place);
    dead.kill('SIGKILL');
    await dead.finished;
    expect(readdirSync(runDirectory(place)).sort()).toEqual(SERVING);
    const answer = await lttngOf(undefined);
    expect(answer).toContain('no process listens');
    await startRegistry(place);
    expect(await lttngOf(undefined)).toBe('');
  });
});

/** Puts a link of another user to `real` in the place of the directory. */
function linkOfAnother(): void {
  mkdirSync(join(place.directory, 'real'));
  symlinkSync(join(place.directory, 'real'), runDirectory(place));
  lchownSync(runDirectory(place), outsider?.uid ?? 1, 0);
}

describe('a directory unfit for a registry', () => {
  beforeEach(({ skip }) => skip(!isRoot, WHY_NO_GLOBAL));
  const made = (): string => {
    mkdirSync(runDirectory(place), { mode: 0o755 });
    return runDirectory(place);
  };
  const spoilt: readonly [string, () => void][] = [
    ['of another user', () => chownSync(made(), outsider?.uid ?? 1, 0)],
    ['that others may write', () => chmodSync(made(), 0o757)],
    ['behind a link of another user', linkOfAnother],
    ['that is a file', () => writeFileSync(runDirectory(place), '')],
  ];
  it.each(spoilt)('%s is refused with one sentence and status 1', async (_, spoil) => {
    spoil();
    place.homeOf();
    const before = readdirSync(place.directory, { recursive: true });
    const { status, stderr } = await place.startProgram('lttng-sessiond', []).finished;
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/is not a directory that only this user can write|\((?:EEXIST|ELOOP)\)/);
    expect(readdirSync(place.directory, { recursive: true })).toEqual(before);
  });

  it('whose path is too long for a socket is refused with one sentence, by lttng too', async () => {
    const environment = { LTTNG_TS_RUNDIR: join(place.directory, 'x'.repeat(100)) };
    const registry = place.startProgram('lttng-sessiond', [], { environment });
    const { status, stderr } = await registry.finished;
    expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toContain('ENAMETOOLONG');
    const asked = await place.lttng(['--no-sessiond', 'list'], { environment });
    expect(asked.status).not.toBe(0);
    expect(asked.stderr.trim().split('\n')).toHaveLength(1);
    expect(asked.stderr).toContain('too long');
    // An application with such a directory runs without a registry.
    const app = place.start(process.execPath, ['--import', REGISTER, '--eval', '0'], {
      environment,
    });
    expect(await app.finished).toMatchObject({ status: 0, stderr: '' });
  });

  it('gets no log either, nor does one that cannot be created; one sentence reports each', async () => {
    linkOfAnother();
    writeFileSync(join(place.directory, 'file'), '');
    const places: readonly [string, string, readonly string[]][] = [
      [runDirectory(place), 'Cannot create', ['--log-file']],
      [join(place.directory, 'file/run'), 'Cannot create', ['--log-file']],
      [join(place.directory, 'else'), 'Cannot log to', ['--log-file', place.directory]],
    ];
    for (const [directory, sentence, args] of places) {
      const environment = { LTTNG_TS_RUNDIR: directory };
      const registry = place.startProgram('lttng-sessiond', args, { environment });
      const { status, stderr } = await registry.finished;
      expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: 1, lines: 1 });
      expect(stderr).toContain(sentence);
    }
    expect(readdirSync(join(place.directory, 'real'))).toEqual([]);
  });

  it('is created with search permission for all users, whatever the umask', async () => {
    const command = `umask 077; exec ${process.execPath} ${programPath('lttng-sessiond')} --log-file`;
    place.start('sh', ['-c', command]);
    const log = `${runDirectory(place)}/lttng-sessiond.log`;
    await until(
      'it serves',
      () => existsSync(log) && readFileSync(log, 'utf8').includes('is ready'),
    );
    expect(lookOf(runDirectory(place))).toMatch(/ 755$/);
    expect(lookOf(`${runDirectory(place)}/apps.sock`)).toMatch(/ 666$/);
    expect(lookOf(log)).toMatch(/ 600$/);
  });

  it('makes lttng report in one sentence that its registry did not stay', async () => {
    chmodSync(made(), 0o757);
    const { status, stderr } = await place.lttng(['list']);
    expect(status).not.toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
