/**
 * What commands print with `--output-format json` follows the published schemas (R2.13). A story makes every command
 * print once; a member that the schemas do not name is a fault, too.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMANDS } from '../../../bin/lttng/table/table.ts';
import { NO_KERNEL_HERE } from '../../support/real/kernel.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { makePlace, type Place } from '../../support/real/sandbox.ts';
import { SCHEMAS } from '../../support/reference/json-schemas.ts';
import { OUTPUTS, type OutputName, PRINTED_BY } from '../../support/reference/outputs.ts';

interface SchemaDocument {
  readonly $id: string;
  readonly $defs: Readonly<Record<string, object>>;
}
const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../..', SCHEMAS), 'utf8'),
) as SchemaDocument;
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(document);

let place: Place;
const printed = new Set<OutputName>();
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.end());

function expectValue(name: OutputName, text: string): void {
  const value: unknown = JSON.parse(text);
  const isValid = ajv.validate(`${document.$id}#/$defs/${name}`, value);
  expect({ name, value, errors: isValid ? [] : ajv.errors }).toEqual({ name, value, errors: [] });
  const { issues = [] } = v.safeParse(OUTPUTS[name], value);
  expect({
    name,
    issues: issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`),
  }).toEqual({ name, issues: [] });
  printed.add(name);
}

/** Runs a command, whose last line of output is of this kind. */
async function expectOutput(name: OutputName, ...args: readonly string[]): Promise<void> {
  const output = await place.ok(['--output-format', 'json', ...args]);
  expectValue(name, output.trimEnd().split('\n').at(-1) ?? '');
}

it('every value follows its schema, whatever the command', async () => {
  await expectOutput('completion', 'completion', 'bash');
  await expectOutput('commands', '--list-commands');
  await expectOutput('status', 'status');
  await expectOutput('version', 'version');
  await expectOutput('explain', 'explain', String(process.pid));
  const { stderr } = await place.lttng(['--output-format', 'json', 'start', 'web']);
  expectValue('error', stderr);

  await expectOutput('session', 'create', 'web');
  await expectOutput(
    'session',
    'add-channel',
    'net',
    '--subbuf-size',
    '4k',
    '--num-subbuf',
    '2',
    '-s',
    'web',
  );
  await expectOutput('session', 'add-channel', 'net', 'x.js', '--subbuf-size', '8k', '-s', 'web');
  const filter = ['-x', 'node:gc', '--filter', 'message != "x"', '--loglevel', 'INFO'];
  await expectOutput('session', 'add-event', 'node:*', '-c', 'net', '-s', 'web', ...filter);
  await expectOutput('contexts', 'add-context', '--list');
  await expectOutput('session', 'add-context', '-t', 'vpid,async_id', '-s', 'web');
  await expectOutput('session', 'track', '--vpid', '1', '--vuid=0', '-s', 'web');
  await expectOutput('session', 'untrack', '--vpid', '--all', '-s', 'web');
  await expectOutput('session', 'track', '--vpid', '--all', '-s', 'web');
  await expectOutput('config', 'config', '-s', 'web');
  await expectOutput('session', 'set-session', 'web');
  await expectOutput('session', 'start', 'web');
  await expectOutput('session', 'pause', 'web');
  await expectOutput('session', 'start', 'web');
  // The buffers have room for a few of these events.
  await expectOutput('session', 'consume', '--stop', '-s', 'web');
  const script = 'for (let i = 0; i < 2000; i++) console.log(i)';
  await place.ok(['run', '-s', 'web', '--', process.execPath, '-e', script]);
  await expectOutput('list', 'list');
  await expectOutput('list-session', 'list', 'web');
  await expectOutput('status', 'status');
  await expectOutput('libraries', 'version', 'x.js');
  await expectOutput(
    'session',
    'snapshot',
    'add-output',
    'copies',
    '-n',
    'few',
    '-m',
    '1M',
    '-s',
    'web',
  );
  await expectOutput('session', 'snapshot', 'list-output', '-s', 'web');
  await expectOutput('snapshot', 'snapshot', 'web');
  await expectOutput('session', 'snapshot', 'del-output', 'few', '-s', 'web');
  await expectOutput('session', 'create', 'flight', '--snapshot');
  await expectOutput('session', 'regenerate', 'metadata', '-s', 'flight');
  await expectOutput('session', 'destroy', 'flight');
  await expectOutput('session', 'consume', '--continue', '-s', 'web');
  await expectOutput('session', 'enable-rotation', 'web', '--size', '1M', '--timer', '1h');
  await expectOutput('session', 'rotate', 'web');
  await expectOutput('session', 'clear', 'web');
  await expectOutput('session', 'disable-rotation', 'web', '--timer');
  await expectOutput('session', 'disable-event', 'node:*', '-c', 'net', '-s', 'web');
  await expectOutput('session', 'disable-channel', 'net', '-s', 'web');
  await expectOutput('save', 'save', 'web');
  await expectOutput('load', 'load', 'web', '--override-name', 'web2');
  await expectOutput('session', 'destroy', 'web2');
  await expectOutput('session', 'stop', 'web');
  await expectOutput('recover', 'recover');
  await expectOutput('session', 'destroy', 'web');
  await expectOutput('record', 'record', '-o', 'trace', '--', process.execPath, '-e', script);
  await expectOutput('record', 'record', '--on-crash', '--', process.execPath, '-e', '0');
}, 600_000);

it.skipIf(NO_KERNEL_HERE !== undefined)(
  'values about the kernel do, too (R1.24)',
  async () => {
    await expectOutput('kernel', 'version', '--kernel');
    await expectOutput('list-kernel', 'list', '--kernel', '--fields');
    await expectOutput('list-kernel', 'list', '--kernel', '--syscall', '--fields');
    await expectOutput('session', 'create', 'kernel');
    await expectOutput('session', 'add-event', '--kernel', '--syscall', 'openat', '-s', 'kernel');
    await expectOutput('session', 'start', 'kernel');
    await expectOutput('list-session', 'list', 'kernel');
    await expectOutput('config', 'config', '--kernel', '-s', 'kernel');
    await expectOutput('session', 'destroy', 'kernel');
    const recorded = ['-o', 'kernel-trace', '--kernel', 'sched_switch', '--', process.execPath];
    await expectOutput('record', 'record', ...recorded, '-e', '0');
  },
  300_000,
);

it('a trace is printed as events, losses and problems', async () => {
  const home = place.homeOf();
  const lines = await place.ok(['--output-format', 'json', 'view', join(home, 'lttng-traces/web')]);
  const kinds = lines.trimEnd().split('\n');
  for (const line of kinds) {
    const { kind } = JSON.parse(line) as { kind: string };
    expectValue(
      kind === 'event' ? 'view-event' : kind === 'problem' ? 'view-problem' : 'view-loss',
      line,
    );
  }
  damage(join(home, 'trace'));
  const { stdout } = await place.lttng(['--output-format', 'json', 'view', join(home, 'trace')]);
  const problem = stdout.split('\n').find((line) => line.includes('"problem"')) ?? '';
  expectValue('view-problem', problem);
});

it('a session at a relay, and live sessions, follow theirs', async () => {
  const { url, livePort } = await startOurRelay(place.directory);
  await expectOutput('session', 'create', 'far', '-U', url, '--live');
  await expectOutput('session', 'add-event', '*', '-s', 'far');
  await expectOutput('session', 'start', 'far');
  await expectOutput('view-relay', 'view', `net://127.0.0.1:${livePort}`);
  await expectOutput('session', 'disable-consumer', '-s', 'far');
  await expectOutput('list', 'list');
  await expectOutput('session', 'enable-consumer', '-s', 'far');
  await expectOutput('record', 'record', '-U', url, '--', process.execPath, '-e', 'console.log(1)');
  await expectOutput('session', 'destroy', 'far');
});

it('every schema was printed, and every command has one', () => {
  const ofKernel: readonly string[] = NO_KERNEL_HERE === undefined ? [] : ['kernel', 'list-kernel'];
  expect([...printed].toSorted()).toEqual(
    Object.keys(OUTPUTS)
      .filter((name) => !ofKernel.includes(name))
      .toSorted(),
  );
  const named = new Set(
    Object.values(PRINTED_BY).flatMap((lines) => lines.map((line) => line.split(' ')[0])),
  );
  // They print what others print, or text.
  const silent = new Set(['help', 'run']);
  expect(
    COMMANDS.map(({ name }) => name).filter((name) => !named.has(name) && !silent.has(name)),
  ).toEqual([]);
});

/** Cuts the last packet of each stream. */
function damage(trace: string): void {
  const paths = readdirSync(trace, { recursive: true, encoding: 'utf8' });
  for (const path of paths.filter((name) => /channel0_\d+$|default_\d+$/.test(name))) {
    const file = join(trace, path);
    writeFileSync(file, readFileSync(file).subarray(0, -100));
  }
}
