/** Real consumers that are killed repeatedly: the next consumer continues exactly at the last position. */
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickProgram } from '../support/real/programs.ts';
import {
  daemonOf,
  makePlace,
  type Place,
  processesOf,
  REGISTER,
  type Running,
} from '../support/real/sandbox.ts';
import { babeltrace, readTrace, ticksOf } from '../support/real/traces.ts';

const KILLS = 25;
const SUPERVISED_KILLS = 4;
/** Longer than a consumer needs to write a few packets, shorter than the buffers can absorb. */
const LIFE_MS_MAX = 120;

let place: Place;
let output: string;
beforeEach(() => {
  place = makePlace();
  output = join(place.directory, 'trace');
});
afterEach(() => place.end());

async function ok(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await place.lttng(args);
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

/** A session that records a counting application, with packets every few milliseconds. */
async function recording(): Promise<Running> {
  const program = tickProgram(place, { batch: 10, pauseMs: 2, total: 0 });
  await ok('create', 'web', '-o', output);
  const small = ['--subbuf-size', '64k', '--num-subbuf', '64'];
  await ok('add-channel', 'small', ...small, '--switch-timer', '5000', '--read-timer', '5000');
  await ok('add-event', 'test:*', '-c', 'small', '-s', 'web');
  const application = place.start(process.execPath, ['--import', REGISTER, program]);
  await ok('start', 'web');
  await application.line(/^\d+$/);
  return application;
}

function killConsumer(): void {
  process.kill(daemonOf(place, 'ust-consumerd'), 'SIGKILL');
}

/** Our reader and babeltrace2 both read every number once, in order, and no discarded event. */
function expectWhole(): number {
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  const ticks = ticksOf(trace);
  const first = ticks[0] ?? 0;
  expect(ticks).toEqual(ticks.map((_, index) => first + index));
  const { events, discarded } = babeltrace(output);
  expect({ events, discarded }).toEqual({ events: ticks.length, discarded: 0 });
  return ticks.length;
}

describe('a consumer that is killed', () => {
  it(`continues in the same files, ${KILLS} times`, { timeout: 300_000 }, async () => {
    const application = await recording();
    for (let kill = 0; kill < KILLS; kill++) {
      await pass(Math.random() * LIFE_MS_MAX);
      killConsumer();
      await ok('consume', '--continue', '-s', 'web');
    }
    await ok('stop', 'web');
    const said = Number((await application.line(/^\d+$/)).trim());
    application.kill('SIGKILL');
    await application.finished;
    await ok('destroy', 'web');
    expect(expectWhole()).toBeGreaterThan(said);
    expect(place.segments()).toEqual([]);
  });

  it.each(['stop', 'destroy'])('is replaced by the consumer that %s starts', async (command) => {
    const application = await recording();
    await pass(100);
    killConsumer();
    await pass(200);
    await ok(command, 'web');
    application.kill('SIGKILL');
    await application.finished;
    if (command === 'stop') await ok('destroy', 'web');
    expect(expectWhole()).toBeGreaterThan(100);
  });

  it('loses no event of an application that ended meanwhile', async () => {
    const application = await recording();
    await pass(100);
    killConsumer();
    await pass(100);
    application.kill('SIGKILL');
    const { stdout } = await application.finished;
    const said = Number(stdout.trim().split('\n').at(-1));
    await pass(100);
    await ok('destroy', 'web');
    const ticks = ticksOf(readTrace(output));
    expectWhole();
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(said - 1);
  });
});

describe('lttng consume', () => {
  it('ends and continues consuming while recording continues (R2.10)', async () => {
    const application = await recording();
    const stopped = await ok('consume', output, '--stop');
    expect(stopped).toBe(
      'Ended the consumer of session web; lttng consume --continue starts another one\n',
    );
    const before = ticksOf(readTrace(output)).length;
    const again = await place.lttng(['consume', '--stop', '-s', 'web']);
    expect(again).toMatchObject({
      status: 1,
      stderr: 'lttng: Session "web" has no consumer (ALREADY)\n',
    });
    await pass(200);
    expect(ticksOf(readTrace(output)).length).toBe(before);
    const shown = JSON.parse(await ok('list', 'web', '--output-format', 'json')) as object;
    expect(shown).toMatchObject({ session: { state: 'active' } });
    expect(shown).not.toHaveProperty('session.consumerPid');
    const [one, two] = [
      await ok('consume', '--continue', '-s', 'web', '--output-format', 'json'),
      await ok('consume', '--continue', '-s', 'web', '--output-format', 'json'),
    ];
    const pid = daemonOf(place, 'ust-consumerd');
    for (const said of [one, two]) {
      expect(JSON.parse(said)).toMatchObject({ session: { name: 'web', consumerPid: pid } });
    }
    application.kill('SIGKILL');
    await application.finished;
    await ok('destroy', 'web');
    expect(expectWhole()).toBeGreaterThan(before);
    expect(processesOf(place.directory)).toHaveLength(1);
  });

  it('supervises until the session is gone', async () => {
    const application = await recording();
    const supervisor = place.startLttng([
      'consume',
      '--continue',
      '--supervise',
      '-s',
      'web',
      '-v',
    ]);
    await supervisor.line(/^Process \d+ writes the trace of session web/);
    for (let kill = 0; kill < SUPERVISED_KILLS; kill++) {
      const killed = daemonOf(place, 'ust-consumerd');
      process.kill(killed, 'SIGKILL');
      await supervisor.said(
        new RegExp(`Started another consumer .*"consumers-started":${kill + 1}`),
      );
    }
    application.kill('SIGKILL');
    await application.finished;
    await ok('destroy', 'web');
    const { status, stdout } = await supervisor.finished;
    expect({ status, said: stdout.split('\n').at(-2) }).toEqual({
      status: 0,
      said: 'Stopped supervising session web: the session is gone',
    });
    expect(expectWhole()).toBeGreaterThan(100);
  });

  it.each([
    [['consume', '--stop', '--supervise'], 2, '--supervise requires --continue (USAGE)'],
    [['consume'], 2, 'Use one of --continue, --stop and --snapshot (USAGE)'],
    [
      ['consume', '--continue', '--stop'],
      2,
      'Use one of --continue, --stop and --snapshot (USAGE)',
    ],
    [
      ['consume', '--snapshot', '--stop'],
      2,
      'Use one of --continue, --stop and --snapshot (USAGE)',
    ],
    [
      ['consume', '/nowhere', '--stop'],
      1,
      '/nowhere is not the directory of a session (NO_SESSION)',
    ],
  ])('%j is refused with one sentence', async (args, status, sentence) => {
    expect(await place.lttng(args)).toMatchObject({ status, stderr: `lttng: ${sentence}\n` });
  });
});
