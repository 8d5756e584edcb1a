/** On a terminal, commands end with the next one, as it can be typed there; nowhere else. */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tickProgram } from '../../support/real/programs.ts';
import { DIST, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** What follows the answer of `lttng` on a terminal; empty: nothing. */
async function hintAfter(args: string, cwd = place.homeOf()): Promise<string> {
  const command = `'${process.execPath}' '${join(DIST, 'bin/lttng.js')}' ${args}`;
  const words = ['-qfec', `stty cols 200; ${command}`, '/dev/null'];
  const { status, stdout } = await place.start('script', words, { cwd }).finished;
  expect({ args, status }).toEqual({ args, status: 0 });
  const lines = stripVTControlCharacters(stdout).replaceAll('\r', '').trimEnd().split('\n');
  const hints = lines.filter((line) => line.startsWith('Next: '));
  expect(hints.length).toBeLessThanOrEqual(1);
  return hints.length === 1 ? (lines.at(-1) ?? '').slice('Next: '.length) : '';
}

it('leads from a new session to its trace', async () => {
  const traces = join(place.homeOf(), 'lttng-traces');
  expect(await hintAfter('create web')).toBe("lttng add-event '*'");
  expect(await hintAfter("add-event 'test:*'")).toBe('lttng start');
  expect(await hintAfter('start')).toBe('lttng run -- COMMAND');
  const program = tickProgram(place, { batch: 5, pauseMs: 1, total: 20 });
  const run = ['run', '-s', 'web', '--', process.execPath, '--import', REGISTER, program];
  await place.ok(run);
  expect(await hintAfter("add-event 'node:*'")).toBe('');
  expect(await hintAfter('rotate')).toMatch(/^lttng view \S+\/lttng-traces\/web\/archives\/\S+$/);
  expect(await hintAfter('stop')).toBe(`lttng view ${traces}/web`);
  expect(await hintAfter('destroy')).toBe(`lttng view ${traces}/web`);
  // Without a trace.
  await place.ok(['create', 'idle']);
  await place.ok(['start', '-q']);
  expect(await hintAfter('stop')).toBe('lttng destroy');
  expect(await hintAfter('destroy')).toBe('');
});

it('names the session where another one would be used', async () => {
  await place.ok(['create', 'one']);
  const directory = join(place.homeOf(), 'lttng-traces/one');
  expect(await hintAfter('create two', directory)).toBe("lttng add-event -s two '*'");
  expect(await hintAfter("add-event 'x' -s one", directory)).toBe('lttng start');
  expect(await hintAfter("add-event 'x' -s one")).toBe('lttng start -s one');
  await place.ok(['start', 'one', '-q']);
});

it('is on no other output than a terminal for people', async () => {
  expect(await hintAfter('create web -q')).toBe('');
  expect(await hintAfter('--output-format json create more')).toBe('');
  expect(await hintAfter('--mi=xml create again')).toBe('');
  expect(await place.ok(['create', 'piped'])).not.toContain('Next:');
  expect(await hintAfter('create last | cat')).toBe('');
});
