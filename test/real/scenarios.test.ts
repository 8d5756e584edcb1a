/**
 * The scenarios of RFC 0001 with real processes and real users, with the simulator's expectations: every event that was
 * recorded while enabled is in the trace of each session that records it, once and in order; traces belong to the user
 * that ran `lttng`; a user without the right is refused.
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { burstProgram, serverProgram, tickProgram } from '../support/real/programs.ts';
import {
  type Account,
  accountOf,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const member = accountOf('lttng-ts-a');
const otherMember = accountOf('lttng-ts-b');
const outsider = accountOf('lttng-ts-c');
const WHY_SKIPPED = 'several users are there for root only';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Every file and directory under `path`, with its owner and mode. */
function filesUnder(path: string): { path: string; uid: number; mode: number }[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { uid, mode } = statSync(join(path, name));
    return { path: name, uid, mode: mode & 0o777 };
  });
}

function expectOwned(path: string, account: Account): void {
  const files = filesUnder(path);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect(file).toMatchObject({ uid: account.uid });
    expect({ path: file.path, others: file.mode & 0o077 }).toMatchObject({ others: 0 });
  }
}

async function startGlobalRegistry(): Promise<Running> {
  const registry = place.startProgram('lttng-sessiond', []);
  await registry.said(/registry\.ready/);
  return registry;
}

async function ok(args: readonly string[], account?: Account): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args, { account });
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

async function refused(args: readonly string[], account?: Account): Promise<string> {
  const { status, stderr } = await place.lttng(args, { account });
  expect({ args, status }).not.toMatchObject({ status: 0 });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr;
}

/** Waits until the list of applications contains the process. */
async function untilRegistered(pid: number, account?: Account): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const listed = await ok(['list', '--apps', '--output-format', 'json'], account);
    if (listed.includes(`"pid":${pid},`)) return;
  }
  throw new Error(`process ${pid} does not register`);
}

describe('S1: a single user traces an application that lttng spawns', () => {
  it('records an unmodified server under load, and both readers agree', async () => {
    const output = join(place.directory, 'trace');
    const program = serverProgram(place, 300);
    const { status, stdout, stderr } = await place.lttng([
      'record',
      '-o',
      output,
      '--',
      process.execPath,
      program,
    ]);
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: '300 answered\n' });
    const trace = readTrace(output);
    expect(trace).toMatchObject({ discarded: 0, problems: [] });
    expect(babeltrace(output).events).toBe(trace.events.length);
    const count = (name: string): number =>
      trace.events.filter((event) => event.name === name).length;
    expect(count('node:http_server_request_start')).toBe(300);
    expect(count('node:http_server_response_finish')).toBe(300);
    expect(count('node:undici_request_create')).toBe(300);
    expect(count('node:process_start')).toBe(1);
    expect(count('node:process_exit')).toBe(1);
    const viewed = await ok(['view', output, '--output-format', 'json']);
    expect(viewed.trim().split('\n')).toHaveLength(trace.events.length);
  });

  it('with a registry of a user outside the group', async ({ skip }) => {
    if (outsider === undefined) return skip(WHY_SKIPPED);
    await startGlobalRegistry();
    const output = join(place.homeOf(outsider), 'trace');
    const program = tickProgram(place, { batch: 100, pauseMs: 1, total: 1000 });
    await ok(['record', '-o', output, '--', process.execPath, program], outsider);
    expect(ticksOf(readTrace(output))).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expectOwned(output, outsider);
    const status = await ok(['status', '--output-format', 'json'], outsider);
    expect(JSON.parse(status)).toMatchObject({ registry: { scope: 'user' } });
    return undefined;
  });
});

describe('S2: a single user traces an application that already runs', () => {
  it('also under another uid, as a member of the group', async ({ skip }) => {
    if (member === undefined || outsider === undefined) return skip(WHY_SKIPPED);
    await startGlobalRegistry();
    const gate = join(place.directory, 'gate');
    const program = burstProgram(place, gate, 5000);
    const application = place.start(process.execPath, ['--import', REGISTER, program], {
      account: outsider,
    });
    await application.line(/^ready$/);
    await untilRegistered(application.pid, member);
    const output = join(place.homeOf(member), 'trace');
    await ok(['create', 'web', '-o', output], member);
    await ok(['add-event', 'test:*', '-s', 'web'], member);
    await ok(['start', 'web'], member);
    writeFileSync(gate, '');
    await application.line(/^emitted$/);
    await ok(['stop', 'web'], member);
    await ok(['destroy', 'web'], member);
    expect(ticksOf(readTrace(output))).toEqual(Array.from({ length: 5000 }, (_, n) => n));
    expect(babeltrace(output).events).toBe(5000);
    expectOwned(join(output, 'ust'), member);
    return undefined;
  });
});

describe('S3: two users trace the same running application', () => {
  it('with a session, a consumer and buffers each', async ({ skip }) => {
    if (!member || !otherMember || !outsider) return skip(WHY_SKIPPED);
    await startGlobalRegistry();
    const gate = join(place.directory, 'gate');
    const program = burstProgram(place, gate, 3000);
    const application = place.start(process.execPath, ['--import', REGISTER, program], {
      account: outsider,
    });
    await application.line(/^ready$/);
    await untilRegistered(application.pid, member);
    const outputs = new Map<Account, string>();
    for (const account of [member, otherMember]) {
      const output = join(place.homeOf(account), 'trace');
      outputs.set(account, output);
      // Both users have a session of this name.
      await ok(['create', 'web', '-o', output], account);
      await ok(['add-event', account === member ? 'test:*' : '*', '-s', 'web'], account);
      await ok(['start', 'web'], account);
    }
    expect(place.segments()).toHaveLength(4);
    const listed = JSON.parse(await ok(['list', '--output-format', 'json'], member)) as {
      sessions: { uuid: string; uid: number; consumerPid: number }[];
    };
    expect(listed.sessions.map(({ uid }) => uid)).toEqual([member.uid]);
    const uuid = listed.sessions[0]?.uuid ?? '';
    for (const verb of ['stop', 'destroy']) {
      expect(await refused([verb, uuid], otherMember)).toContain('NOT_ALLOWED');
    }
    expect(await refused(['add-event', 'x', '-s', uuid], otherMember)).toContain('NOT_ALLOWED');
    writeFileSync(gate, '');
    await application.line(/^emitted$/);
    for (const [account, output] of outputs) {
      await ok(['destroy', 'web'], account);
      const trace = readTrace(output);
      expect(ticksOf(trace)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
      expectOwned(join(output, 'ust'), account);
      const hasOthers = trace.events.some(({ name }) => !name.startsWith('test:'));
      expect(hasOthers).toBe(account === otherMember);
    }
    return undefined;
  });
});

describe('S4: a user outside the group', () => {
  it('sees only its own registry and applications', async ({ skip }) => {
    if (member === undefined || outsider === undefined) return skip(WHY_SKIPPED);
    await startGlobalRegistry();
    const gate = join(place.directory, 'gate');
    const program = burstProgram(place, gate, 100);
    const foreign = place.start(process.execPath, ['--import', REGISTER, program], {
      account: member,
    });
    await foreign.line(/^ready$/);
    const own = place.start(process.execPath, ['--import', REGISTER, program], {
      account: outsider,
    });
    await own.line(/^ready$/);
    expect(await refused(['--no-sessiond', 'list'], outsider)).toContain('NO_REGISTRY');
    const output = join(place.homeOf(outsider), 'trace');
    await ok(['create', 'mine', '-o', output], outsider);
    await untilRegistered(own.pid, outsider);
    const listed = await ok(['list', '--apps', '--output-format', 'json'], outsider);
    expect(listed).not.toContain(`"pid":${foreign.pid},`);
    await ok(['add-event', 'test:*', '-s', 'mine'], outsider);
    await ok(['start', 'mine'], outsider);
    writeFileSync(gate, '');
    await own.line(/^emitted$/);
    await foreign.line(/^emitted$/);
    await ok(['destroy', 'mine'], outsider);
    const trace = babeltrace(output);
    expect(trace.events).toBe(100);
    expect(trace.lines.every((line) => line.includes(`(${own.pid})`))).toBe(true);
    return undefined;
  });
});
