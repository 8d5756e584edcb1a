/** A registry that is killed while a session records, with real processes: no event is lost, the next one continues. */
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram } from '../support/real/programs.ts';
import {
  daemonOf,
  makePlace,
  type Place,
  REGISTER,
  type Running,
  until,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const ROUNDS = 3;
/** Segments of the one recording thread: one for its data, one for the consumer's position. */
const SEGMENTS = 2;
/** A consumer searches for a registry every 250 ms, an application some 20 ms after a wake-up. */
const BACK_MS = 1500;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

const ok = (args: readonly string[]): Promise<string> => place.ok(args);

describe('a registry that is killed', () => {
  it(`loses no event, ${ROUNDS} times`, async () => {
    const output = join(place.directory, 'trace');
    const program = tickProgram(place, { batch: 50, pauseMs: 5, total: 0 });
    await ok(['create', 'web', '-o', output]);
    await ok(['add-event', 'test:*', '-s', 'web']);
    const application = place.start(process.execPath, ['--import', REGISTER, program]);
    await ok(['start', 'web']);
    await application.line(/^\d+$/);
    const consumer = daemonOf(place, 'ust-consumerd');
    await until(() => place.segments().length === SEGMENTS);
    for (let round = 0; round < ROUNDS; round++) {
      process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
      await pass(300);
      // Any command starts the next registry, which restores the session.
      const shown = await ok(['list', 'web', '--output-format', 'json']);
      expect(shown).toContain('"state":"active"');
      await pass(BACK_MS);
      expect(daemonOf(place, 'ust-consumerd')).toBe(consumer);
      await until(() => place.segments().length === SEGMENTS);
    }
    const status = await ok(['list', '--output-format', 'json']);
    expect(JSON.parse(status)).toMatchObject({ sessions: [{ consumerPid: consumer, streams: 1 }] });
    await ok(['stop', 'web']);
    application.kill('SIGKILL');
    await application.finished;
    await ok(['destroy', 'web']);
    const trace = readTrace(output);
    expect(trace).toMatchObject({ discarded: 0, problems: [] });
    const ticks = ticksOf(trace);
    const first = ticks[0] ?? 0;
    expect(ticks.length).toBeGreaterThan(1000);
    expect(ticks).toEqual(ticks.map((_, index) => first + index));
    expect(babeltrace(output).events).toBe(ticks.length);
    expect(place.segments()).toEqual([]);
  });

  it('does not disturb a recording of `lttng record`', async () => {
    const output = join(place.directory, 'trace');
    const program = tickProgram(place, { batch: 10, pauseMs: 5, total: 1000 });
    const command = ['-e', 'test:*', '-o', output, '--', process.execPath, program];
    const recording = place.startLttng(['record', ...command]);
    await recording.line(/^\d{3}$/);
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    const { status, stderr } = await recording.finished;
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('Recorded 1,000 events');
    expect(babeltrace(output).events).toBe(1000);
    expect(await ok(['list'])).toContain('No session');
  });

  /** A finished recording of 1000 events whose consumer is stopped by a signal. */
  async function ending(): Promise<{ recording: Running; output: string; consumer: number }> {
    const output = join(place.directory, 'trace');
    const program = tickProgram(place, { batch: 10, pauseMs: 5, total: 1000 });
    const command = ['-e', 'test:*', '-o', output, '--', process.execPath, program];
    const recording = place.startLttng(['record', '-s', 'web', ...command]);
    await recording.line(/^\d{3}$/);
    const consumer = daemonOf(place, 'ust-consumerd');
    process.kill(consumer, 'SIGSTOP');
    while (!(await ok(['list', 'web', '--output-format', 'json'])).includes('"destroying"')) {
      await pass(50);
    }
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    return { recording, output, consumer };
  }

  it('does not disturb `lttng record` during the end of its session either', async () => {
    const { recording, output, consumer } = await ending();
    process.kill(consumer, 'SIGCONT');
    const { status, stderr } = await recording.finished;
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('Recorded 1,000 events');
    expect(babeltrace(output).events).toBe(1000);
    expect(await ok(['list'])).toContain('No session');
  });

  it('does not prevent the destruction that it had begun', async () => {
    const { recording, output, consumer } = await ending();
    recording.kill('SIGKILL');
    process.kill(consumer, 'SIGKILL');
    await recording.finished;
    // Starts the next registry, which continues the session's end and waits for a consumer to write the rest.
    expect(await ok(['list', 'web', '--output-format', 'json'])).toContain('"destroying"');
    const both = await Promise.all([ok(['destroy', 'web']), ok(['destroy', 'web'])]);
    expect(both.map((said) => said.includes('Destroyed'))).toEqual([true, true]);
    expect(babeltrace(output).events).toBe(1000);
    expect(await ok(['list'])).toContain('No session');
  });
});
