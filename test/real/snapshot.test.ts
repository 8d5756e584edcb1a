/** R1.23 with real processes: snapshots under load, several at once, and of dead applications. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram, writeProgram } from '../support/real/programs.ts';
import {
  type Account,
  accountOf,
  childOf,
  daemonOf,
  LIBRARY,
  makePlace,
  type Place,
  processesOf,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const AT_ONCE = 10;
/** Sub-buffers for some seconds, because the consumer may wait while so many commands start. */
const ROOM = '16';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

async function ok(args: readonly string[], account?: Account): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args, { account });
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

interface Said {
  readonly snapshot?: string;
  readonly isWhole: boolean;
  readonly isShort: boolean;
  readonly trace: { readonly events: number; readonly discardedPackets: string };
}

/** Takes a snapshot of session `web`: the command's output, and the events that both readers find. */
async function snapshot(...options: string[]): Promise<{ said: Said; ticks: number[] }> {
  const told = await ok(['snapshot', 'web', '--output-format', 'json', ...options]);
  const said = JSON.parse(told) as Said;
  expect(said.isWhole).toBe(true);
  const path = said.snapshot ?? '';
  const trace = readTrace(path);
  expect(trace.problems).toEqual([]);
  expect(babeltrace(path).events).toBe(trace.events.length);
  expect(said.trace.events).toBe(trace.events.length);
  return { said, ticks: ticksOf(trace) };
}

/** The numbers from the first to the last are contiguous. */
function expectStretch(ticks: readonly number[]): void {
  const [first = -1] = ticks;
  expect(ticks).toEqual(ticks.map((_, index) => first + index));
}

function startTicking(options: { batch: number; pauseMs: number }): Running {
  const program = tickProgram(place, { ...options, total: 0 });
  return place.start(process.execPath, ['--import', REGISTER, program]);
}

async function startSession(options: readonly string[], subbuffers = '4'): Promise<void> {
  await ok(['create', 'web', '-o', join(place.directory, 'web'), ...options]);
  await ok(['add-channel', 'default', '-s', 'web', '--num-subbuf', subbuffers]);
  await ok(['add-event', 'test:*', '-s', 'web']);
  await ok(['start', 'web']);
}

/** The number of ticks that the program has reported so far. */
async function saidSoFar(application: Running): Promise<number> {
  application.kill('SIGKILL');
  const { stdout } = await application.finished;
  return Number(stdout.trim().split('\n').at(-1));
}

describe('R1.23 snapshots of a session with an active consumer', () => {
  it(`${AT_ONCE} at once under load: each a whole trace, and the first is undisturbed`, async () => {
    await startSession([], ROOM);
    const application = startTicking({ batch: 50, pauseMs: 1 });
    await application.line(/^1\d{3}$/);
    const taken = await Promise.all(Array.from({ length: AT_ONCE }, () => snapshot()));
    for (const { said, ticks } of taken) {
      expect(ticks.length).toBeGreaterThan(1000);
      expectStretch(ticks);
      expect(said.trace.discardedPackets).toBe('0');
    }
    expect(new Set(taken.map(({ said }) => said.snapshot)).size).toBe(AT_ONCE);
    const [one] = taken;
    const viewed = await ok(['view', one?.said.snapshot ?? '', '--output-format', 'json']);
    expect(viewed.trim().split('\n')).toHaveLength(one?.ticks.length ?? 0);
    const recorded = await saidSoFar(application);
    await ok(['destroy', 'web']);
    const trace = readTrace(join(place.directory, 'web'));
    expect(trace).toMatchObject({ problems: [], discarded: 0 });
    const ticks = ticksOf(trace);
    expect(ticks.length).toBeGreaterThanOrEqual(recorded);
    expect(ticks).toEqual(ticks.map((_, index) => index));
  });
});

describe('R1.23 a flight recorder', () => {
  it('writes nothing until a snapshot, which has the last event of a killed program', async () => {
    await startSession(['--snapshot']);
    const application = startTicking({ batch: 500, pauseMs: 1 });
    await application.line(/^\d{6}$/);
    const { ticks: before } = await snapshot();
    expectStretch(before);
    // More events than the buffers hold: they keep the newest.
    expect(before[0]).toBeGreaterThan(0);
    const recorded = await saidSoFar(application);
    const { ticks, said } = await snapshot('-n', 'after');
    expectStretch(ticks);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(recorded - 1);
    expect(said.snapshot).toMatch(/\/web\/after-\d{8}-\d{6}$/);
    expect(readdirSync(join(place.directory, 'web')).toSorted()).toEqual([
      '.lttng',
      expect.stringMatching(/^after-/),
      expect.stringMatching(/^web-snapshot-/),
    ]);
    const daemons = processesOf(place.directory);
    expect(daemons).toHaveLength(1);
    await ok(['consume', '--snapshot', '-s', 'web']);
    await ok(['destroy', 'web']);
  });

  it('refuses a consumer', async () => {
    await startSession(['--snapshot']);
    const { status, stderr } = await place.lttng(['consume', '--continue', '-s', 'web']);
    expect(status).toBe(1);
    expect(stderr).toContain('(NOT_ALLOWED)');
  });

  it('with nothing in its buffers has an empty snapshot, and no directory', async () => {
    await startSession(['--snapshot']);
    expect(await ok(['snapshot', 'record', 'web'])).toContain('hold no event');
    expect(readdirSync(join(place.directory, 'web'))).toEqual(['.lttng']);
  });
});

describe('R1.23 snapshots of a flight recorder', () => {
  const bytesIn = (directory: string): number =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(directory, name)))
      .filter((entry) => entry.isFile())
      .reduce((sum, { size }) => sum + size, 0);

  it('have the newest packets that fit into a largest size', async () => {
    await startSession(['--snapshot']);
    const application = startTicking({ batch: 500, pauseMs: 1 });
    await application.line(/^\d{6}$/);
    const recorded = await saidSoFar(application);
    const whole = await snapshot();
    const size = Math.floor(bytesIn(whole.said.snapshot ?? '') / 2);
    const told = await place.lttng(['snapshot', 'record', '-s', 'web', '-m', String(size)]);
    expect(told).toMatchObject({ status: 0 });
    expect(told.stderr).toContain('older ones had no room in');
    const { said, ticks } = await snapshot('-m', String(size));
    expect(said.isShort).toBe(true);
    expectStretch(ticks);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(recorded - 1);
    expect(ticks.length).toBeLessThan(whole.ticks.length);
    // The metadata comes on top.
    expect(bytesIn(said.snapshot ?? '')).toBeLessThan(size + 4096);
    const small = await place.lttng(['snapshot', 'web', '-m', '100']);
    expect(small).toMatchObject({ status: 4 });
    expect(small.stderr).toMatch(/no room for the newest packet.*\(SNAPSHOT_FAILED\)$/m);
  });

  it('have nothing from before a clear', async () => {
    await startSession(['--snapshot']);
    const application = startTicking({ batch: 10, pauseMs: 5 });
    await application.line(/^\d{3}$/);
    const { ticks: before } = await snapshot();
    await ok(['clear', 'web']);
    const last = before.at(-1) ?? 0;
    await application.line(new RegExp(`^${String(last + 1000).slice(0, -1)}\\d$`));
    const { ticks } = await snapshot();
    expectStretch(ticks);
    expect(ticks[0]).toBeGreaterThan(last);
  });

  it('go to the output that was added, also after a kill of the registry', async () => {
    await startSession(['--snapshot']);
    const application = startTicking({ batch: 10, pauseMs: 5 });
    await application.line(/^\d{3}$/);
    const other = join(place.directory, 'other');
    const refused = await place.lttng(['snapshot', 'add-output', other, '-s', 'web']);
    expect(refused.stderr).toMatch(/has the snapshot output "snapshot-1".*\(ALREADY\)$/m);
    await ok(['snapshot', 'del-output', '1', '-s', 'web']);
    await ok(['snapshot', 'add-output', `file://${other}`, '-n', 'few', '-m', '1M', '-s', 'web']);
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    await ok(['create', 'another']);
    expect(await ok(['snapshot', 'list-output', '-s', 'web'])).toBe(
      `[1] few: ${other} (max size: 1048576 bytes)\n`,
    );
    const { said } = await snapshot();
    expect(said.snapshot).toMatch(/\/other\/few-\d{8}-\d{6}$/);
    const remote = await place.lttng(['snapshot', 'record', 'net://localhost', '-s', 'web']);
    expect(remote).toMatchObject({ status: 1 });
    expect(remote.stderr).toContain(
      'Snapshots go to a directory; a relay takes none (NOT_ALLOWED)',
    );
  });
});

describe('regenerate', () => {
  it('of a state dump is refused, and that of metadata needs nothing of a flight recorder', async () => {
    await startSession([]);
    const dump = await place.lttng(['regenerate', 'statedump', '-s', 'web']);
    expect(dump.stderr).toBe('lttng: Programs record no state dump (NOT_ALLOWED)\n');
    await ok(['create', 'flight', '--snapshot']);
    expect(await ok(['regenerate', 'metadata', '-s', 'flight'])).toContain('time of day anew');
  });
});

describe('R1.23 record --on-crash', () => {
  const record = (output: string, program: string): Running =>
    place.startLttng([
      'record',
      '--on-crash',
      '-e',
      'test:*',
      '-o',
      output,
      '--',
      process.execPath,
      program,
    ]);
  /** The snapshot's directory, from standard error. */
  const toldIn = (stderr: string): string => /^Trace: (.*)$/m.exec(stderr)?.[1] ?? '';

  it('has the last event of a program that is killed', async () => {
    const output = join(place.directory, 'killed');
    const running = record(output, tickProgram(place, { batch: 100, pauseMs: 1, total: 0 }));
    await running.line(/^\d{4}$/);
    process.kill(childOf(running.pid), 'SIGKILL');
    const { status, stdout, stderr } = await running.finished;
    expect(status).toBe(128 + 9);
    const trace = readTrace(toldIn(stderr));
    expect(trace.problems).toEqual([]);
    const ticks = ticksOf(trace);
    expectStretch(ticks);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(Number(stdout.trim().split('\n').at(-1)) - 1);
    expect(babeltrace(toldIn(stderr)).events).toBe(trace.events.length);
  });

  it.each([
    ['an uncaught error', "throw new Error('planted')", 1],
    ['a status', 'process.exit(3)', 3],
    ['a signal', "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 1000)", 128 + 15],
  ])('writes when the program ends by %s', async (name, ending, expected) => {
    const source = `import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
for (let n = 0; n < 7; n++) tick({ n });
${ending};
`;
    const program = writeProgram(place, `ending-${expected}.mjs`, source);
    const { status, stderr } = await record(join(place.directory, name), program).finished;
    expect({ status, stderr }).toMatchObject({ status: expected });
    expect(ticksOf(readTrace(toldIn(stderr)))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('has it too when the registry is killed meanwhile', async () => {
    const running = record(
      join(place.directory, 'both'),
      tickProgram(place, { batch: 10, pauseMs: 1, total: 0 }),
    );
    await running.line(/^\d{3}$/);
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    process.kill(childOf(running.pid), 'SIGKILL');
    const { status, stdout, stderr } = await running.finished;
    expect({ status, stderr }).toMatchObject({ status: 128 + 9 });
    expect(stderr).toMatch(/^Trace: /m);
    const ticks = ticksOf(readTrace(toldIn(stderr)));
    expect(ticks.length).toBeGreaterThanOrEqual(Number(stdout.trim().split('\n').at(-1)));
    expect(ticks).toEqual(ticks.map((_, index) => index));
    expect(await ok(['list'])).toContain('No session');
  });

  it('prints the command for a later snapshot without a registry, and that snapshot is complete', async () => {
    const registry = place.startProgram('lttng-sessiond', []);
    await registry.said(/registry\.ready/);
    const running = place.startLttng([
      '--no-sessiond',
      ...['record', '--on-crash', '-e', 'test:*', '-o', join(place.directory, 'none'), '--'],
      ...[process.execPath, tickProgram(place, { batch: 10, pauseMs: 1, total: 0 })],
    ]);
    await running.line(/^\d{3}$/);
    registry.kill('SIGKILL');
    process.kill(childOf(running.pid), 'SIGKILL');
    const { status, stdout, stderr } = await running.finished;
    expect(status).toBe(128 + 9);
    expect(stderr).toContain('(REGISTRY_LOST)');
    const name = /snapshot -s (\S+)" copies them/.exec(stderr)?.[1] ?? '';
    const told = await ok(['snapshot', '-s', name, '--output-format', 'json']);
    const ticks = ticksOf(readTrace((JSON.parse(told) as Said).snapshot ?? ''));
    expect(ticks.length).toBeGreaterThanOrEqual(Number(stdout.trim().split('\n').at(-1)));
    expect(ticks).toEqual(ticks.map((_, index) => index));
    await ok(['destroy', name]);
  });

  it('writes nothing when the program succeeds', async () => {
    const output = join(place.directory, 'well');
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 50 });
    const { status, stderr } = await record(output, program).finished;
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('no snapshot was written');
    expect(existsSync(output)).toBe(false);
  });
});

describe("R1.23 snapshots of another user's session", () => {
  it('are refused, with the code of the reason', async ({ skip }) => {
    const [member, other, outsider] = ['lttng-ts-a', 'lttng-ts-b', 'lttng-ts-c'].map(accountOf);
    if (!member || !other || !outsider) return skip('several users are there for root only');
    const registry = place.startProgram('lttng-sessiond', []);
    await registry.said(/registry\.ready/);
    const program = tickProgram(place, { batch: 10, pauseMs: 1, total: 0 });
    const application = place.start(process.execPath, ['--import', REGISTER, program], {
      account: outsider,
    });
    await ok(['create', 'web', '--snapshot'], member);
    await ok(['add-event', 'test:*', '-s', 'web'], member);
    await ok(['start', 'web'], member);
    await application.line(/^\d{4}$/);
    const told = await ok(['snapshot', 'web', '--output-format', 'json'], member);
    const said = JSON.parse(told) as Said & { session: { uuid: string } };
    expectStretch(ticksOf(readTrace(said.snapshot ?? '')));
    const { uuid } = said.session;
    for (const [account, code] of [
      [other, 'NOT_ALLOWED'],
      // No global registry serves this user: it sees its own application but not the session.
      [outsider, 'NO_REGISTRY'],
    ] as const) {
      const { status, stderr } = await place.lttng(['--no-sessiond', 'snapshot', uuid], {
        account,
      });
      expect(status).not.toBe(0);
      expect(stderr).toContain(`(${code})`);
    }
    application.kill('SIGKILL');
    return undefined;
  });
});
