/** The kernel on the command line, with the real one (R1.6, R1.19, R1.24, R2.2, R2.3, R2.6 to R2.8). */
import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { faultsOf, hasXmllint } from '../../support/mi/schema.ts';
import { callerProgram, instancesOf, NO_KERNEL_HERE } from '../../support/real/kernel.ts';
import { serverProgram, tickProgram, writeProgram } from '../../support/real/programs.ts';
import { accountOf, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';
import { babeltrace } from '../../support/real/traces.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

interface ViewedEvent {
  readonly kind: string;
  readonly name: string;
  readonly pid?: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await place.ok([...args, '--output-format', 'json'])) as T;
}

async function sessionNow(name: string): Promise<SessionInfo> {
  return (await json<{ session: SessionInfo }>('list', name)).session;
}

async function eventsIn(path: string): Promise<readonly ViewedEvent[]> {
  const lines = (await place.ok(['view', path, '--output-format', 'json'])).split('\n');
  const shown = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ViewedEvent);
  // On a busy machine some may be lost, which is counted.
  return shown.filter(({ kind }) => kind === 'event');
}

async function refusal(...args: readonly string[]): Promise<string> {
  const { status, stderr } = await place.lttng(args);
  return `${status}: ${stderr}`;
}

/** The order of rules says nothing. */
function channelsOf({ kernel }: SessionInfo): unknown {
  return kernel?.channels.map(({ rules, ...channel }) => ({
    ...channel,
    rules: rules.map((rule) => JSON.stringify(rule)).toSorted(),
  }));
}

const trace = (): string => join(place.homeOf(), 'lttng-traces/web');

describe.skipIf(NO_KERNEL_HERE !== undefined)('the kernel', () => {
  it('is described, with its tracepoints and system calls (R2.2, R2.3)', async () => {
    const { kernel } = await json<{ kernel: { release: string; lacks: string[] } }>(
      'version',
      '--kernel',
    );
    expect(kernel.release).toBe(release());
    expect(kernel.lacks).toContainEqual(expect.stringContaining('probes, functions and contexts'));
    expect(await place.ok(['version', '-k'])).toMatch(
      new RegExp(`^Kernel: ${release()} .*\\nCPUs: .*\\nTracers: .*\\nClocks: .*mono`),
    );
    const listed = await place.ok(['list', '--kernel', '--fields']);
    expect(listed).toMatch(/^Kernel events:\n-------------\n/);
    expect(listed).toContain(
      '      sched:sched_switch (type: tracepoint)\n        field: prev_comm (string)\n' +
        '        field: prev_tid (integer, in filters: prev_pid)\n',
    );
    expect(listed).not.toContain(' syscalls:');
    const calls = (await place.ok(['list', '-k', '--syscall'])).split('\n');
    expect(calls.slice(0, 2)).toEqual(['System calls:', '-------------']);
    expect(calls).toContain('      openat');
    expect(new Set(calls).size).toBe(calls.length);
    const xml = await place.ok(['--mi=xml', 'list', '--kernel', '--syscall']);
    expect(hasXmllint() ? faultsOf(xml) : []).toEqual([]);
    expect(xml).toContain('<domain><type>KERNEL</type><buffer_type>GLOBAL</buffer_type>');
  });

  it('records each system call that a filter selects, and nothing else (R1.24, R2.8)', async () => {
    const caller = callerProgram(place, 500);
    await caller.line(/^ready$/);
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-channel', '--kernel', 'calls', '--subbuf-size', '64k', '-q']);
    const filter = ['--filter', `common_pid == ${caller.pid}`];
    expect(
      await place.ok(['add-event', '-k', '--syscall', 'getppid', '-c', 'calls', ...filter]),
    ).toBe('Enabled system call getppid in session web\n');
    await place.ok(['start', '-q']);
    caller.kill('SIGUSR2');
    await caller.line(/^done$/);
    expect(await place.ok(['stop'])).toBe(`Stopped session web; its trace is in ${trace()}\n`);
    const { state, kernel } = await sessionNow('web');
    expect([state, kernel?.state, kernel?.channels.length]).toEqual(['inactive', 'stopped', 1]);
    expect(await place.ok(['destroy'])).toBe(
      `Destroyed session web; its trace stays in ${trace()}\n`,
    );
    expect(instancesOf(kernel?.uuid ?? '')).toEqual([]);
    expect(readdirSync(trace())).toEqual(['kernel']);
    const names = (await eventsIn(trace())).map(({ name }) => name);
    for (const end of ['entry', 'exit']) {
      expect(names.filter((name) => name === `syscall_${end}_getppid`)).toHaveLength(500);
    }
    expect(names).toHaveLength(1000);
    expect(babeltrace(trace()).events).toBe(1000);
  });

  it('and programs are the parts of one session, which commands act on together (R2.5)', async () => {
    const program = tickProgram(place, { batch: 1, pauseMs: 5, total: 0 });
    const app = place.start(process.execPath, ['--import', REGISTER, program]);
    await app.line(/^1$/);
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-event', 'test:*', '-q']);
    await place.ok(['start', '-q']);
    const states = async () => {
      const { state, kernel } = await sessionNow('web');
      return [state, kernel?.state];
    };
    expect(await states()).toEqual(['active', undefined]);
    // From now on, because the session records.
    await place.ok(['add-event', '--kernel', 'sched:sched_switch', '-q']);
    expect(await states()).toEqual(['active', 'active']);
    const { uuid, kernel, consumerPid } = await sessionNow('web');
    const part = kernel?.uuid ?? '';
    expect(kernel?.consumerPid).not.toBe(consumerPid);
    expect(instancesOf(part)).toHaveLength(1);
    expect((await place.ok(['list'])).split('\n')).toContain(
      `* web  active  2 channels  ${1 + (kernel?.streams ?? 0)} streams  ${trace()} (with kernel)`,
    );
    const listed = await place.ok(['list', 'web']);
    expect(listed).toContain('=== Domain: User space ===\n  state     active\n');
    expect(listed).toContain(`=== Domain: Linux kernel ===\n  uuid      ${part}\n`);
    const xml = await place.ok(['--mi=xml', 'list', 'web']);
    expect(hasXmllint() ? faultsOf(xml) : []).toEqual([]);
    expect(xml.match(/<domain><type>\w+/g)).toEqual(['<domain><type>KERNEL', '<domain><type>UST']);

    await place.ok(['pause', '-q']);
    expect(await states()).toEqual(['paused', 'paused']);
    await place.ok(['start', '-q']);
    expect(await states()).toEqual(['active', 'active']);
    expect(await refusal('start')).toBe('1: lttng: Session "web" is already active (ALREADY)\n');
    const rotated = await place.ok(['rotate']);
    const archives = [...rotated.matchAll(/\S+\/archives\/\S+/g)].flatMap(([path]) => path);
    const held = archives.flatMap((archive) => readdirSync(archive)).toSorted();
    expect(held).toEqual(['kernel', 'ust']);
    await place.ok(['clear', '-q']);
    await place.ok(['consume', '--stop', '-q']);
    expect((await sessionNow('web')).kernel?.consumerPid).toBeUndefined();
    await place.ok(['consume', '--continue', '-q']);
    expect((await sessionNow('web')).kernel?.consumerPid).toEqual(expect.any(Number));
    expect(await refusal('destroy', uuid, '--no-wait')).toBe('0: ');
    await expect.poll(() => instancesOf(part), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => place.ok(['list']), { timeout: 20_000 }).toContain('No session;');
    const events = await eventsIn(join(trace()));
    const ofProgram = events.filter(({ name }) => name === 'test:tick');
    expect(ofProgram.length).toBeGreaterThan(0);
    // Ids of the kernel and of programs agree: the program was switched to, in between.
    const first = events.findIndex(({ name }) => name === 'test:tick');
    const last = events.findLastIndex(({ name }) => name === 'test:tick');
    const between = events.slice(first, last);
    expect(between).toContainEqual(
      expect.objectContaining({
        name: 'sched_switch',
        fields: expect.objectContaining({ next_tid: app.pid }) as unknown,
      }),
    );
  });

  it('is in a saved session, as it was (R2.8)', async () => {
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-event', '-k', 'sched_process_exit', '-q']);
    await place.ok(['add-event', '-k', '--syscall', 'openat,close', '-q']);
    await place.ok(['disable-event', '-k', '--syscall', 'close', '-q']);
    await place.ok(['add-channel', '-k', 'idle', '--overwrite', '-q']);
    await place.ok(['disable-channel', '-k', 'idle', '-q']);
    await place.ok(['start', '-q']);
    const before = await sessionNow('web');
    await place.ok(['save', 'web', '-q']);
    await place.ok(['load', 'web', '--force', '-q']);
    const after = await sessionNow('web');
    expect(after.kernel?.uuid).not.toBe(before.kernel?.uuid);
    expect(channelsOf(after)).toEqual(channelsOf(before));
    expect([after.state, after.kernel?.state]).toEqual(['inactive', 'active']);
    expect(instancesOf(before.kernel?.uuid ?? '')).toEqual([]);
    expect(
      await json<{ channels: object[] }>('config', '--kernel', '--channel', 'idle'),
    ).toMatchObject({ channels: [{ name: 'idle', shape: { overwrite: true } }] });
    await place.ok(['destroy', '-q']);
  });

  it('is on one timeline with a program that is recorded (R1.24, R2.13)', async () => {
    const output = join(place.directory, 'one');
    const server = serverProgram(place, 8);
    const { stderr, stdout, status } = await place.lttng([
      'record',
      ...['-o', output, '--kernel', 'sched_switch,syscall', '--syscall', 'openat'],
      ...['--', process.execPath, server],
    ]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '8 answered\n' });
    expect(stderr).toMatch(
      /^Recorded [\d,]+ events of 1 process with \d threads? and of the kernel on/,
    );
    const events = await eventsIn(output);
    const start = events.findIndex(({ name }) => name === 'node:http_server_request_start');
    const end = events.findLastIndex(({ name }) => name === 'node:http_server_response_finish');
    const between = new Set(events.slice(start, end).map(({ name }) => name));
    expect([...between]).toEqual(
      expect.arrayContaining(['syscall_entry_read', 'syscall_exit_read', 'sched_switch']),
    );
    expect(babeltrace(output).events).toBe(events.length);
    expect(await place.ok(['list'])).toContain('No session;');
  });

  it('leaves nothing of what it refuses', async () => {
    await place.ok(['create', 'web', '-q']);
    expect(await refusal('add-event', '-k', 'sched_swich')).toBe(
      '1: lttng: The kernel has no tracepoint "sched_swich" (INVALID_RULE)\n',
    );
    expect(await refusal('add-event', '-k', 'sched_switch', '--filter', 'nothing == 1')).toMatch(
      /^1: lttng: .*filter.* \(INVALID_RULE\)\n$/,
    );
    expect((await sessionNow('web')).kernel).toBeUndefined();
    expect(await refusal('disable-event', '-k', 'sched_switch')).toBe(
      '1: lttng: Session "web" records nothing of the kernel (NO_RULE)\n',
    );
    expect(await refusal('disable-channel', '-k', 'x')).toMatch(/\(NO_CHANNEL\)\n$/);
    expect(await refusal('config', '-k', '-c', 'x')).toBe(
      '1: lttng: There is no kernel channel "x" in session web (NO_CHANNEL)\n',
    );
    await place.ok(['create', 'flight', '--snapshot', '-q']);
    expect(await refusal('add-event', '-k', 'sched_switch', '-s', 'flight')).toMatch(
      /^1: lttng: .* \(NOT_ALLOWED\)\n$/,
    );
    const program = writeProgram(place, 'none.cjs', '');
    const recorded = await place.lttng([
      'record',
      ...['--kernel', 'nosuch', '--', process.execPath, program],
    ]);
    expect(recorded).toMatchObject({ status: 1, stdout: '' });
    expect(recorded.stderr).toMatch(/The kernel has no tracepoint "nosuch" \(INVALID_RULE\)\n$/);
    expect((await json<{ sessions: object[] }>('list', '--sessions')).sessions).toHaveLength(2);
    await place.ok(['destroy', '--all', '-q']);
  });

  it('is traced by root and the members of its group, and by nobody else (R1.6)', async ({
    skip,
  }) => {
    const [member, other] = ['lttng-ts-a', 'lttng-ts-c'].map(accountOf);
    skip(member === undefined || other === undefined, 'needs several users');
    await place.ok(['list', '-q']);
    const options = { account: member };
    await place.ok(['create', 'web', '-q'], options);
    await place.ok(['add-event', '-k', '--syscall', 'openat', '-q'], options);
    await place.ok(['start', '-q'], options);
    // It opens files.
    await place.ok(['version'], options);
    await place.ok(['destroy', '-q'], options);
    const written = join(place.homeOf(member), 'lttng-traces/web/kernel/metadata');
    expect(existsSync(written)).toBe(true);
    expect(await eventsIn(join(place.homeOf(member), 'lttng-traces/web'))).not.toEqual([]);
    await place.ok(['create', 'web', '-q'], { account: other });
    for (const line of [
      ['add-event', '-k', 'sched_switch'],
      ['version', '--kernel'],
      ['list', '--kernel'],
    ]) {
      expect(await place.lttng(line, { account: other })).toMatchObject({
        status: 1,
        stdout: '',
        stderr: 'lttng: Only the registry of root traces the kernel (NOT_ALLOWED)\n',
      });
    }
  });
});
