/**
 * What `lttng` prints about real programs: visible characters only, whatever names and texts they have, and JSON in
 * which each member has one kind of integer.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visible } from '../../../src/base/visible.ts';
import { writeProgram } from '../../support/real/programs.ts';
import {
  DIST,
  type Finished,
  LIBRARY,
  makePlace,
  type Place,
  REGISTER,
} from '../../support/real/sandbox.ts';

/** Format characters, which names may have, and control characters, which paths and texts may have. */
const FORMAT = 'a\u202e\u2066\u200b\ufeff\u{e0041}z';
const CONTROL = 'a\u001b]0;x\u0007\u009b2J\u2028\n\r\u007fz';
const NAME = 'a-session-with-a-long-name';
const JSON_FORMAT = ['--output-format', 'json'];

let place: Place;
const finished: Finished[] = [];
beforeEach(() => {
  place = makePlace();
  finished.length = 0;
});
afterEach(() => place.end());

async function lttng(...args: readonly string[]): Promise<Finished> {
  const result = await place.lttng(args);
  finished.push(result);
  return result;
}

/** A program of this name that records texts, then waits until its standard output is closed. */
function namedProgram(name: string, isWaiting: boolean): string {
  const wait = isWaiting ? 'setInterval(() => {}, 1000);' : '';
  return writeProgram(
    place,
    name,
    `import { string, tracepoint, u64 } from '${LIBRARY}';
    const text = ${JSON.stringify(CONTROL + FORMAT)};
    const point = tracepoint(${JSON.stringify(`test:${FORMAT}`)}, { text: string, nul: string, big: u64 });
    point({ text, nul: 'a\\0b', big: 7n });
    console.log('ready');
    console.error(text);
    ${wait}`,
  );
}

function linesOf(results: readonly Finished[]): string[] {
  return results.flatMap(({ stdout, stderr }) => `${stdout}${stderr}`.split('\n'));
}

describe('on a terminal', () => {
  it('tables fit, but for words that are longer', async () => {
    const program = place.start(process.execPath, [
      '--import',
      REGISTER,
      namedProgram('app.mjs', true),
    ]);
    await program.line(/ready/);
    await place.ok(['create', NAME]);
    await place.ok(['add-event', 'node:*', '-x', 'node:gc', '--filter', 'message != "a" || n > 3']);
    await place.ok(['add-context', '-t', 'vpid,vtid,procname,vuid,async_id']);
    const cli = `"${process.execPath}" ${join(DIST, 'bin/lttng.js')} -q`;
    for (const columns of [40, 80, 200]) {
      for (const args of ['list --sessions --apps', 'list --events', `list ${NAME}`]) {
        const command = `stty cols ${columns}; ${cli} ${args}`;
        const { stdout } = await place.start('script', ['-qfec', command, '/dev/null']).finished;
        const shown = stripVTControlCharacters(stdout).replaceAll('\r', '').split('\n');
        const long = shown.filter((row) => row.length > columns && row.trim().includes(' '));
        expect({ args, columns, long }).toEqual({ args, columns, long: [] });
        expect(shown.length).toBeGreaterThan(3);
      }
    }
  }, 120_000);
});

describe('text that steers a terminal', () => {
  it('is visible in what every command prints, and whole in JSON', async () => {
    const output = join(place.directory, CONTROL + FORMAT);
    const program = namedProgram(`${FORMAT}.mjs`, true);
    await place.ok(['create', 'web', '-o', output]);
    const running = place.start(process.execPath, [program]);
    await running.line(/ready/);
    await lttng('add-event', `test:${FORMAT}`, '--command', `${FORMAT}.mjs`);
    await lttng('start');
    await lttng('list');
    await lttng('list', '--apps', '--events');
    await lttng('list', 'web');
    await lttng('status');
    const apps = await lttng('list', '--apps', '--events', ...JSON_FORMAT);
    running.kill('SIGTERM');
    await running.finished;
    const recorded = ['record', '-o', `${output}2`, '-e', 'test:*', '--', process.execPath];
    const once = namedProgram(`once${FORMAT}.mjs`, false);
    const { stderr } = await place.lttng([...recorded, once]);
    const [, ...report] = stderr.split(`${CONTROL}${FORMAT}\n`);
    await lttng('view', `${output}2`);
    const viewed = await lttng('view', `${output}2`, ...JSON_FORMAT);
    await lttng('view', join(place.directory, `none${CONTROL}`));
    await lttng('create', CONTROL);
    await lttng('consume', `${output}2`, '--stop');
    await lttng('help', CONTROL);
    await lttng('stop');
    await lttng('destroy', '-v', '-v');
    const lines = [...linesOf(finished), ...report.join('').split('\n')];
    expect(lines.filter((line) => visible(line) !== line)).toEqual([]);
    expect(report.join('')).toContain(`test:${visible(FORMAT)}`);
    const { apps: listed } = JSON.parse(apps.stdout) as { apps: { processName: string }[] };
    expect(listed.map(({ processName }) => processName)).toEqual([`${FORMAT}.mjs`]);
    expect(JSON.parse(viewed.stdout)).toMatchObject({
      process: `once${FORMAT}.mjs`,
      name: `test:${FORMAT}`,
      fields: { text: CONTROL + FORMAT, nul: 'a␀b', big: '7' },
    });
    const logs = readdirSync(join(place.directory, 'run')).filter((name) => name.endsWith('.log'));
    const logged = logs.flatMap((name) =>
      readFileSync(join(place.directory, 'run', name), 'utf8').split('\n'),
    );
    expect(logged.length).toBeGreaterThan(1);
    expect(logged.filter((line) => visible(line) !== line)).toEqual([]);
  });

  it('in the name of a program does not keep it from being traced', async () => {
    const program = namedProgram(`${CONTROL}.mjs`, false);
    const { stdout } = await lttng(
      'record',
      ...JSON_FORMAT,
      '-e',
      'test:*',
      '--',
      process.execPath,
      program,
    );
    const [, json = ''] = stdout.split('\n');
    expect(JSON.parse(json)).toMatchObject({ trace: { events: 1 } });
  });
});

/** Adds to `kinds` how a value has the integers of its members: as numbers or as decimal text. */
function collectKinds(value: unknown, name: string, kinds: Map<string, Set<string>>): void {
  if (Array.isArray(value)) for (const entry of value) collectKinds(entry, name, kinds);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) collectKinds(member, key, kinds);
  } else if (Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value))) {
    kinds.set(name, (kinds.get(name) ?? new Set<string>()).add(typeof value));
  }
}

describe('an integer in JSON', () => {
  it('is of one kind in each member: decimal text where the document says so, otherwise a number', async () => {
    const source = `
      import { i64, string, tracepoint, u8, u32, u64 } from '${LIBRARY}';
      const types = { small: u8, word: u32, wide: u64, signed: i64, text: string };
      const point = tracepoint('test:widths', types);
      for (const wide of [0n, 1n, 2n ** 53n - 1n, 2n ** 64n - 1n])
        for (let n = 0; n < 400; n++)
          point({ small: 1, word: 2 ** 32 - 1, wide, signed: -wide / 2n, text: 'x'.repeat(99) });
      if (process.argv[2] === 'wait') setInterval(() => {}, 1000);
      console.error('ready');`;
    const program = writeProgram(place, 'widths.mjs', source);
    const values: unknown[] = [];
    const ask = async (...args: readonly string[]): Promise<void> => {
      const [command = '', ...rest] = args;
      const { stdout, stderr } = await place.lttng([command, ...JSON_FORMAT, ...rest]);
      for (const line of `${stdout}${stderr}`.split('\n')) {
        if (line.startsWith('{') || line.startsWith('[')) values.push(JSON.parse(line));
      }
    };
    await ask('create', 'web', '--snapshot');
    await ask('add-channel', 'small', '--subbuf-size', '4k', '--num-subbuf', '2');
    await ask('add-event', 'test:*', '-c', 'small');
    await ask('start');
    const running = place.start(process.execPath, [`--import=${REGISTER}`, program, 'wait']);
    await running.said(/ready/);
    for (const command of ['list', 'status', 'version']) await ask(command);
    await ask('list', 'web');
    await ask('snapshot');
    await ask('consume', '--snapshot');
    running.kill('SIGKILL');
    await running.finished;
    await ask('disable-event', 'test:*', '-c', 'small');
    await ask('stop');
    await ask('recover', 'web');
    await ask('destroy', 'web');
    const output = join(place.directory, 'trace');
    const buffers = ['--subbuf-size', '4k', '--num-subbuf', '2'];
    await ask('record', '-o', output, ...buffers, '--', process.execPath, program);
    await ask('view', output);
    await ask('view', join(place.directory, 'none'));
    await ask('--list-commands');
    const kinds = new Map<string, Set<string>>();
    for (const value of values) collectKinds(value, '', kinds);
    const both = [...kinds].filter(([, kind]) => kind.size > 1);
    expect(both).toEqual([]);
    const texts = [...kinds].filter(([, kind]) => kind.has('string')).map(([name]) => name);
    const document = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
    const [, sentence = ''] = /Decimal text are ([^.]*)\./.exec(document) ?? [];
    const documented = Array.from(sentence.matchAll(/`(\w+)`/g), ([, name = '']) => name);
    const fields = ['wide', 'signed', 'durationUs', 'beginNs', 'durationNs'];
    expect(texts.filter((name) => !fields.includes(name)).toSorted()).toEqual(
      documented.toSorted(),
    );
    for (const name of ['small', 'word', 'events', 'streams', 'pid', 'vtid', 'subbufferBytes']) {
      expect([name, ...(kinds.get(name) ?? [])]).toEqual([name, 'number']);
    }
  });
});
