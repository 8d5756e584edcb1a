/** Which registry a user uses, and which sessions are theirs (R1.2, R1.3, R1.4, R1.6), on the command line. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { type Account, accountOf, makePlace, type Place } from '../../support/real/sandbox.ts';

const a = accountOf('lttng-ts-a');
const b = accountOf('lttng-ts-b');
const c = accountOf('lttng-ts-c');
const whyNot =
  a === undefined || b === undefined || c === undefined
    ? 'needs root to act as several users'
    : undefined;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

interface Status {
  readonly registry: { readonly scope: string; readonly pid: number } | null;
  readonly session?: SessionInfo;
  readonly sessions: number;
}

async function statusOf(account: Account | undefined): Promise<Status> {
  const { stdout } = await lttng(account, 'status', '--output-format', 'json');
  return JSON.parse(stdout) as Status;
}

function lttng(account: Account | undefined, ...args: string[]): ReturnType<Place['lttng']> {
  return place.lttng(args, account === undefined ? {} : { account });
}

describe('a user without a global registry', () => {
  it('starts one of their own', async ({ skip }) => {
    skip(whyNot !== undefined, whyNot);
    expect((await statusOf(c)).registry).toBeNull();
    expect(await lttng(c, 'create', 'mine', '-q')).toMatchObject({
      status: 0,
      stdout: `${join(place.homeOf(c), 'lttng-traces/mine')}\n`,
      stderr: '',
    });
    expect(await statusOf(c)).toMatchObject({
      registry: { scope: 'user' },
      session: { name: 'mine', uid: c?.uid },
    });
    expect((await statusOf(a)).registry).toBeNull();
    expect((await statusOf(undefined)).registry).toBeNull();
  });
});

describe('beside a global registry', () => {
  it('members of its group use it, others their own', async ({ skip }) => {
    skip(whyNot !== undefined, whyNot);
    await lttng(undefined, 'create', 'web', '-q');
    await lttng(a, 'create', 'web', '-q');
    await lttng(b, 'create', 'bees', '-q');
    await lttng(c, 'create', 'web', '-q');
    const [root, first, second, third] = await Promise.all([undefined, a, b, c].map(statusOf));
    expect(root).toMatchObject({ registry: { scope: 'global' }, sessions: 1 });
    for (const member of [first, second]) {
      expect(member).toMatchObject({ registry: root?.registry, sessions: 1 });
    }
    expect(third?.registry).toMatchObject({ scope: 'user' });
    expect(third?.registry?.pid).not.toBe(root?.registry?.pid);
    expect(third?.sessions).toBe(1);

    const refused = await lttng(b, 'destroy', first?.session?.uuid ?? '');
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^lttng: Session ".*" belongs to another user \(NOT_ALLOWED\)\n$/,
    );
    expect((await lttng(a, 'list', '--sessions')).stdout).not.toContain('bees');
    expect((await lttng(undefined, 'list', '--sessions')).stdout).toContain('bees');

    // Without a name, each user means their own session.
    for (const account of [undefined, a, b, c]) {
      expect(await lttng(account, 'start')).toMatchObject({ status: 0 });
      expect((await lttng(account, 'destroy')).status).toBe(0);
    }
    expect((await lttng(undefined, 'list', '--sessions')).stdout).toMatch(/^No session/);
  });
});
