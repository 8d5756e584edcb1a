/** `--no-wait`: what `stop`, `destroy` and `rotate` have begun is done when they have returned (LTTng 2.13). */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tickProgram } from '../../support/real/programs.ts';
import { daemonOf, makePlace, type Place, REGISTER, until } from '../../support/real/sandbox.ts';
import { readTrace, ticksOf } from '../../support/real/traces.ts';

/** Far less than the 30 s for which a command waits for a consumer that hangs. */
const AT_ONCE_MS = 10_000;
const LOOKS_MAX = 200;
const LOOK_MS = 100;

let place: Place;
let output: string;
beforeEach(async () => {
  place = makePlace();
  output = join(place.directory, 'trace');
  await place.ok(['create', 'web', '-o', output, '-q']);
  await place.ok(['add-event', 'test:*', '-q']);
  await place.ok(['start', '-q']);
});
afterEach(() => place.end());

async function sessions(): Promise<readonly SessionInfo[]> {
  const text = await place.ok(['list', '--sessions', '--output-format', 'json']);
  return (JSON.parse(text) as { sessions: readonly SessionInfo[] }).sessions;
}

async function becomes(state: string | undefined): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    if ((await sessions())[0]?.state === state) return;
    await pass(LOOK_MS);
  }
  throw new Error(`the session does not become ${state}`);
}

/** Records `total` events, which are still in the buffers when the consumer hangs. */
async function recordedUnwritten(total: number): Promise<() => void> {
  const consumer = daemonOf(place, 'ust-consumerd');
  process.kill(consumer, 'SIGSTOP');
  const program = tickProgram(place, { batch: 10, pauseMs: 1, total });
  await place.ok(['run', '--', process.execPath, '--import', REGISTER, program]);
  return () => process.kill(consumer, 'SIGCONT');
}

it('stops and destroys a session whose consumer hangs, and loses nothing', async () => {
  const resume = await recordedUnwritten(100);
  const startedAt = Date.now();
  expect(await place.ok(['stop', '--no-wait'])).toBe(
    `Stopping session web; what its buffers hold is still being written to ${output}\n`,
  );
  expect(Date.now() - startedAt).toBeLessThan(AT_ONCE_MS);
  expect((await sessions())[0]?.state).toBe('stopping');
  expect((await place.lttng(['start'])).stderr).toMatch(/\(SESSION_BUSY\)\n$/);
  resume();
  await becomes('stopped');
  expect(ticksOf(readTrace(output))).toHaveLength(100);
  expect(await place.ok(['destroy', '-n'])).toBe(
    `Destroying session web; what its buffers hold is still being written to ${output}\n`,
  );
  await becomes(undefined);
  expect(existsSync(join(output, '.lttng'))).toBe(false);
  expect(ticksOf(readTrace(output))).toHaveLength(100);
});

it('rotates a session whose consumer hangs', async () => {
  const resume = await recordedUnwritten(100);
  expect(await place.ok(['rotate', '-n'])).toBe(
    'Rotating session web; "lttng list web" shows the archive when it is made\n',
  );
  expect(existsSync(join(output, 'archives'))).toBe(false);
  resume();
  await until(() => existsSync(join(output, 'archives')));
  await place.ok(['destroy', '-q']);
  const ticks = readdirSync(join(output, 'archives')).flatMap((name) =>
    ticksOf(readTrace(join(output, 'archives', name))),
  );
  expect(ticks).toHaveLength(100);
});
