/** All processes are killed at once, with real processes; `lttng recover` writes every committed event. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram } from '../support/real/programs.ts';
import {
  daemonOf,
  listSegments,
  makePlace,
  type Place,
  processesOf,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const APPLICATIONS = 3;
/** At the end of the name of a trace: `-20261130-165108`. */
const TIME = /-\d{8}-\d{6}(-\d+)?$/;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

const ok = (...words: string[]): Promise<string> => place.ok(words);

interface Crash {
  readonly output: string;
  readonly registry: number;
  /** The number of recorded events that each application reported. */
  readonly said: readonly number[];
}

/** Applications are recorded into the session, then all processes are killed at the same moment. */
async function crash(name: string): Promise<Crash> {
  const output = join(place.directory, 'traces', name);
  await ok('create', name, '-o', output);
  await ok('add-event', 'test:*', '-s', name);
  await ok('start', name);
  const program = tickProgram(place, { batch: 50, pauseMs: 5, total: 0 });
  const running: Running[] = Array.from({ length: APPLICATIONS }, () =>
    place.start(process.execPath, ['--import', REGISTER, program]),
  );
  await Promise.all(running.map((application) => application.line(/^\d+$/)));
  await pass(300 + Math.random() * 500);
  const registry = daemonOf(place, 'lttng-sessiond');
  for (const pid of processesOf(place.directory)) process.kill(pid, 'SIGKILL');
  const ends = await Promise.all(running.map(({ finished }) => finished));
  const said = ends.map(({ stdout }) => Number(stdout.trim().split('\n').at(-1)));
  return { output, registry, said };
}

/** These traces hold all events that the applications reported, once and in order. */
function check(outputs: readonly string[], said: readonly number[]): void {
  const byProcess = new Map<string, number[]>();
  let events = 0;
  for (const output of outputs) {
    const parent = join(output, 'ust/pid');
    // Before the kill the consumer may have written no trace, or only part of one.
    const names = (existsSync(parent) ? readdirSync(parent) : []).filter((name) =>
      existsSync(join(parent, name, 'metadata')),
    );
    if (names.length === 0) continue;
    for (const name of names) {
      const trace = readTrace(join(parent, name));
      expect(trace).toMatchObject({ discarded: 0, problems: [] });
      // In another directory the trace has a name with another time.
      const process = name.replace(TIME, '');
      byProcess.set(process, [...(byProcess.get(process) ?? []), ...ticksOf(trace)]);
    }
    events += babeltrace(output).events;
  }
  const ticks = [...byProcess.values()];
  expect(ticks).toHaveLength(said.length);
  for (const one of ticks) {
    // The application may have emitted the first ones before its registration.
    const first = one[0] ?? 0;
    expect(one).toEqual(one.map((_, index) => first + index));
  }
  const ends = ticks.map((one) => (one.at(-1) ?? 0) + 1).sort((one, other) => one - other);
  const least = [...said].sort((one, other) => one - other);
  for (const [index, end] of ends.entries()) expect(end).toBeGreaterThanOrEqual(least[index] ?? 0);
  expect(events).toBe(ticks.flat().length);
}

function segmentsOf(...registries: number[]): number {
  return listSegments().filter(({ creatorPid }) => registries.includes(creatorPid)).length;
}

function records(): string[] {
  const isRoot = process.getuid?.() === 0;
  const home = isRoot
    ? (place.environment['LTTNG_TS_RUNDIR'] ?? '')
    : join(place.homeOf(), '.lttng-ts');
  return readdirSync(join(home, 'sessions'));
}

describe('lttng recover', () => {
  it('writes what was committed before every process was killed, and leaves nothing behind', async () => {
    const { output, registry, said } = await crash('web');
    expect(segmentsOf(registry)).toBe(2 * APPLICATIONS);
    const told = JSON.parse(await ok('recover', '--output-format', 'json')) as {
      recovered: readonly { session: object; trace: { events: number } }[];
    };
    expect(told.recovered).toMatchObject([{ session: { name: 'web', output } }]);
    check([output], said);
    expect(told.recovered[0]?.trace.events).toBe(babeltrace(output).events);
    expect(segmentsOf(registry, daemonOf(place, 'lttng-sessiond'))).toBe(0);
    expect(records()).toEqual([]);
    expect(await ok('recover')).toBe('Nothing to recover\n');
  });

  it('of one session, into another directory', async () => {
    await ok('create', 'idle', '-o', join(place.directory, 'traces/idle'));
    const { output, said } = await crash('web');
    const saved = join(place.directory, 'saved');
    expect(await ok('recover', 'web', '-o', saved)).toContain(join(saved, 'web'));
    check([output, join(saved, 'web')], said);
    // A session that was never started has nothing to recover, and stays.
    expect(await ok('list')).toContain('idle');
    expect(await ok('recover')).toBe('Nothing to recover\n');
    expect(records()).toHaveLength(1);
  });

  it('does nothing without sessions', async () => {
    expect(await ok('recover')).toBe('Nothing to recover\n');
  });
});
