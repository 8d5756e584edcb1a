/** Goal: `track` and `untrack` choose by process and by user what a session records, also while it is active. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { burstProgram } from '../../support/real/programs.ts';
import {
  type Account,
  accountOf,
  makePlace,
  type Place,
  REGISTER,
  type Running,
} from '../../support/real/sandbox.ts';
import { readTrace, ticksOf } from '../../support/real/traces.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

interface Program extends Running {
  readonly emit: () => Promise<void>;
}

/** Starts a program and waits until it has registered. Each call of `emit` has it emit `events` events. */
async function startProgram(events: number, account?: Account): Promise<Program> {
  const gate = join(place.directory, `gate-${events}`);
  const file = burstProgram(place, gate, events);
  const running = place.start(process.execPath, ['--import', REGISTER, file], { account });
  await running.line(/^ready$/);
  const emit = async (): Promise<void> => {
    writeFileSync(gate, '');
    await running.line(/^emitted$/);
  };
  return { ...running, emit };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

it('records the processes that are tracked when they emit', async () => {
  const output = join(place.homeOf(), 'trace');
  await place.ok(['create', 'web', '-q', '-o', output]);
  await place.ok(['add-event', 'test:*', '-s', 'web']);
  const first = await startProgram(1000);
  const second = await startProgram(500);
  const third = await startProgram(700);
  expect(await place.ok(['track', '-u', '--pid', `${first.pid}`, '-s', 'web'])).toBe(
    `Traces in session web: processes ${first.pid}\n`,
  );
  await place.ok(['start', 'web']);
  expect(await place.ok(['explain', `${third.pid}`])).toContain(
    `Remedy: lttng track --vpid ${third.pid} -s web`,
  );
  await first.emit();
  await third.emit();
  await place.ok(['track', `--vpid=${second.pid},4194303`, '-s', 'web']);
  await place.ok(['untrack', '--vpid', `${first.pid}`, '-s', 'web']);
  await second.emit();
  expect(await place.ok(['list', 'web'])).toMatch(
    new RegExp(`^  processes +${second.pid}, 4194303$`, 'm'),
  );
  await place.ok(['destroy', 'web']);
  const trace = readTrace(output);
  expect(trace).toMatchObject({ discarded: 0, problems: [] });
  expect(ticksOf(trace).toSorted((a, b) => a - b)).toEqual(
    [...upTo(1000), ...upTo(500)].toSorted((a, b) => a - b),
  );
});

it('records the programs of a user, by name', async ({ skip }) => {
  const [member, outsider] = [accountOf('lttng-ts-a'), accountOf('lttng-ts-c')];
  if (!member || !outsider) return skip('several users are there for root only');
  const registry = place.startProgram('lttng-sessiond', []);
  await registry.said(/registry\.ready/);
  const own = await startProgram(300, member);
  const other = await startProgram(400, outsider);
  const output = join(place.homeOf(member), 'trace');
  const ok = async (...args: string[]): Promise<void> => {
    expect(await place.lttng([...args, '-s', 'web'], { account: member })).toMatchObject({
      status: 0,
    });
  };
  const { status } = await place.lttng(['create', 'web', '-o', output], { account: member });
  expect(status).toBe(0);
  await ok('add-event', 'test:*');
  await ok('track', '--vuid', 'lttng-ts-c', '--vgid', `${outsider.gid}`);
  await ok('start');
  await own.emit();
  await other.emit();
  await ok('destroy');
  expect(ticksOf(readTrace(output))).toEqual(upTo(400));
  return undefined;
});

it.each([
  ['NO_KERNEL', ['track', '-k', '--pid', '1']],
  ['USAGE', ['track', '--vpid']],
  ['USAGE', ['untrack', '--all']],
  ['USAGE', ['track', '--vpid', '0']],
  ['USAGE', ['track', '--vpid', Array.from({ length: 257 }, (_, n) => n + 1).join()]],
  ['USAGE', ['track', '--vuid', 'nobody-has-this-name']],
  ['USAGE', ['track', '--vgid', '4294967295']],
  ['ALREADY', ['track', '--vuid', '--all']],
  ['ALREADY', ['untrack', '--gid', '0']],
] as const)('says %s to %j', async (code, args) => {
  await place.ok(['create', 'web', '-q', '-o', join(place.homeOf(), 'trace')]);
  const refused = await place.lttng([...args, '-s', 'web']);
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain(`(${code})`);
});
