/** Other users misuse the common pipe on which programs wait for a registry (R1.16). */
import { chmodSync, existsSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appsOf, cpuMs, startRegistry, until } from '../../support/real/proc.ts';
import { writeProgram } from '../../support/real/programs.ts';
import { accountOf, LIBRARY, makePlace, type Place } from '../../support/real/sandbox.ts';

const member = accountOf('lttng-ts-a');
const outsider = accountOf('lttng-ts-c');
const WHY = 'several users are there for root only';
/** CPU time of an idle Node process over two seconds, with margin for a busy machine. */
const IDLE_MS_MAX = 40;

let place: Place;
beforeEach(() => {
  place = makePlace();
  // Like /tmp: any user may create the pipe, no other user may remove it.
  chmodSync(place.directory, 0o1777);
});
afterEach(() => place.end());

it.for([
  ['holds it open for writing', 'exec 3<>"$0"; exec sleep 600'],
  ['writes to it without end', 'while :; do echo >>"$0"; done'],
  ['fills it', 'exec 3<>"$0"; exec yes >&3'],
])('a wait is as cheap, and ends, when another user %s', async ([, script = ''], { skip }) => {
  if (member === undefined || outsider === undefined) return skip(WHY);
  const program = writeProgram(
    place,
    'stay.mjs',
    `import '${LIBRARY}'; setTimeout(() => {}, 600_000);`,
  );
  const app = place.start(process.execPath, [program], { account: member });
  const pipe = place.environment['LTTNG_TS_PIPE'] ?? '';
  await until('the pipe', () => existsSync(pipe));
  const other = place.start('sh', ['-c', script, pipe], { account: outsider });
  await pass(2_000);
  const before = cpuMs(app.pid);
  await pass(2_000);
  expect(cpuMs(app.pid) - before).toBeLessThan(IDLE_MS_MAX);
  await startRegistry(place, { account: member });
  await until('the registration', async () =>
    (await appsOf(place, member)).some(({ pid }) => pid === app.pid),
  );
  other.kill('SIGKILL');
});
