/** Sessions on the command line, from create to destroy (R2.2, R2.4 to R2.8), in text and in JSON. */
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReplyValue, SessionInfo } from '../../../src/wire/control/messages.ts';
import { tickProgram } from '../../support/real/programs.ts';
import {
  accountOf,
  DIST,
  type Finished,
  makePlace,
  type Place,
  processesOf,
  REGISTER,
} from '../../support/real/sandbox.ts';

let place: Place;
let traces: string;
beforeEach(() => {
  place = makePlace();
  traces = join(place.homeOf(), 'lttng-traces');
});
afterEach(() => place.end());

/** Runs `lttng`, which must succeed; returns the lines of its output. */
async function good(args: readonly string[], cwd?: string): Promise<string[]> {
  const { status, stdout, stderr } = await run(args, cwd);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

async function json(args: readonly string[], cwd?: string): Promise<ReplyValue> {
  const lines = await good([...args, '--output-format', 'json'], cwd);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as ReplyValue;
}

/** Runs `lttng`, which must fail with one sentence; returns its status and the sentence. */
async function refusal(args: readonly string[], cwd?: string): Promise<string> {
  const { status, stdout, stderr } = await run(args, cwd);
  const [, sentence = stderr] = /^lttng: (.*)\n$/.exec(stderr) ?? [];
  expect({ args, stdout }).toEqual({ args, stdout: '' });
  return `${status}: ${sentence}`;
}

function run(args: readonly string[], cwd?: string): Promise<Finished> {
  return place.lttng(args, cwd === undefined ? {} : { cwd });
}

describe('a session', () => {
  it('is created, set up, started, stopped and destroyed in its directory', async () => {
    const directory = join(traces, 'web');
    const made = await good(['create', 'web']);
    expect(made).toEqual([`Created session web; its trace goes to ${directory}`]);
    const config = join(directory, '.lttng/config');
    expect(statSync(config).mode & 0o777).toBe(0o600);
    const { session } = JSON.parse(readFileSync(config, 'utf8')) as { session: SessionInfo };

    await good(['create', 'other']);
    const rules = ['add-event', 'a:*,b\\,c,d:*', '--loglevel', 'trace_info'];
    expect(await run(rules, directory)).toMatchObject({
      status: 0,
      stdout: 'Enabled a:*, b\\,c, d:* for all applications in session web\n',
    });
    await good(
      [
        'enable-channel',
        'big',
        '--subbuf_size',
        '1M',
        '--num-subbuf=8',
        '--overwrite',
        '--switch-timer',
        '0',
      ],
      directory,
    );
    await good(['enable-event', '-c', 'big', '--command', 'node', '-q', 'x'], directory);
    await good(['add-event', '--pid', '7', 'x', '-q'], directory);
    await good(['disable-event', 'd:*,x'], directory);

    const expected = {
      name: 'web',
      uuid: session.uuid,
      state: 'inactive',
      output: directory,
      streams: 0,
      channels: [
        {
          settings: {
            name: 'default',
            shape: { subbufferBytes: 524_288, subbufferCount: 4, overwrite: false },
            switchTimerUs: 1_000_000,
            readTimerUs: 200_000,
          },
          rules: [
            { pattern: 'a:*', logLevelMax: 6, target: { kind: 'all' }, enabled: true },
            { pattern: 'b\\,c', logLevelMax: 6, target: { kind: 'all' }, enabled: true },
            { pattern: 'd:*', logLevelMax: 6, target: { kind: 'all' }, enabled: false },
            { pattern: 'x', logLevelMax: 14, target: { kind: 'pid', pid: 7 }, enabled: false },
          ],
        },
        {
          settings: {
            name: 'big',
            shape: { subbufferBytes: 1_048_576, subbufferCount: 8, overwrite: true },
            switchTimerUs: 0,
          },
          rules: [
            {
              pattern: 'x',
              logLevelMax: 14,
              target: { kind: 'command', name: 'node' },
              enabled: true,
            },
          ],
        },
      ],
    };
    expect((await json(['list', session.uuid.toUpperCase()])).session).toMatchObject(expected);
    expect((await json(['start'], directory)).session).toMatchObject({
      name: 'web',
      state: 'active',
      consumerPid: expect.any(Number) as number,
    });
    expect(await refusal(['start'], directory)).toBe(
      '1: Session "web" is already active (ALREADY)',
    );
    expect(await good(['list', '--sessions'], directory)).toEqual([
      'Sessions:',
      expect.stringMatching(/^\* web +active +2 channels +0 streams +\/.*\/web$/),
      expect.stringMatching(/^ {2}other +inactive +0 channels +0 streams +\/.*\/other$/),
    ]);
    expect(await good(['stop'], directory)).toEqual([
      `Stopped session web; it has recorded nothing to ${directory} yet`,
    ]);
    expect(await good(['destroy', 'web'])).toEqual([
      `Destroyed session web; it has recorded nothing to ${directory}`,
    ]);
    expect(existsSync(join(directory, '.lttng'))).toBe(false);
    expect(existsSync(directory)).toBe(true);
    // The other session is now the only one.
    expect((await json(['destroy'])).session).toMatchObject({ name: 'other' });
    expect(await json(['list'])).toEqual({ sessions: [], apps: [] });
  });

  it('is shown in full as text', async () => {
    await good(['create', 'web', '-q']);
    await good(['add-event', 'shop:*', '--loglevel', '4', '-q']);
    const lines = await good(['list', 'web']);
    expect(lines[0]).toBe('Session web');
    for (const line of [
      '  state     inactive',
      '  consumer  none yet',
      'Channel default',
      '  sub-buffers   4 of 512 KiB',
      '  when full     discard and count',
      '  event shop:*  WARNING and more severe  all applications',
    ]) {
      expect(lines).toContain(line);
    }
    expect((await good(['status'])).slice(3)).toEqual(lines);
  });

  it('gets an unused name and directory; -q prints only the directory', async () => {
    const [first, second] = await Promise.all([good(['create', '-q']), good(['create', '-q'])]);
    expect(first).not.toEqual(second);
    for (const [directory] of [first, second]) {
      expect(directory).toMatch(/\/lttng-traces\/auto-\d{8}-\d{6}(-2)?$/);
    }
  });

  it('can be in any directory; without the directory, create fails before there is a session', async () => {
    const home = place.homeOf();
    expect((await json(['create', 'here', '-o', '.'])).session).toMatchObject({ output: home });
    expect((await json(['status'])).session).toMatchObject({ name: 'here' });
    writeFileSync(join(home, 'file'), '');
    expect(await refusal(['create', '-o', 'file/x'])).toMatch(
      /^4: Cannot create the directory \/.*\/file\/x \(ENOTDIR\) \(NO_OUTPUT\)$/,
    );
    expect((await json(['list'])).sessions).toHaveLength(1);
  });

  it('is refused when its name is in use, and the directory of the existing session is not changed', async () => {
    await good(['create', 'web', '-q']);
    const config = readFileSync(join(traces, 'web/.lttng/config'));
    expect(await refusal(['create', 'web'])).toBe(
      '1: Session "web" already exists (SESSION_EXISTS)',
    );
    expect(readFileSync(join(traces, 'web/.lttng/config'))).toEqual(config);
  });
});

describe('without a name', () => {
  it('reports that there is no registry, no session, or that there are several', async () => {
    for (const args of [['start'], ['add-event', 'x'], ['run', '--', 'true']]) {
      expect(await refusal(args)).toMatch(
        /^3: No registry serves this user \(.*\.sock: .+\), so there is no session; .* \(NO_REGISTRY\)$/,
      );
    }
    expect(processesOf(place.directory)).toEqual([]);
    const listed = await run(['list']);
    expect(listed.stdout).toBe(
      'No session; "lttng create" creates one.\n\nNo application is registered.\n',
    );
    expect(listed.stderr).toMatch(/^The registry has just started/);
    expect(await refusal(['stop'])).toBe(
      '1: There is no session; "lttng create" creates one (NO_SESSION)',
    );
    await good(['create', 'one', '-q']);
    await good(['create', 'two', '-q']);
    rmSync(join(place.homeOf(), '.lttng-ts/current'));
    expect(await refusal(['stop'])).toBe('2: Name one of the 2 sessions with -s: one, two (USAGE)');
    expect(await refusal(['stop', 'three'])).toBe('1: There is no session "three" (NO_SESSION)');
  });

  it('uses the session of .lttng/config, and reports when it does not exist any more', async () => {
    await good(['create', 'one', '-q']);
    await good(['create', 'two', '-q']);
    const directory = join(traces, 'two');
    const config = readFileSync(join(directory, '.lttng/config'));
    expect((await json(['add-event', 'x'], directory)).session).toMatchObject({ name: 'two' });
    // From another directory, so that the file stays.
    await good(['destroy', 'two']);
    mkdirSync(join(directory, '.lttng'));
    writeFileSync(join(directory, '.lttng/config'), config);
    expect(await refusal(['add-event', 'x'], directory)).toBe(
      '1: The session of .lttng/config is gone; name another one with -s, or remove the file (NO_SESSION)',
    );
    expect((await json(['status'], directory)).session).toBeUndefined();
  });
});

describe('a .lttng/config that is not ours', () => {
  const uuid = '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11';
  const text = (name: string, more: object = {}): string =>
    JSON.stringify({ version: 1, session: { name, uuid }, output: '/tmp', ...more });
  const cases: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    ['is no JSON', (file) => writeFileSync(file, '{'), /is not a valid configuration of a session/],
    ['is empty', (file) => writeFileSync(file, ''), /is not a valid configuration of a session/],
    [
      'is of another version',
      (file) => writeFileSync(file, text('web', { version: 2 })),
      /is not a valid configuration of a session/,
    ],
    [
      'has a name that steers the terminal',
      (file) => writeFileSync(file, text('\u001b[2J')),
      /is not a valid configuration of a session/,
    ],
    ['has more in it', (file) => writeFileSync(file, text('web', { x: 1 })), /is not a valid/],
    [
      'is too long',
      (file) => writeFileSync(file, ' '.repeat(20_000)),
      /is longer than 16384 bytes/,
    ],
    ['is a directory', (file) => mkdirSync(file), /is not a regular file/],
    ['is a link', (file) => symlinkSync('/dev/zero', file), /is not a regular file/],
  ];

  it(`is refused in one sentence: it ${cases.map(([what]) => what).join(', ')}`, async () => {
    const said = await Promise.all(
      cases.map(([, make], index) => {
        const directory = join(place.homeOf(), String(index));
        mkdirSync(join(directory, '.lttng'), { recursive: true });
        make(join(directory, '.lttng/config'));
        return refusal(['stop'], directory);
      }),
    );
    for (const [index, sentence] of said.entries()) {
      expect(sentence).toMatch(
        /^4: \/.*\/\.lttng\/config .*; name the session with -s \(BAD_CONFIG\)$/,
      );
      expect(sentence).toMatch(cases[index]?.[2] ?? /$/);
    }
  });

  const stranger = accountOf('lttng-ts-c');
  it('is refused when it belongs to another user', async ({ skip }) => {
    skip(stranger === undefined, 'needs root to give a file away');
    const directory = place.homeOf();
    mkdirSync(join(directory, '.lttng'));
    const file = join(directory, '.lttng/config');
    writeFileSync(file, text('web'));
    chownSync(file, stranger?.uid ?? 0, stranger?.gid ?? 0);
    expect(await refusal(['destroy'])).toMatch(/belongs to another user, uid \d+; name/);
  });
});

describe('output', () => {
  it('whose reader has closed the pipe is no error; output that cannot be written is one', async () => {
    const run = async (script: string): Promise<Finished> =>
      place.start('sh', ['-c', script, process.execPath, join(DIST, 'bin/lttng.js')]).finished;
    const unread = await run('{ sleep 0.2; "$0" "$1" --list-commands; echo $? >&2; } | true');
    expect(unread).toMatchObject({ status: 0, stdout: '', stderr: '0\n' });
    const full = await run('"$0" "$1" --list-commands > /dev/full');
    expect(full.status).toBe(4);
    expect(full.stderr).toBe('lttng: Cannot write the output (ENOSPC) (NO_OUTPUT)\n');
  });
});

describe('add-event', () => {
  const notesOf = async (...args: readonly string[]): Promise<string> => {
    const { status, stderr } = await place.lttng(['add-event', ...args]);
    expect(status).toBe(0);
    return stderr;
  };

  it('says when nothing matches at present, and what stays enabled', async () => {
    await place.ok(['create', 'web', '-q']);
    expect(await notesOf('shop:*')).toBe('No application is registered at present\n');
    const program = tickProgram(place, { batch: 1, pauseMs: 5, total: 0 });
    const app = place.start(process.execPath, ['--import', REGISTER, program]);
    await app.line(/^1$/);
    const name = program.split('/').at(-1) ?? '';
    expect(await notesOf('test:*,channel:any')).toBe('');
    expect(await notesOf('shop:*,test:tick', '-c', 'default')).toBe(
      'No tracepoint of all applications matches shop:* at present\n',
    );
    expect(await notesOf('test:tick', '--loglevel', 'ERR')).toBe(
      'The rule test:tick for any level stays enabled as well\n' +
        'No tracepoint of all applications matches test:tick at present: those of this name have other levels or ' +
        'are excluded\n',
    );
    expect(await notesOf('test:tick', '--loglevel', 'ERR', '--pid', String(app.pid))).toBe(
      `No tracepoint of process ${app.pid} matches test:tick at present: those of this name have other levels or ` +
        'are excluded\n',
    );
    expect(await notesOf('test:tick', '--pid', '4194304')).toBe(
      'No process 4194304 is registered at present\n',
    );
    const ofCommand = await notesOf('test:tick', 'nothing');
    expect(ofCommand).toMatch(/^No process named nothing is registered at present\nNote: /);
    expect(await notesOf('test:tick', '--command', name)).toMatch(/^Note: [^\n]*\n$/);
    app.kill('SIGTERM');
    await app.finished;
  });

  it('says no more than before in JSON, and with -q', async () => {
    await place.ok(['create', 'web', '-q']);
    expect(await notesOf('shop:*', '-q')).toBe('');
    expect(await notesOf('shop:*', '--output-format', 'json')).toBe('');
  });
});

describe('stop and destroy', () => {
  it('say where the trace is if there is one', async () => {
    const directory = join(traces, 'web');
    await place.ok(['create', 'web']);
    await place.ok(['add-event', 'test:*']);
    await place.ok(['start']);
    const program = tickProgram(place, { batch: 1, pauseMs: 0, total: 1 });
    await place.ok(['run', '--', process.execPath, program]);
    expect(await good(['stop'])).toEqual([`Stopped session web; its trace is in ${directory}`]);
    expect(await good(['destroy'])).toEqual([
      `Destroyed session web; its trace stays in ${directory}`,
    ]);
    // An earlier session left the trace that is there.
    await place.ok(['create', 'web', '-o', directory]);
    expect(await good(['destroy'])).toEqual([
      `Destroyed session web; it has recorded nothing to ${directory}`,
    ]);
  });
});
