/** Whatever sessions, events and applications a command answers about, its XML follows LTTng's schema. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { usageFailure } from '../../../../../bin/lttng/failure.ts';
import type { ANSWERS } from '../../../../../bin/lttng/mi/answers.ts';
import { answerInXml } from '../../../../../bin/lttng/mi/document.ts';
import { COMMANDS } from '../../../../../bin/lttng/table/table.ts';
import { createOutput } from '../../../../../bin/terminal/output.ts';
import { CONTEXTS } from '../../../../../src/event/context.ts';
import type { FieldType } from '../../../../../src/event/model.ts';
import { fieldsText } from '../../../../../src/tracer/signature.ts';
import type { AppInfo, SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { faultsOf, hasXmllint, SCHEMA, textsAt } from '../../../../support/mi/schema.ts';

/** Names and paths may have anything that is no control character; paths even these. */
const odd = fc.string({
  unit: fc.oneof(
    fc.constantFrom('<', '&', '>', '"', ']]>', '\u202e', '\u{e0041}', '\uffff', '\ud800', 'ä'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 20,
});
const path = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `/${text}`);
const level = fc.integer({ min: 0, max: 14 });
const selection = fc.record(
  {
    logLevelMax: level,
    logLevelMin: level,
    exclusions: fc.array(odd, { minLength: 1, maxLength: 2 }),
    filter: odd,
  },
  { requiredKeys: ['logLevelMax'] },
);
const kind = fc.constantFrom({}, { kind: 'syscall' as const });
const rule = fc.tuple(odd, selection, fc.boolean(), kind).map(([pattern, of, enabled, ofKind]) => ({
  pattern,
  ...of,
  ...ofKind,
  enabled,
  target: { kind: 'all' as const },
}));
const channel = fc.record(
  {
    settings: fc.record(
      {
        name: fc.constantFrom('default', 'net'),
        shape: fc.record({
          subbufferBytes: fc.constantFrom(4096, 2 ** 30),
          subbufferCount: fc.constantFrom(2, 8),
          overwrite: fc.boolean(),
        }),
        switchTimerUs: fc.constantFrom(0, 3_600_000_000),
        readTimerUs: fc.constantFrom(0, 2000),
        tracefiles: fc.record({ bytes: fc.constant(2 ** 40), count: fc.constantFrom(0, 4096) }),
        bufferScheme: fc.constant('uid' as const),
      },
      { requiredKeys: ['name', 'shape', 'switchTimerUs', 'readTimerUs'] },
    ),
    rules: fc.array(rule, { maxLength: 3 }),
    disabled: fc.constant(true as const),
  },
  { requiredKeys: ['settings', 'rules'] },
);
const ids = fc.array(fc.constantFrom(0, 7, 0xffff_fffe), { maxLength: 2 });
const relay = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
const userSession: fc.Arbitrary<SessionInfo> = fc.record(
  {
    name: fc.constantFrom('web', 'a'.repeat(200)),
    uuid: fc.constant('0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11'),
    uid: fc.constant(1001),
    state: fc.constantFrom('inactive', 'active', 'paused', 'stopped', 'destroying'),
    output: path,
    destination: fc.constant({ to: relay, state: 'waiting' as const }),
    flightRecorder: fc.constant(true as const),
    liveTimerUs: fc.constant(1_000_000),
    rotation: fc.record(
      {
        archives: fc.constant(3),
        archive: path,
        everyUs: fc.constant(30_000_000),
        atBytes: fc.constant(65_536),
      },
      { requiredKeys: ['archives'] },
    ),
    channels: fc.array(channel, { maxLength: 2 }),
    trackers: fc.record({ vpid: ids, vuid: ids, vgid: ids }, { requiredKeys: [] }),
    streams: fc.constant(0),
    streamsMade: fc.constant(0),
    writers: fc.constant(0),
  },
  {
    requiredKeys: ['name', 'uuid', 'uid', 'state', 'channels', 'streams', 'streamsMade', 'writers'],
  },
);
/** With a kernel part, or without one. */
const session: fc.Arbitrary<SessionInfo> = fc
  .tuple(userSession, fc.option(userSession, { nil: undefined }))
  .map(([user, part]) =>
    part === undefined ? user : { ...user, kernel: { ...part, domain: 'kernel' as const } },
  );
const integer = { kind: 'integer', bits: 32, signed: false } as const;
const fieldType = fc.constantFrom<FieldType>(
  integer,
  { kind: 'float', bits: 64 },
  { kind: 'boolean' },
  { kind: 'enum', integer, labels: { a: 0 } },
  { kind: 'string' },
  { kind: 'array', element: integer, length: 2 },
  { kind: 'sequence', element: { kind: 'string' } },
  { kind: 'struct', fields: [{ name: 'x', type: integer }] },
);
const fields = fc
  .array(fieldType, { maxLength: 8 })
  .map((types) => types.map((type, index) => ({ name: `f${index}`, type })));
const app: fc.Arbitrary<AppInfo> = fc.record({
  pid: fc.integer({ min: 1, max: 2 ** 22 }),
  tid: fc.constant(7),
  uid: fc.constant(1001),
  processName: odd,
  tracepoints: fc.array(
    fc.record({
      name: odd,
      logLevel: level,
      fields: fc
        .tuple(fields, fc.constantFrom(10, 4096))
        .map(([of, charactersMax]) => fieldsText(of, charactersMax)),
    }),
    { maxLength: 3 },
  ),
});
const contexts = fc.uniqueArray(fc.constantFrom(...Object.keys(CONTEXTS), '$app.tenant'), {
  minLength: 1,
});

const NET = ['net,default'] as const;
/** A command line of each command, and values that it prints. */
const ASKED: {
  readonly [N in keyof typeof ANSWERS]: readonly [object, readonly unknown[], fc.Arbitrary<object>];
} = {
  version: [{}, [], fc.record({ version: fc.constant('1') })],
  list: [
    { events: true },
    [],
    fc.oneof(
      fc.record({ session }),
      fc.record({ sessions: fc.array(session, { maxLength: 2 }) }),
      fc.record({ sessions: fc.constant([]), apps: fc.array(app, { maxLength: 3 }) }),
    ),
  ],
  create: [{}, ['web'], fc.record({ session })],
  'set-session': [{}, ['web'], fc.record({ session })],
  destroy: [{ all: true }, [], fc.record({ session })],
  start: [{}, ['web'], fc.record({ session })],
  stop: [{}, ['web'], fc.record({ session })],
  clear: [{}, ['web'], fc.record({ session })],
  rotate: [{}, ['web'], fc.record({ session })],
  'enable-rotation': [{ timer: 30_000_000, size: 65_536 }, ['web'], fc.record({ session })],
  'disable-rotation': [{ timer: true, size: true }, ['web'], fc.record({ session })],
  regenerate: [{}, ['metadata'], fc.record({ session })],
  snapshot: [
    {},
    [['record']],
    fc.record(
      { session, snapshot: path, isWhole: fc.boolean() },
      { requiredKeys: ['session', 'isWhole'] },
    ),
  ],
  save: [{}, [], fc.record({ session, saved: path })],
  load: [
    { overrideName: 'other', overrideUrl: 'net://relay' },
    [],
    fc.record({ session, loaded: path }),
  ],
  'add-channel': [{}, NET, fc.record({ session })],
  'disable-channel': [{}, NET, fc.record({ session })],
  'add-event': [
    { loglevelOnly: 6, exclude: ['ab'], filter: 'n < 3 && s == "<&>"' },
    ['a*,b*'],
    fc.record({ session }),
  ],
  'disable-event': [{ channel: 'net' }, ['a*,b<'], fc.record({ session })],
  'add-context': [
    { list: true },
    [],
    fc.record({ contexts: contexts.map((names) => names.map((name) => ({ name }))) }),
  ],
  track: [{ vpid: ['1,2'], vuid: ['root'], vgid: true, all: true }, [], fc.record({ session })],
  untrack: [{ vpid: true, all: true }, [], fc.record({ session })],
};

/** The same about the kernel. */
const ASKED_OF_KERNEL: readonly (readonly [
  name: keyof typeof ANSWERS,
  options: object,
  operands: readonly unknown[],
  value: fc.Arbitrary<object>,
])[] = [
  [
    'list',
    { kernel: true, events: true },
    [],
    fc.record({
      kernelEvents: fc.array(
        fc.record(
          {
            name: odd,
            fields: fields.map((of) =>
              of.map(({ name, type }) => ({ name, type: 'int', kind: type.kind })),
            ),
          },
          { requiredKeys: ['name'] },
        ),
        { maxLength: 3 },
      ),
    }),
  ],
  [
    'list',
    { kernel: true, syscall: true },
    [],
    fc.constant({ kernelEvents: [{ name: 'openat' }] }),
  ],
  ['add-channel', { kernel: true }, NET, fc.record({ session })],
  ['disable-channel', { kernel: true }, NET, fc.record({ session })],
  ['add-event', { kernel: true, all: true, filter: 'a < 3 && b' }, [], fc.record({ session })],
  ['disable-event', { kernel: true, syscall: true }, ['openat'], fc.record({ session })],
];

let written = '';
beforeEach(() => {
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

interface Ran {
  readonly document: string;
  readonly thrown: unknown;
}

/** What a command prints that ends like this. */
async function answered(
  name: string,
  parsed: { readonly options: object; readonly operands: readonly unknown[] },
  values: readonly object[],
  failure?: Error,
): Promise<Ran> {
  const declared = COMMANDS.find((command) => command.name === name);
  if (declared === undefined) throw new Error(`there is no command ${name}`);
  const output = createOutput('xml', false);
  written = '';
  let thrown: unknown;
  try {
    await answerInXml(output, declared, parsed, async () => {
      for (const value of values) output.value(value);
      if (failure !== undefined) throw failure;
    });
  } catch (error) {
    thrown = error;
  }
  return { document: written, thrown };
}

test.skipIf(!hasXmllint())('follows the schema', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lttng-ts-mi-'));
  const files: string[] = [];
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const keep = (name: string, document: string): void => {
    const file = join(directory, `${files.length}-${name}.xml`);
    writeFileSync(file, document);
    files.push(file);
  };
  const asked = Object.entries(ASKED).map(([name, of]) => [name, ...of] as const);
  for (const [name, options, operands, value] of [...asked, ...ASKED_OF_KERNEL]) {
    const parsed = { options, operands };
    for (const each of fc.sample(value, { numRuns: 20, seed })) {
      keep(name, (await answered(name, parsed, [each])).document);
    }
    keep(name, (await answered(name, parsed, fc.sample(value, { numRuns: 3, seed }))).document);
    keep(name, (await answered(name, parsed, [])).document);
    keep(name, (await answered(name, parsed, [], new Error('internal'))).document);
  }
  const args = ['--nonet', '--noout', '--schema', SCHEMA, ...files];
  const { stderr } = spawnSync('xmllint', args, { encoding: 'utf8' });
  const faults = stderr.split('\n').filter((line) => line !== '' && !line.endsWith(' validates'));
  expect({ seed, faults }).toEqual({ seed, faults: [] });
  rmSync(directory, { recursive: true });
});

test.skipIf(!hasXmllint())('says where snapshots go', async () => {
  const out = { name: 'lim', output: '/tmp/a<b', bytesMax: 65_536 };
  const [web] = fc.sample(session, 1);
  const told = async (words: readonly string[], snapshotOutput?: object): Promise<string> => {
    const value = { session: { ...web, name: 'web', snapshotOutput } };
    const asked = { options: {}, operands: [words] };
    const { document } = await answered('snapshot', asked, [value]);
    expect(faultsOf(document)).toEqual([]);
    return /<snapshot_action>(.*)<\/snapshot_action>/.exec(document)?.[1] ?? '';
  };
  const members =
    '<id>1</id><name>lim</name><ctrl_url>/tmp/a&lt;b</ctrl_url><max_size>65536</max_size>';
  expect(await told(['add-output', '/tmp'], out)).toBe(
    `<name>add-output</name><output><snapshot>${members}<session_name>web</session_name></snapshot></output>`,
  );
  expect(await told(['list-output'], out)).toBe(
    `<name>list-output</name><output><session><name>web</name><snapshots><snapshot>${members}` +
      '<data_url></data_url></snapshot></snapshots></session></output>',
  );
  expect(await told(['list-output'])).toContain('<snapshots></snapshots>');
  for (const [id, element] of [
    ['1', 'id'],
    ['lim', 'name'],
  ] as const) {
    expect(await told(['del-output', id])).toBe(
      `<name>del-output</name><output><snapshot><${element}>${id}</${element}>` +
        '<session_name>web</session_name></snapshot></output>',
    );
  }
});

test('says that a command failed, and leaves the failure to its caller', async () => {
  const failure = new Error('internal');
  const { document, thrown } = await answered(
    'start',
    { options: {}, operands: ['web'] },
    [],
    failure,
  );
  expect(thrown).toBe(failure);
  expect(textsAt(document, 'command/success')).toEqual(['false']);
});

test('prints nothing for a wrong command line', async () => {
  const wrong = usageFailure('wrong');
  const parsed = { options: {}, operands: ['web'] };
  expect(await answered('start', parsed, [], wrong)).toEqual({ document: '', thrown: wrong });
  const { document, thrown } = await answered('status', parsed, []);
  expect(document).toBe('');
  expect(thrown).toMatchObject({ code: 'USAGE' });
});

test('has the text of sessions as it is', async () => {
  const value = { session: { name: 'web', output: '/<a>&\u202e\n' } };
  const { document } = await answered('create', { options: {}, operands: [] }, [value]);
  expect(textsAt(document, 'command/output/session/path')).toEqual(['/<a>&\u202e\n']);
});

test.each([
  ['per process', {}, 'PER_PID'],
  ['per user', { bufferScheme: 'uid' as const }, 'PER_UID'],
])('says whose the buffers of a session are: %s', async (_, scheme, expected) => {
  const [made] = fc.sample(session, { numRuns: 1, seed: 1 });
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
  const settings = { name: 'default', shape, switchTimerUs: 0, readTimerUs: 0, ...scheme };
  const value = { session: { ...made, channels: [{ settings, rules: [] }] } };
  const { document } = await answered('list', { options: {}, operands: ['web'] }, [value]);
  expect(document).toContain(`<buffer_type>${expected}</buffer_type>`);
});

test('has the domain of the kernel before that of programs (R1.24)', async () => {
  const [made] = fc.sample(userSession, { numRuns: 1, seed: 1 });
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
  const settings = { name: 'default', shape, switchTimerUs: 0, readTimerUs: 0 };
  const rules = [{ pattern: 'openat', kind: 'syscall', enabled: true, logLevelMax: 14 }];
  const channels = [{ settings, rules }];
  const kernel = { ...made, trackers: {}, channels };
  const value = { session: { ...made, channels: [], trackers: {}, kernel } };
  const { document } = await answered('list', { options: {}, operands: ['web'] }, [value]);
  const domain = 'command/output/sessions/session/domains/domain';
  expect(textsAt(document, `${domain}/type`)).toEqual(['KERNEL']);
  expect(textsAt(document, `${domain}/buffer_type`)).toEqual(['GLOBAL']);
  expect(textsAt(document, `${domain}/channels/channel/events/event/type`)).toEqual(['SYSCALL']);
  const both = { session: { ...value.session, channels } };
  const other = await answered('list', { options: {}, operands: ['web'] }, [both]);
  expect(textsAt(other.document, `${domain}/type`)).toEqual(['KERNEL', 'UST']);
});

test('names all events of the kernel as tracepoints and as system calls', async () => {
  const asked = { options: { kernel: true, all: true }, operands: [] };
  const { document } = await answered('add-event', asked, [{ session: {} }]);
  expect(textsAt(document, 'command/output/events/event/type')).toEqual(['TRACEPOINT', 'SYSCALL']);
});
