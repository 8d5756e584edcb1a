/** Programs that have rights which their starter does not have believe nothing of their environment. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../support/real/proc.ts';
import { writeProgram } from '../../support/real/programs.ts';
import {
  type Account,
  accountOf,
  LIBRARY,
  makePlace,
  type Place,
} from '../../support/real/sandbox.ts';

const owner = accountOf('lttng-ts-a');
const starter = accountOf('lttng-ts-c');
const WHY = 'several users are there for root only';
/** Where a program waits that believes no environment. */
const COMMON_PIPE = '/tmp/.lttng-ts-apps';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.end();
  const maker = lstatSync(COMMON_PIPE, { throwIfNoEntry: false })?.uid;
  if (maker !== undefined && [owner?.uid, starter?.uid].includes(maker)) rmSync(COMMON_PIPE);
});

/** A copy of Node.js that belongs to this account and has this mode. */
function copyOfNode({ uid, gid }: Account, mode: number): string {
  const path = join(place.directory, 'node');
  copyFileSync(process.execPath, path);
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return path;
}

/**
 * Starts a traced program as the starter, whose environment names a pipe in the home of the account and debug output.
 * Resolves to the pipe on which it waits, whether the named one is there, and what it printed.
 */
async function waitsAt(node: string, account: Account): Promise<Record<string, unknown>> {
  const program = writeProgram(
    place,
    'stay.mjs',
    `import '${LIBRARY}'; setTimeout(() => {}, 600_000);`,
  );
  const named = join(place.homeOf(account), 'named');
  const environment = {
    LTTNG_TS_PIPE: named,
    LTTNG_TS_DEBUG: '1',
    LTTNG_TS_RUNDIR: place.environment['LTTNG_TS_RUNDIR'] ?? '',
  };
  const app = place.start(node, [program], { account: starter, environment });
  const links = (): string[] => {
    const descriptors = `/proc/${app.pid}/fd`;
    return readdirSync(descriptors).map((fd) => targetOf(join(descriptors, fd)));
  };
  let pipe: string | undefined;
  await until('a wait', () => {
    pipe = links().find((link) => link === named || link === COMMON_PIPE);
    return pipe !== undefined;
  });
  app.kill('SIGTERM');
  const { stderr } = await app.finished;
  return { pipe: pipe === named ? 'named' : pipe, isMade: existsSync(named), stderr };
}

/** Empty when the process has closed the descriptor in between. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    return '';
  }
}

const BELIEVES_NOTHING = { pipe: COMMON_PIPE, isMade: false, stderr: '' };

describe('where a program waits', () => {
  it('is in its environment, if it has the rights of its starter only', async ({ skip }) => {
    if (starter === undefined) return skip(WHY);
    expect(await waitsAt(copyOfNode(starter, 0o755), starter)).toMatchObject({
      pipe: 'named',
      isMade: true,
    });
  });

  it('is not in its environment, if it has the set-user-ID bit', async ({ skip }) => {
    if (owner === undefined) return skip(WHY);
    expect(await waitsAt(copyOfNode(owner, 0o4755), owner)).toEqual(BELIEVES_NOTHING);
  });

  it('is not in its environment, if it has the set-group-ID bit', async ({ skip }) => {
    if (owner === undefined || starter === undefined) return skip(WHY);
    expect(await waitsAt(copyOfNode(owner, 0o2755), starter)).toEqual(BELIEVES_NOTHING);
  });

  it('is not in its environment, if it has file capabilities', async ({ skip }) => {
    if (owner === undefined || starter === undefined) return skip(WHY);
    const node = copyOfNode(owner, 0o755);
    if (spawnSync('setcap', ['cap_net_raw+ep', node]).status !== 0) return skip('no setcap');
    expect(await waitsAt(node, starter)).toEqual(BELIEVES_NOTHING);
  });
});
