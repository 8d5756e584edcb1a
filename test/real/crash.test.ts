/** No committed event is lost: `kill -9` at random moments, and buffers without a consumer. */
import { writeFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { burstProgram, tickProgram } from '../support/real/programs.ts';
import { childOf, daemonOf, makePlace, type Place, type Running } from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const KILLS = 12;
/** Sub-buffers for some seconds, because the consumer may have to wait that long. */
const ROOM = '64';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Without the events of Node.js itself, which have their own numbers. */
function record(output: string, program: string, ...options: readonly string[]): Running {
  const command = ['-o', output, '--', process.execPath, program];
  return place.startLttng(['record', '-e', 'test:*', ...options, ...command]);
}

describe('a traced program that is killed', () => {
  it(`leaves every event it committed in the trace, ${KILLS} times`, async () => {
    for (let round = 0; round < KILLS; round++) {
      const output = `${place.directory}/trace-${round}`;
      const program = tickProgram(place, { batch: 200, pauseMs: 1, total: 0 });
      const recording = record(output, program, '--num-subbuf', ROOM);
      await recording.line(/^\d+$/);
      await pass(Math.random() * 300);
      process.kill(childOf(recording.pid), 'SIGKILL');
      const { status, stdout } = await recording.finished;
      expect(status).toBe(128 + 9);
      const said = Number(stdout.trim().split('\n').at(-1));
      const trace = readTrace(output);
      expect(trace.problems).toEqual([]);
      const ticks = ticksOf(trace);
      expect(ticks.length + trace.discarded).toBeGreaterThanOrEqual(said);
      expect(trace.discarded).toBe(0);
      expect(ticks).toEqual(ticks.map((_, index) => index));
      expect(babeltrace(output).events).toBe(trace.events.length);
    }
  });
});

describe('buffers without a consumer', () => {
  it('count exactly the events without room, as babeltrace2 reads them', async () => {
    const total = 400_000;
    const output = `${place.directory}/trace`;
    const gate = `${place.directory}/gate`;
    const program = burstProgram(place, gate, total);
    const recording = record(output, program);
    await recording.line(/^ready$/);
    const consumer = daemonOf(place, 'ust-consumerd');
    process.kill(consumer, 'SIGSTOP');
    writeFileSync(gate, '');
    await recording.line(/^emitted$/);
    process.kill(consumer, 'SIGCONT');
    expect((await recording.finished).status).toBe(0);
    const { events, discarded } = babeltrace(output);
    expect(discarded).toBeGreaterThan(0);
    expect(events + discarded).toBe(total);
    const trace = readTrace(output);
    expect(trace).toMatchObject({ discarded, problems: [] });
    // The trace holds the oldest events: a full buffer discards the newest.
    const ticks = ticksOf(trace);
    expect(ticks).toEqual(ticks.map((_, index) => index));
  });
});
