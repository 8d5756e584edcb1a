/** The current session of a user (LTTng's `set-session`), which commands without a name use. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePlace, type Place } from '../../support/real/sandbox.ts';

let place: Place;
let file: string;
beforeEach(() => {
  place = makePlace();
  file = join(place.homeOf(), '.lttng-ts/current');
});
afterEach(() => place.end());

async function json(args: readonly string[], cwd?: string): Promise<Record<string, unknown>> {
  const more = cwd === undefined ? {} : { cwd };
  const { status, stdout } = await place.lttng([...args, '--output-format', 'json'], more);
  expect({ args, status }).toEqual({ args, status: 0 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The session that the command reports. */
async function usedBy(args: readonly string[], cwd?: string): Promise<string | undefined> {
  return ((await json(args, cwd))['session'] as { name: string } | undefined)?.name;
}

async function refusal(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args);
  expect(stdout).toBe('');
  return `${status}: ${stderr}`;
}

it('is the one that was created or chosen last', async () => {
  await place.ok(['create', 'one', '-q']);
  await place.ok(['create', 'two', '-q']);
  expect(await usedBy(['add-event', 'x'])).toBe('two');
  expect(await place.ok(['set-session', 'one'])).toBe(
    'Commands use session one now, except in the directories of sessions\n',
  );
  expect(await usedBy(['start'])).toBe('one');
  expect(await usedBy(['add-event', 'x'], join(place.homeOf(), 'lttng-traces/two'))).toBe('two');
  expect(await place.ok(['status'])).toMatch(/^Current session: one$/m);
  expect(await place.ok(['list', '--sessions'])).toMatch(/^Sessions:\n\* one .*\n {2}two .*\n$/);
  expect(await json(['status'])).toMatchObject({ current: { name: 'one' } });
  expect(await usedBy(['status'])).toBe('one');
  expect(await refusal(['set-session', 'three'])).toBe(
    '1: lttng: There is no session "three" (NO_SESSION)\n',
  );
  expect(await usedBy(['status'])).toBe('one');
});

it('is none after the end of its session', async () => {
  await place.ok(['create', 'one', '-q']);
  await place.ok(['create', 'two', '-q']);
  await place.ok(['destroy', 'one', '-q']);
  expect(await usedBy(['status'])).toBe('two');
  await place.ok(['create', 'three', '-q']);
  expect(await usedBy(['destroy'])).toBe('three');
  expect(existsSync(file)).toBe(false);
  expect(await json(['status'])).not.toHaveProperty('current');
  // The only one.
  expect(await usedBy(['status'])).toBe('two');
});

it('is no other one when it is gone, and none of a file that is refused', async () => {
  await place.ok(['create', 'one', '-q']);
  const chosen = readFileSync(file);
  await place.ok(['destroy', '-q']);
  await place.ok(['create', 'one', '-q']);
  writeFileSync(file, chosen);
  expect(await refusal(['stop'])).toBe(
    '1: lttng: The current session one is gone; "lttng set-session NAME" chooses another one (NO_SESSION)\n',
  );
  expect(await place.ok(['status'])).toContain(
    'The current session is gone; "lttng set-session NAME" chooses another one.',
  );
  for (const text of ['{', '{"version":2}', 'x'.repeat(16 * 1024 + 1)]) {
    writeFileSync(file, text);
    expect(await refusal(['stop'])).toMatch(
      /^4: lttng: .*\/current .*; name the session with -s \(BAD_CONFIG\)\n$/,
    );
  }
  await place.ok(['set-session', 'one', '-q']);
  expect(await usedBy(['rotate'])).toBe('one');
});

it('is whole when shells choose at the same time', async () => {
  const names = ['a', 'b', 'c', 'd'];
  await Promise.all(names.map((name) => place.ok(['create', name, '-q'])));
  expect(names).toContain(await usedBy(['status']));
});
