/**
 * Goal: what the kernel records is in the trace, event for event (R1.24). Method: system calls and scheduling of one
 * process, recorded by us and by trace-cmd at once: both have the same events with the same values, in the same order,
 * and babeltrace2 reads ours without a warning. Skipped without root, tracefs, trace-cmd or babeltrace2.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type PlainStruct, plainStruct } from '../../../src/ctf/read/plain.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import { KernelRecording } from '../../support/kernel/kernel-recording.ts';
import { createTestWorld, scratchDirectory, until } from '../../support/real/os.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const TRACEFS = '/sys/kernel/tracing';
const EVENTS = ['sched:sched_switch', 'syscalls:sys_enter_openat', 'syscalls:sys_exit_openat'];
const OPENS = 1000;
/** Opens a file again and again and sleeps, when it is told to. */
const WORKLOAD = `
  const fs = require('node:fs');
  process.stdin.once('data', () => {
    const word = new Int32Array(new SharedArrayBuffer(4));
    for (let index = 0; index < ${OPENS}; index++) {
      fs.closeSync(fs.openSync('/etc/passwd'));
      if (index % 20 === 0) Atomics.wait(word, 0, 0, 1);
    }
    process.exit(0);
  });
  process.stdout.write('ready');
`;

type Values = Readonly<Record<string, string>>;
interface Event {
  readonly name: string;
  readonly values: Values;
}

const canRun =
  process.getuid?.() === 0 &&
  existsSync(`${TRACEFS}/instances`) &&
  hasBabeltrace() &&
  spawnSync('trace-cmd', ['--version']).error === undefined;

const instance = `lttng-ts-test-${process.pid}`;
const others = `${instance}-trace-cmd`;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const name of [instance, others]) spawnSync('rmdir', [`${TRACEFS}/instances/${name}`]);
});

describe.skipIf(!canRun)('the kernel, recorded by us and by trace-cmd', () => {
  test('has the same events with the same values', async () => {
    const directory = scratchDirectory();
    const workload = start(process.execPath, ['-e', WORKLOAD]);
    await once(workload.stdout ?? workload, 'data');
    const filter = `common_pid == ${workload.pid}`;
    const theirs = await startTraceCmd(join(directory, 'trace.dat'), filter);
    const world = createTestWorld();
    const events = EVENTS.map((event) => ({ event, filter }));
    const recording = new KernelRecording(world, { instance, output: directory, events });
    const consumer = recording.consume();
    workload.stdin?.write('go');
    await once(workload, 'exit');
    expect(await recording.end(consumer)).toEqual({});
    const counts = recording.counts;
    recording.remove();
    theirs.kill('SIGINT');
    await once(theirs, 'exit');

    const recorded = readOurs(world, directory);
    const expected = readTheirs(join(directory, 'trace.dat'));
    const opens = recorded.filter(({ name }) => name === 'syscall_entry_openat');
    expect(opens.length).toBeGreaterThanOrEqual(OPENS);
    expect(fromFirstOpen(recorded)).toEqual(fromFirstOpen(expected));
    const babeltrace = runBabeltrace(join(directory, 'kernel'));
    expect(babeltrace.stderr).toBe('');
    expect(babeltrace.lines).toHaveLength(recorded.length);
    expect(counts).toEqual({ read: recorded.length, overrun: 0, dropped: 0 });
  });
});

function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  return child;
}

/** It records once this resolves. */
async function startTraceCmd(file: string, filter: string): Promise<ChildProcess> {
  const events = EVENTS.flatMap((event) => ['-e', event, '-f', filter]);
  const script = join(import.meta.dirname, '../../support/kernel/trace-cmd.sh');
  const child = start('bash', [script, others, '-C', 'mono', ...events, '-o', file]);
  child.stdout?.resume();
  const place = `${TRACEFS}/instances/${others}`;
  const isOn = (path: string): boolean =>
    existsSync(`${place}/${path}`) && readFileSync(`${place}/${path}`, 'utf8').startsWith('1');
  await until(() => EVENTS.every((event) => isOn(`events/${event.replace(':', '/')}/enable`)));
  await until(() => isOn('tracing_on'));
  return child;
}

function readOurs(world: ReturnType<typeof createTestWorld>, directory: string): Event[] {
  const opened = openTraceSet(world.files, [join(directory, 'kernel')], { isFollowing: false });
  if (!opened.ok) throw new Error(opened.error.message);
  const events: Event[] = [];
  const { set } = opened.value;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    if (message.kind !== 'event') throw new Error(`not an event: ${message.kind}`);
    const { shape } = message;
    const fields = plainStruct(shape.fieldsType, message.fields);
    const values = Object.entries(fields).map(([name, value]) => [name, textOf(value)]);
    events.push({ name: shape.name, values: Object.fromEntries(values) as Values });
  }
  set.close();
  return events;
}

function textOf(value: PlainStruct[string]): string {
  return typeof value === 'bigint' ? `${value}` : JSON.stringify(value).replace(/^"|"$/g, '');
}

/** By our names; numbers are decimal, and signed where LTTng's are. */
function readTheirs(file: string): Event[] {
  const { stdout } = spawnSync('trace-cmd', ['report', '-R', '-i', file], {
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, name = '', text = ''] = / \d+\.\d+: (\w+): +(.*)$/.exec(line) ?? [];
    if (name === '') return [];
    const pairs = [...text.matchAll(/(\w+)=(.*?)(?= \w+=|$)/g)].flatMap(
      ([, key = '', value = '']) =>
        key === '__syscall_nr' ? [] : [[nameOf(key), valueOf(key, value)]],
    );
    const ours = name.replace('sys_enter_', 'syscall_entry_').replace('sys_exit_', 'syscall_exit_');
    return [{ name: ours, values: Object.fromEntries(pairs) as Values }];
  });
}

function nameOf(key: string): string {
  return key.replace(/_pid$/, '_tid');
}

function valueOf(key: string, value: string): string {
  if (!/^0x[0-9a-f]+$/.test(value)) return value;
  const number = BigInt(value);
  return String(key === 'ret' ? BigInt.asIntN(64, number) : number);
}

function fromFirstOpen(events: readonly Event[]): readonly Event[] {
  return events.slice(events.findIndex(({ name }) => name === 'syscall_entry_openat'));
}
