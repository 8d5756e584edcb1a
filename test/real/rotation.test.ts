/** Rotated and cleared traces of real processes: each archive is a whole trace, together they have every event once. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
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

let place: Place;
let output: string;
beforeEach(() => {
  place = makePlace();
  output = join(place.directory, 'trace');
});
afterEach(() => place.end());

/** Records a counting application, until it ends with `total` events, or is killed. */
async function recording(...options: readonly string[]): Promise<Running> {
  const program = tickProgram(place, { batch: 10, pauseMs: 2, total: 0 });
  await place.ok(['create', 'web', '-o', output]);
  await place.ok(['add-channel', 'small', '--subbuf-size', '64k', '--num-subbuf', '64']);
  await place.ok(['add-event', 'test:*', '-c', 'small', '-s', 'web']);
  if (options.length > 0) await place.ok(['enable-rotation', 'web', ...options]);
  const application = place.start(process.execPath, ['--import', REGISTER, program]);
  await place.ok(['start', 'web']);
  await application.line(/^\d+$/);
  return application;
}

const archives = (): string[] => {
  const parent = join(output, 'archives');
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
};

/** The numbers of the events in each archive, in the order of the archives; babeltrace2 counts as many. */
function ticksByArchive(): number[][] {
  const numberOf = (path: string): number => Number(path.split('-').at(-1));
  return archives()
    .toSorted((one, other) => numberOf(one) - numberOf(other))
    .map((path) => {
      const trace = readTrace(path);
      expect(trace).toMatchObject({ discarded: 0, problems: [] });
      const ticks = ticksOf(trace);
      expect(babeltrace(path).events).toBe(ticks.length);
      return ticks;
    });
}

async function end(application: Running): Promise<void> {
  await place.ok(['stop', 'web']);
  application.kill('SIGKILL');
  await application.finished;
  await place.ok(['destroy', 'web']);
}

/** From the first number on, none is missing, none is there twice. */
function expectWhole(ticks: readonly number[]): void {
  const first = ticks[0] ?? 0;
  expect(ticks).toEqual(ticks.map((_, index) => first + index));
}

it('makes archives that together have every event once, also those of a killed consumer', async () => {
  const application = await recording();
  for (let round = 0; round < 3; round++) {
    await pass(100);
    const said = await place.ok(['rotate', 'web']);
    expect(said).toMatch(/^Rotated session web; the archive is in .*-\d\n$/);
  }
  process.kill(daemonOf(place, 'ust-consumerd'), 'SIGKILL');
  await place.ok(['rotate', 'web']);
  expect(archives()).toHaveLength(4);
  await end(application);
  // The last part becomes an archive with the end of the session.
  const parts = ticksByArchive();
  expect(parts).toHaveLength(5);
  for (const ticks of parts) expect(ticks.length).toBeGreaterThan(0);
  expectWhole(parts.flat());
  expect(readdirSync(join(output, 'ust', 'pid'))).toEqual([]);
});

it('removes what was recorded, and keeps archives', async () => {
  const application = await recording();
  await pass(100);
  await place.ok(['rotate', 'web']);
  await pass(100);
  await place.ok(['clear', 'web']);
  await end(application);
  const [first = [], second = [], ...more] = ticksByArchive();
  expect(more).toEqual([]);
  expectWhole(first);
  expectWhole(second);
  expect(second[0]).toBeGreaterThan((first.at(-1) ?? 0) + 1);
});

it('rotates by size and by time, also after a kill of the registry', async () => {
  const application = await recording('--size', '64k', '--timer', '1s');
  await until(() => archives().length >= 2);
  process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
  const before = archives().length;
  const listed = await place.ok(['list', 'web', '--output-format', 'json']);
  const { session } = JSON.parse(listed) as { session: SessionInfo };
  expect(session.rotation).toMatchObject({ everyUs: 1_000_000, atBytes: 65_536 });
  await until(() => archives().length > before + 1);
  await place.ok(['disable-rotation', 'web', '--size', '--timer']);
  await end(application);
  expectWhole(ticksByArchive().flat());
});

it('leaves the traces of other sessions in the same directory alone', async () => {
  const application = await recording();
  await place.ok(['create', 'db', '-o', output]);
  await place.ok(['add-event', 'test:*', '-s', 'db']);
  await place.ok(['start', 'db']);
  await pass(100);
  await place.ok(['clear', 'web']);
  await place.ok(['rotate', 'web']);
  await place.ok(['stop', 'db']);
  await place.ok(['destroy', 'db']);
  const others = ticksOf(readTrace(join(output, 'ust')));
  expect(others.length).toBeGreaterThan(10);
  await end(application);
});

it('says why it cannot, and records on', async () => {
  const application = await recording();
  await pass(50);
  writeFileSync(join(output, 'archives'), '');
  const { status, stderr } = await place.lttng(['rotate', 'web']);
  expect({ status, stderr }).toEqual({
    status: 4,
    stderr: `lttng: The consumer cannot move the files: ${output}/archives (ENOTDIR) (NO_OUTPUT)\n`,
  });
  await end(application);
  expectWhole(ticksOf(readTrace(join(output, 'ust'))));
});
