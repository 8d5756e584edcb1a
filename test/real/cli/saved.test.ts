/** Sessions that are saved, destroyed and loaded (LTTng 2.13's `save` and `load`), with real processes. */
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { missingForLttng, startPrivateLttng } from '../../support/real/lttng.ts';
import { tickProgram } from '../../support/real/programs.ts';
import { accountOf, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';

const user = accountOf('lttng-ts-c');
const whyNot = user === undefined ? 'needs root to act as another user' : undefined;

let place: Place;
let saved: string;
beforeEach(() => {
  place = makePlace();
  saved = join(place.homeOf(), '.lttng-ts/saved');
});
afterEach(() => place.end());

async function refusal(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args);
  expect(stdout).toBe('');
  return `${status}: ${stderr}`;
}

async function sessions(): Promise<readonly SessionInfo[]> {
  const text = await place.ok(['list', '--sessions', '--output-format', 'json']);
  return (JSON.parse(text) as { sessions: readonly SessionInfo[] }).sessions;
}

/** Runs the program in the session; returns the events of its trace, and what they carry. */
async function eventsOf(program: string, name: string): Promise<readonly object[]> {
  await place.ok(['run', '-s', name, '--', process.execPath, '--import', REGISTER, program]);
  await place.ok(['stop', name]);
  const trace = join(place.homeOf(), 'lttng-traces', name);
  const lines = (await place.ok(['view', trace, '--output-format', 'json'])).trimEnd().split('\n');
  return lines.map((line) => {
    const event = JSON.parse(line) as { name: string; context: object; fields: object };
    return { name: event.name, carries: Object.keys(event.context), fields: event.fields };
  });
}

describe('a saved session', () => {
  it('records the same when it is loaded', async () => {
    const program = tickProgram(place, { batch: 5, pauseMs: 1, total: 20 });
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-channel', 'net,idle', '--subbuf-size', '64k', '-s', 'web', '-q']);
    const rule = ['add-event', 'test:*', '-c', 'net', '-s', 'web', '-q'];
    await place.ok([...rule, '-x', 'test:no*', '--filter', 'n >= 3']);
    await place.ok(['add-context', '-t', 'vpid,procname', '-c', 'net', '-s', 'web', '-q']);
    await place.ok(['disable-channel', 'idle', '-s', 'web', '-q']);
    await place.ok(['enable-rotation', 'web', '--timer', '1h', '-q']);
    await place.ok(['start', 'web', '-q']);
    expect(await place.ok(['save', 'web'])).toBe(`Saved session web in ${saved}/web.json\n`);
    expect(statSync(join(saved, 'web.json')).mode & 0o777).toBe(0o600);
    const first = await eventsOf(program, 'web');
    const [before] = await sessions();
    await place.ok(['destroy', 'web', '-q']);

    expect(await place.ok(['load', 'web', '--override-name', 'again'])).toBe(
      'Loaded session again and started recording in it; its trace goes to ' +
        `${place.homeOf()}/lttng-traces/again\n`,
    );
    const [after] = await sessions();
    expect(after).toMatchObject({ name: 'again', state: 'active', rotation: { everyUs: 3.6e9 } });
    expect(after?.channels).toEqual(before?.channels);
    const second = await eventsOf(program, 'again');
    expect(second.length).toBeGreaterThan(0);
    expect(second).toEqual(first);
  });

  it('replaces a present one only by force, and is not replaced itself without', async () => {
    await place.ok(['create', 'web', '-q']);
    await place.ok(['save', '-q']);
    const file = join(saved, 'web.json');
    expect(await refusal(['save', 'web'])).toBe(
      `4: lttng: There is a file ${file}; -f replaces it (FILE_EXISTS)\n`,
    );
    expect(await refusal(['load'])).toBe(
      '1: lttng: Session "web" already exists (SESSION_EXISTS)\n',
    );
    const [before] = await sessions();
    await place.ok(['add-event', 'x', '-q']);
    await place.ok(['load', 'web', '-f', '-q']);
    const [after, another] = await sessions();
    expect(after).toMatchObject({ name: 'web', channels: [], output: before?.output });
    expect(after?.uuid).not.toBe(before?.uuid);
    expect(another).toBeUndefined();
    // Its directory leads to it.
    await place.ok(['add-event', 'y', '-q'], { cwd: after?.output ?? '' });
    await place.ok(['save', '-f', '-q']);
    expect(readFileSync(file, 'utf8')).toContain('"pattern": "y"');
  });

  it('leaves nothing if a part of it is refused', async () => {
    mkdirSync(saved, { recursive: true });
    const name = 'web';
    const relay = { control: 'tcp://127.0.0.1:9', data: 'tcp://127.0.0.1:9' };
    const some = { version: 1, name, relay, channels: [], isActive: true };
    writeFileSync(join(saved, 'web.json'), JSON.stringify(some));
    expect(await refusal(['load'])).toMatch(/^1: .* \(RELAY_UNREACHABLE\)\n$/);
    expect(await sessions()).toEqual([]);
    const url = `file://${place.homeOf()}/here`;
    expect(await place.ok(['load', '--override-url', url, '-q'])).toBe('');
    expect(await sessions()).toMatchObject([{ state: 'active', output: `${place.homeOf()}/here` }]);
  });

  it('is kept back by no damaged one beside it', async () => {
    await place.ok(['create', 'web', '-q']);
    await place.ok(['save', '-q']);
    await place.ok(['destroy', '-q']);
    writeFileSync(join(saved, 'a.json'), '{');
    writeFileSync(join(saved, 'b.json'), '{"version":7}');
    expect(await place.lttng(['load', '--all'])).toMatchObject({
      status: 4,
      stdout: expect.stringMatching(/^Loaded session web;/) as string,
      stderr:
        `lttng: ${saved}/a.json is not a saved session (BAD_SAVED)\n` +
        `lttng: ${saved}/b.json has version 7 of the format; this lttng reads version 1 (BAD_SAVED)\n`,
    });
    expect(await refusal(['load', 'none'])).toBe(
      `4: lttng: There is no saved session ${saved}/none.json (NO_SAVED)\n`,
    );
    expect(await refusal(['load', 'other', '-i', join(saved, 'web.json')])).toBe(
      `4: lttng: ${saved}/web.json is of session web, not other (NO_SAVED)\n`,
    );
    expect(await refusal(['load', '--override-name', 'x'])).toBe(
      '2: lttng: --override-name is for one session: name it (USAGE)\n',
    );
    expect(await refusal(['load', 'web', '--all'])).toBe(
      '2: lttng: Name a session or use --all, not both (USAGE)\n',
    );
  });

  it('is loaded by another user into their own home', async ({ skip }) => {
    skip(whyNot !== undefined, whyNot);
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-event', 'x', '-q']);
    const shared = join(place.directory, 'shared');
    await place.ok(['save', '-o', shared, '-q']);
    chmodSync(shared, 0o755);
    chmodSync(join(shared, 'web.json'), 0o644);
    const account = { account: user };
    const { stdout } = await place.lttng(['load', '-i', shared], account);
    expect(stdout).toBe(
      `Loaded session web; its trace goes to ${place.homeOf(user)}/lttng-traces/web\n`,
    );
    // In the directory of their own it must be theirs.
    await place.lttng(['save', '-q'], account);
    const own = join(place.homeOf(user), '.lttng-ts/saved/web.json');
    chownSync(own, (user?.uid ?? 0) + 1, 0);
    const { stderr } = await place.lttng(['load', '-f'], account);
    expect(stderr).toBe(
      `lttng: ${own} belongs to another user, uid ${(user?.uid ?? 0) + 1} (BAD_SAVED)\n`,
    );
  });
});

describe('a session that LTTng has saved', () => {
  const missing = missingForLttng();
  it('is loaded with its channels, rules and contexts', async ({ skip }) => {
    if (missing !== undefined) skip(`a session of LTTng needs ${missing}`);
    const { directory, lttng } = await startPrivateLttng();
    const output = join(directory, 'saved');
    lttng('create', 'web', `--output=${directory}/trace`);
    lttng('enable-channel', '-u', 'net', '--subbuf-size=64k', '--num-subbuf=8', '--discard');
    const of = ['-u', '-c', 'net'];
    lttng('enable-event', ...of, 'shop:*', '--exclude=shop:a', '--filter=n > 5', '--loglevel=INFO');
    lttng('add-context', ...of, '-t', 'vpid', '-t', 'pthread_id');
    lttng('track', '-u', '--vpid=1');
    lttng('save', '-o', output, 'web');
    lttng('destroy', 'web');
    const file = join(output, 'web.lttng');
    expect(await place.lttng(['load', '-i', file])).toEqual({
      status: 0,
      signal: null,
      stdout: `Loaded session web; its trace goes to ${place.homeOf()}/lttng-traces/web\n`,
      stderr: `${file} has more, which is left out: process_attr_trackers, context pthread_id\n`,
    });
    expect((await sessions())[0]?.channels).toMatchObject([
      {
        settings: { name: 'net', shape: { subbufferBytes: 65_536, subbufferCount: 8 } },
        contexts: ['vpid'],
        rules: [
          {
            pattern: 'shop:*',
            logLevelMax: 6,
            exclusions: ['shop:a'],
            filter: 'n > 5',
            target: { kind: 'all' },
            enabled: true,
          },
        ],
      },
    ]);
  });
});
