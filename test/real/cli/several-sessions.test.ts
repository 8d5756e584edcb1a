/** Commands about several sessions at once (R2.5): `--all`, and `*` in a name. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../../../bin/lttng/failure.ts';
import { makePlace, type Place } from '../../support/real/sandbox.ts';

let place: Place;
beforeEach(async () => {
  place = makePlace();
  for (const name of ['web-1', 'web-2', 'worker']) await place.ok(['create', name]);
});
afterEach(() => place.end());

async function statesOf(): Promise<Record<string, string>> {
  const { sessions } = JSON.parse(
    await place.ok(['list', '--sessions', '--output-format', 'json']),
  ) as { sessions: readonly { name: string; state: string }[] };
  return Object.fromEntries(sessions.map(({ name, state }) => [name, state]));
}

it('start, pause, stop and destroy those whose names match', async () => {
  expect(await place.ok(['start', 'web-*'])).toBe(
    'Started recording in session web-1\nStarted recording in session web-2\n',
  );
  expect(await statesOf()).toEqual({ 'web-1': 'active', 'web-2': 'active', worker: 'inactive' });
  await place.ok(['pause', '-s', '*-2']);
  await place.ok(['stop', 'web-*']);
  expect(await statesOf()).toEqual({ 'web-1': 'stopped', 'web-2': 'stopped', worker: 'inactive' });
  const destroyed = await place.ok(['destroy', 'web-*', '--output-format', 'json']);
  const lines = destroyed.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { session: object }).session)).toMatchObject([
    { name: 'web-1' },
    { name: 'web-2' },
  ]);
  expect(await statesOf()).toEqual({ worker: 'inactive' });
  expect(await place.lttng(['stop', 'web-*'])).toMatchObject({
    status: EXIT.refused,
    stdout: '',
    stderr: 'lttng: No session of yours matches web-* (NO_SESSION)\n',
  });
});

it('are carried out for the others when one is refused, and say which', async () => {
  await place.ok(['start', 'web-2']);
  const { status, stdout, stderr } = await place.lttng(['start', '--all']);
  expect({ status, stdout }).toEqual({
    status: EXIT.refused,
    stdout: 'Started recording in session web-1\nStarted recording in session worker\n',
  });
  expect(stderr).toMatch(/^lttng: In session web-2: .* \(\w+\)$/m);
  await place.ok(['destroy', '-a']);
  expect(await place.ok(['destroy', '-a'])).toBe('You have no session\n');
});
