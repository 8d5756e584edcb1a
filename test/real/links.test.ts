/** Root records into a directory whose parents belong to another user, who puts links there. */
import {
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeProgram } from '../support/real/programs.ts';
import {
  type Account,
  accountOf,
  LIBRARY,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';

const other = accountOf('lttng-ts-c');
const WHY = 'several users are there for root only';

let place: Place;
let secret: string;
beforeEach(() => {
  place = makePlace();
  secret = join(place.directory, 'secret');
  mkdirSync(secret, { mode: 0o700 });
});
afterEach(() => place.end());

/** Puts a link of this user to the secret directory at the path. */
function plantLink({ uid, gid }: Account, path: string): void {
  symlinkSync(secret, path);
  lchownSync(path, uid, gid);
}

const WARNS = /^Warning: another user may change .*, and so rename or replace .*\/trace$/m;

describe('a directory of root in the home of another user', () => {
  it('gets the whole trace, also while a link is in its place', async ({ skip }) => {
    if (other === undefined) return skip(WHY);
    const [output, aside] = ['trace', 'aside'].map((name) => join(place.homeOf(other), name));
    if (output === undefined || aside === undefined) throw new Error('two paths');
    const { stderr } = await place.lttng(['create', 'web', '-o', output]);
    expect(stderr).toMatch(WARNS);
    await place.ok(['add-event', 'web:*', '-s', 'web']);
    await place.ok(['start', 'web']);

    renameSync(output, aside);
    plantLink(other, output);
    const program = writeProgram(
      place,
      'emit.mjs',
      `import { tracepoint, u32 } from '${LIBRARY}';
const hit = tracepoint('web:hit', { n: u32 });
for (let n = 0; n < 100; n++) hit({ n });
`,
    );
    const app = place.start(process.execPath, [`--import=${REGISTER}`, program]);
    expect(await app.finished).toMatchObject({ status: 0, stderr: '' });
    await place.ok(['stop', 'web']);
    unlinkSync(output);
    renameSync(aside, output);

    expect(readdirSync(secret)).toEqual([]);
    expect((await place.ok(['view', output])).trim().split('\n')).toHaveLength(100);
    await place.ok(['destroy', 'web']);
  });

  it('is not made through a link of that user', async ({ skip }) => {
    if (other === undefined) return skip(WHY);
    const link = join(place.homeOf(other), 'link');
    plantLink(other, link);
    const { status, stderr } = await place.lttng(['create', 'web', '-o', join(link, 'trace')]);
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: expect.stringMatching(
        /: another user can change a link on the way to it \(ELOOP\) \(NO_OUTPUT\)\n$/,
      ) as string,
    });
    expect(readdirSync(secret)).toEqual([]);
  });

  it('of a registry is not made through a link, and a warning names its parent', async ({
    skip,
  }) => {
    if (other === undefined) return skip(WHY);
    const home = place.homeOf(other);
    const link = join(home, 'link');
    plantLink(other, link);
    const registryIn = (directory: string): Running =>
      place.startProgram('lttng-sessiond', [], { environment: { LTTNG_TS_RUNDIR: directory } });
    const refused = await registryIn(join(link, 'run')).finished;
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('ELOOP');
    expect(readdirSync(secret)).toEqual([]);
    const registry = registryIn(join(home, 'run'));
    const line = await registry.said(/directory\.replaceable/);
    expect(JSON.parse(line)).toMatchObject({ parent: home });
    registry.kill('SIGTERM');
    await registry.finished;
  });

  it('has no configuration written through a link of that user', async ({ skip }) => {
    if (other === undefined) return skip(WHY);
    const output = join(place.homeOf(other), 'trace');
    mkdirSync(output);
    lchownSync(output, other.uid, other.gid);
    plantLink(other, join(output, '.lttng'));
    const { status } = await place.lttng(['create', 'web', '-o', output]);
    expect(status).not.toBe(0);
    expect(readdirSync(secret)).toEqual([]);
    expect(existsSync(output)).toBe(true);
  });
});
