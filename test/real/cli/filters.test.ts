/** Event rules with levels, exclusions, filters and markers, from the command line to the trace. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeProgram } from '../../support/real/programs.ts';
import { LIBRARY, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const node = process.execPath;
let place: Place;
let shop: string;
beforeEach(() => {
  place = makePlace();
  shop = writeProgram(
    place,
    'shop.mjs',
    `import { f64, marker, sequence, string, struct, tracepoint, u32 } from '${LIBRARY}';
const order = tracepoint('shop:order', {
  id: u32, amount: f64, customer: struct({ name: string }), items: sequence(u32),
});
const paid = tracepoint('shop:paid', { id: u32 }, { logLevel: 'err' });
for (let id = 0; id < 10; id++) {
  order({ id, amount: id * 1.5, customer: { name: 'customer ' + id }, items: [id, id * 2].slice(0, id % 3) });
  paid({ id });
  marker('deploy', 'v' + id);
}
if (process.argv[2] === 'stay') { console.log('ready'); setInterval(() => {}, 1000); }
`,
  );
});
afterEach(() => place.end());

/** Events of the recorded program as babeltrace2 shows them: name and number. */
async function recorded(...options: readonly string[]): Promise<string[]> {
  const output = join(place.homeOf(), 'trace');
  const { status, stderr } = await place.lttng([
    'record',
    '-o',
    output,
    ...options,
    '--',
    node,
    shop,
  ]);
  expect({ status, options }).toEqual({ status: 0, options });
  if (stderr.startsWith('Recorded no event.')) return [];
  return runBabeltrace(output).lines.map((line) => {
    const [, name = line, number = ''] =
      /(?:shop|marker):(\w+): .*?(?:\bid = |\btext = "v)(\d+)/.exec(line) ?? [];
    return `${name} ${number}`;
  });
}

describe.runIf(hasBabeltrace())('record', () => {
  it('records the events that a filter selects', async () => {
    const filter = 'id & 1 == 1 && (amount > 10.4 || customer.name == "*r 3") || items[1] == 16';
    expect(await recorded('-e', 'shop:order', '--filter', filter)).toEqual([
      'order 3',
      'order 7',
      'order 8',
      'order 9',
    ]);
  });

  it('records what no exclusion names, at one level', async () => {
    const nine = Array.from({ length: 10 }, (_, id) => `paid ${id}`);
    expect(await recorded('-e', 'shop:*', '-x', 'shop:or*,x')).toEqual(nine);
  });

  it('records one level alone, and no event for a field that is not there', async () => {
    const paid = ['paid 0', 'paid 1'];
    const all = ['-e', 'shop:*', '--filter', 'id < 2'];
    expect(await recorded(...all, '--loglevel-only', 'ERR')).toEqual(paid);
    expect(await recorded(...all, '--loglevel-only', 'CRIT')).toEqual([]);
    expect(await recorded('-e', 'shop:*', '-f', '!usr')).toEqual([]);
  });

  it('records markers', async () => {
    expect(await recorded('-e', 'marker:deploy', '-f', 'text == "v[12]*" || text > "v8"')).toEqual([
      'deploy 9',
    ]);
  });

  it.each([
    [['-f', 'id = 1'], 'The filter is wrong at character 4: equality is =='],
    [['-f', ''], 'The filter is wrong at character 1: a value is missing'],
    [
      ['-e', 'shop:order', '-x', 'shop:x'],
      'Names are excluded from a name with a wildcard only, and "shop:order" has none',
    ],
    [['-x', '*'], '"*" excludes all events of "*"'],
    [['--loglevel', 'ERR', '--loglevel-only', 'ERR'], 'Name one of --loglevel and --loglevel-only'],
  ])('refuses %j', async (options, reason) => {
    const refused = await place.lttng(['record', ...options, '--', node, shop]);
    expect(refused).toMatchObject({ status: 2, stdout: '', stderr: `lttng: ${reason} (USAGE)\n` });
  });
});

describe('a session', () => {
  it('lists its rules whole, and says which match nothing', async () => {
    await place.ok(['create', 'web', '-q']);
    const app = place.start(node, ['--import', REGISTER, shop, 'stay']);
    await app.line(/^ready$/);
    const added = async (...args: readonly string[]): Promise<string> =>
      (await place.lttng(['add-event', ...args])).stderr;
    expect(await added('shop:*', '-x', 'shop:x*', '--loglevel-only', 'ERR', '-f', 'id > 3')).toBe(
      '',
    );
    expect(await added('deploy', '--marker')).toBe('');
    const wrongName =
      'No tracepoint of all applications matches shop:ordr at present; did you mean shop:order?\n';
    const wrongField =
      'The filter matches no event of shop:order: there is no field idd; did you mean id?\n';
    expect(await added('shop:ordr')).toBe(wrongName);
    expect(await added('shop:order', '-f', 'idd == 1')).toBe(wrongField);
    const listed = await place.lttng(['list', 'web']);
    expect(listed.stderr).toBe(wrongName + wrongField);
    for (const line of [
      '  event shop:*         ERR alone  all applications    without shop:x*, if id > 3',
      '  event marker:deploy  any level  all applications',
      '  event shop:order     any level  all applications    if idd == 1',
    ]) {
      expect(listed.stdout.split('\n')).toContain(line);
    }
    const { stdout } = await place.lttng(['list', 'web', '--output-format', 'json']);
    const all = { target: { kind: 'all' }, enabled: true };
    expect(JSON.parse(stdout)).toMatchObject({
      session: {
        channels: [
          {
            rules: [
              {
                pattern: 'shop:*',
                logLevelMax: 3,
                logLevelMin: 3,
                exclusions: ['shop:x*'],
                filter: 'id > 3',
                ...all,
              },
              { pattern: 'marker:deploy', logLevelMax: 14, ...all },
              { pattern: 'shop:ordr', logLevelMax: 14, ...all },
              { pattern: 'shop:order', logLevelMax: 14, filter: 'idd == 1', ...all },
            ],
          },
        ],
      },
      unmatched: [
        { channel: 'default', rule: { pattern: 'shop:ordr' }, nearest: 'shop:order' },
        { channel: 'default', rule: { pattern: 'shop:order' }, nearest: 'id' },
      ],
    });
    app.kill('SIGTERM');
    await app.finished;
  });
});
