/** Wrong command lines print one sentence, the documented status, and nothing on standard output; help succeeds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT, EXIT_MEANINGS } from '../../../bin/lttng/failure.ts';
import {
  DIST,
  type Finished,
  makePlace,
  type Place,
  processesOf,
} from '../../support/real/sandbox.ts';

/** Arguments, and the sentence. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['lst'], /^Unknown command 'lst'; did you mean list\?$/],
  [['utterly-else'], /^Unknown command 'utterly-else'$/],
  [['enable-rotation', 'web'], /^Give a period \(--timer\), a size \(--size\) or both$/],
  [
    ['enable-rotation', '--timer', '10ms'],
    /^The period of rotations is from 1 second to 24 days, not "10ms"$/,
  ],
  [['enable-rotation', '--size', '1k'], /^The size of rotations is at least 64k, not "1k"$/],
  [['disable-rotation'], /^Say which schedule ends: --timer, --size or both$/],
  [['destory'], /^Unknown command 'destory'; did you mean destroy\?$/],
  [['list', '--event'], /^Unknown option '--event'; did you mean --events\?$/],
  [['--output-format', 'xml', 'list'], /'xml' is invalid. Allowed choices are text, json$/],
  [['--mi=json', 'list'], /'json' is invalid. Allowed choices are xml$/],
  [['--mi=xml', 'list', '--output-format', 'text'], /^Name one of --output-format and --mi$/],
  [['--mi=xml', 'status'], /^"lttng status" has no --mi=xml; use --output-format json$/],
  [['version', '--pid', '1', '--mi=xml'], /^--mi=xml has no versions of programs; use /],
  [['version', '--kernel', '--mi=xml'], /^--mi=xml has no versions of the kernel; use /],
  [['rotate', 'web-*', '--mi=xml'], /^--mi=xml is for one session here; use --output-format/],
  [['add-event', '--mi=xml'], /^Name an event; "\*" in a name matches any text$/],
  [['list', '--pid', 'x'], /^A process id is a number from 1 to 4194304, not "x"$/],
  [['list', '--pid', '0'], /^A process id is a number from 1 to 4194304, not "0"$/],
  [
    ['list', 'web', '--apps'],
    /^Name a session or use --sessions, --apps, --events and --pid, not both$/,
  ],
  [['list', 'one', 'two'], /^Too many arguments for 'list'/],
  [['create', '../web'], /^A session name is 1 to 200 letters, digits, .*, not "..\/web"$/],
  [['create', ''], /^A session name is 1 to 200 letters/],
  [['create', '\u001b[31mred'], /^A session name .* not "\\e\[31mred"$/],
  [['create', 'a'.repeat(201)], /^A session name is 1 to 200 letters/],
  [['create', 'web', '-s', 'other'], /^Name one session, not "web" and "other"$/],
  [['create', '-o', ''], /^A directory's path has 1 to 4095 characters$/],
  [['create', '-o', 'x'.repeat(5000)], /^A directory's path has 1 to 4095 characters$/],
  [['start', '-s'], /^Option '-s, --session <session>' argument missing$/],
  [['stop', 'web', '--all'], /^Name a session or use --all, not both$/],
  [['destroy', '-a', '-s', 'web-*'], /^Name a session or use --all, not both$/],
  [['start', '../*', '-s', 'web'], /^Name one session, not "..\/\*" and "web"$/],
  [['create', 'web-*'], /^A session name is 1 to 200 letters/],
  [['snapshot', 'web', 'other'], /^Name one session$/],
  [['snapshot', 'record', 'web', 'other'], /^"lttng snapshot record" has one argument$/],
  [
    ['snapshot', 'record', 'copies/', '-o', 'other'],
    /^Give the directory as an argument or with -o/,
  ],
  [['snapshot', 'add-output'], /^Name the directory of the snapshot output$/],
  [['snapshot', 'add-output', 'copies', '-o', 'other'], /^-o is for "lttng snapshot record", not/],
  [['snapshot', 'list-output', 'web'], /^Name the session with -s$/],
  [
    ['snapshot', 'list-output', '-m', '4k'],
    /^-n and -m are for "lttng snapshot record" and add-output/,
  ],
  [['snapshot', 'del-output'], /^Name the snapshot output by its number or name$/],
  [['snapshot', '-m', '0'], /^The largest size of a snapshot is bytes, or 64k, 10M, 1G, not "0"$/],
  [['regenerate', 'everything'], /^Regenerate metadata or statedump, not "everything"$/],
  [['snapshot', '-n', '../x'], /^A session name is 1 to 200 letters/],
  [['add-event'], /^Name an event; "\*" in a name matches any text$/],
  [['add-event', ','], /^Name an event/],
  [['add-event', 'a\nb'], /^An event name is 1 to 255 characters without control .* not "a\\nb"$/],
  [['add-event', 'a'.repeat(256)], /^An event name is 1 to 255 characters/],
  [
    ['add-event', 'x', '--loglevel', 'LOUD'],
    /^A log level is one of EMERG, .*, DEBUG or .* not "LOUD"$/,
  ],
  [['add-event', 'x', '--loglevel', '15'], /^A log level is one of EMERG/],
  [['add-event', 'x', '--pid', '1', '--all'], /^Name one of --all, --pid and --command$/],
  [['add-event', 'x', '--command', ''], /^A command's name is 1 to 255 characters/],
  [['add-event', 'x', '--channel', 'a/b'], /^A channel name is 1 to 200 letters, .* not "a\/b"$/],
  [
    ['add-event', 'x', '-k', '--loglevel', 'INFO'],
    /^--loglevel is for programs, not for --kernel$/,
  ],
  [['disable-event'], /^Missing required argument 'name\[,name\.\.\.\]'$/],
  [['add-channel'], /^Missing required argument 'name\[,name\.\.\.\]'$/],
  [['add-channel', '.x'], /^A channel name is 1 to 200 letters, .* not ".x"$/],
  [
    ['add-channel', 'c', '--discard', '--overwrite'],
    /^A channel either discards or overwrites, not both$/,
  ],
  [
    ['add-channel', 'c', '--subbuf-size', '3000'],
    /^The size of a sub-buffer is a power of two from 4k to 1G/,
  ],
  [
    ['add-channel', 'c', '--subbuf-size', '2k'],
    /^The size of a sub-buffer is a power of two from 4k to 1G/,
  ],
  [['add-channel', 'c', '--subbuf_size', '2G'], /^The size of a sub-buffer .*, not "2G"$/],
  [['add-channel', 'c', '--subbuf-size', '-1'], /^The size of a sub-buffer/],
  [
    ['add-channel', 'c', '--num-subbuf', '3'],
    /^The number of sub-buffers is a power of two from 2 to 4096/,
  ],
  [
    ['add-channel', 'c', '--num-subbuf', '8', '--subbuf-size', '1G'],
    /more than the 2048 MiB that one stream/,
  ],
  [
    ['add-channel', 'c', '--switch-timer', '1.5'],
    /^A timer in microseconds is a number from 0 to 3600000000/,
  ],
  [['add-channel', 'c', '--read_timer_interval=9e9'], /^A timer in microseconds is a number/],
  [['record'], /^Missing required argument 'command'$/],
  [['record', '-e', ',', '--', 'true'], /^Name an event/],
  [['record', '--num-subbuf', '5', '--', 'true'], /^The number of sub-buffers/],
  [['run'], /^Missing required argument 'command'$/],
  [['view', '-e', 'a\tb'], /^An event name is 1 to 255 characters/],
  [['help', 'nothing'], /^There is no command "nothing"; "lttng --list-commands" lists them$/],
];

/** Processes at a time. */
const CONCURRENCY = 4;

let place: Place;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.end());

async function runAll(lines: readonly (readonly string[])[]): Promise<Finished[]> {
  const results: Finished[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < lines.length; index = next++) {
      results[index] = await place.lttng(lines[index] ?? []);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

describe('a wrong command line', () => {
  it('is answered with one sentence and status 2', async () => {
    const results = await runAll(WRONG.map(([args]) => args));
    const answers = results.map(({ status, stdout, stderr }, index) => {
      const [args, sentence] = WRONG[index] ?? [[], /$/];
      const said = /^lttng: (.*) \((USAGE|NO_KERNEL)\)\n$/.exec(stderr)?.[1];
      const isRight = status === EXIT.usage && stdout === '' && sentence.test(said ?? '');
      return isRight ? undefined : { args, status, stdout, stderr };
    });
    expect(answers.filter((answer) => answer !== undefined)).toEqual([]);
  });

  it('is answered in JSON on request, wherever the option stands', async () => {
    const results = await runAll([
      ['--output-format', 'json', 'lst'],
      ['add-event', '--output-format=json'],
      ['list', '--pid', 'x', '--output-format', 'json'],
    ]);
    for (const { status, stdout, stderr } of results) {
      expect({ status, stdout }).toEqual({ status: EXIT.usage, stdout: '' });
      expect(JSON.parse(stderr)).toEqual({
        error: { code: 'USAGE', reason: expect.stringMatching(/^[A-Z].*\w\??"?$/) as string },
      });
    }
  });

  it('has a byte that is not UTF-8: nothing gets another name', async () => {
    const program = join(DIST, 'bin/lttng.js');
    const lines = ['record -o "$x" -- true', 'record -- echo "$x"', 'create -o "$x"', 'view "$x"'];
    for (const line of lines) {
      const script = `x=$(printf '${place.directory}/\\377'); exec "$0" "$1" ${line}`;
      const refused = await place.start('sh', ['-c', script, process.execPath, program]).finished;
      expect({ line, ...refused }).toMatchObject({
        line,
        status: EXIT.usage,
        stdout: '',
        stderr:
          'lttng: An argument has a byte that is not UTF-8; Node.js cannot pass it on (USAGE)\n',
      });
    }
    // The character by which Node.js replaces such bytes is one like any other.
    const { stderr } = await place.lttng(['view', 'a\ufffd']);
    expect(stderr).toMatch(/^lttng: There is nothing at .*\ufffd \(UNREADABLE\)\n$/);
    expect(readdirSync(place.directory).filter((name) => name.includes('\ufffd'))).toEqual([]);
  });

  it('starts no registry', () => {
    expect(processesOf(place.directory)).toEqual([]);
  });
});

describe('help (R2.1)', () => {
  it('lists every command; each command has help', async () => {
    const [plain, listed] = await runAll([[], ['--list-commands', '--output-format', 'json']]);
    const names = JSON.parse(listed?.stdout ?? '') as string[];
    expect(names).toContain('enable-event');
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    const commands = /Record and view:[^]*(?=Examples:)/.exec(plain?.stdout ?? '')?.[0] ?? '';
    const listedNames = Array.from(commands.matchAll(/^ {2}([a-z-]+) /gm), ([, name = '']) => name);
    const aliases = ['enable-channel', 'enable-event'];
    expect(listedNames.sort()).toEqual(names.filter((name) => !aliases.includes(name)));
    const helps = await runAll(names.map((name) => ['help', name]));
    for (const [index, { status, stdout, stderr }] of helps.entries()) {
      const name = names[index] ?? '';
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: lttng /);
    }
  });

  it('by an option is the same as by the command, on standard output', async () => {
    const [option, command] = await runAll([
      ['record', '--help'],
      ['help', 'record'],
    ]);
    expect(option).toMatchObject({ status: 0, stderr: '' });
    expect(option?.stdout).toBe(command?.stdout);
  });

  it('fits a narrow terminal', async () => {
    const lines = [
      ['lttng', ''],
      ['lttng', 'record --help'],
      ['lttng', 'add-event --help'],
      ['lttng', 'add-channel --help'],
      ['lttng', 'help exit-codes'],
      ['lttng-sim', 'run --help'],
    ] as const;
    for (const [name, args] of lines) {
      const command = `stty cols 40; "${process.execPath}" ${join(DIST, `bin/${name}.js`)} ${args}`;
      const { stdout } = await place.start('script', ['-qfec', command, '/dev/null']).finished;
      const shown = stripVTControlCharacters(stdout).replaceAll('\r', '').split('\n');
      expect(shown.length).toBeGreaterThan(10);
      expect({ args, long: shown.filter((line) => line.length > 40) }).toEqual({ args, long: [] });
    }
  });

  it('and docs/cli.md list every exit status', async () => {
    const [help] = await runAll([['help', 'exit-codes']]);
    const document = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
    for (const [name, meaning] of Object.entries(EXIT_MEANINGS)) {
      const status = EXIT[name as keyof typeof EXIT];
      expect(document).toContain(`\n| ${status} | ${meaning} |\n`);
      expect(help?.stdout).toMatch(new RegExp(`^ +${status}  ${meaning.slice(0, 20)}`, 'm'));
    }
  });
});
