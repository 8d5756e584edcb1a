/** `lttng explain`: why real programs are recorded or not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../../../bin/lttng/failure.ts';
import { LIBRARY, makePlace, type Place, PRELOAD, REGISTER } from '../../support/real/sandbox.ts';

const POLL_MS = 50;
const LOOP = 'setInterval(() => {}, 1000)';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** The code of the only reason. */
async function codeOf(asked: string | number): Promise<string> {
  const output = await place.ok(['explain', String(asked), '--output-format', 'json']);
  return (JSON.parse(output) as { code: string }).code;
}

it('a program without the library, without a registry, and no program', async () => {
  const plain = place.start(process.execPath, ['-e', LOOP]);
  const traced = place.start(process.execPath, ['--require', PRELOAD, '-e', LOOP]);
  expect(await codeOf(plain.pid)).toBe('NO_LIBRARY');
  expect(await codeOf(traced.pid)).toBe('NO_REGISTRY');
  expect(await place.lttng(['explain', 'no-such-program'])).toMatchObject({
    status: EXIT.refused,
    stderr: 'lttng: There is no process no-such-program (NO_PROCESS)\n',
  });
});

it('a program on its way to a recording, reason by reason', async () => {
  const file = join(place.directory, 'explained.mjs');
  const shop = `import { i32, tracepoint } from '${LIBRARY}'; tracepoint('shop:order', { n: i32 });`;
  writeFileSync(file, `${shop}${LOOP}`);
  await place.ok(['list']);
  const { pid } = place.start(process.execPath, ['--import', REGISTER, file]);
  while ((await codeOf(pid)) === 'NOT_REGISTERED') await pass(POLL_MS);
  expect(await codeOf(pid)).toBe('NO_SESSION');
  await place.ok(['create', 'web']);
  expect(await codeOf(pid)).toBe('NO_RULE');
  await place.ok(['add-event', 'shop:*', '-s', 'web']);
  expect(await place.ok(['explain', 'explained.mjs'])).toBe(
    `explained.mjs (pid ${pid}) is not recorded: Session web has a rule for it, and is inactive (NOT_STARTED)\n` +
      'Remedy: lttng start web\n',
  );
  await place.ok(['start', 'web']);
  expect(await place.ok(['explain', String(pid)])).toBe(
    `explained.mjs (pid ${pid}) is recorded: Session web records it by the rule shop:* (RECORDED)\n`,
  );
});

it.skipIf(process.getuid?.() !== 0)('a program in another IPC namespace', async () => {
  await place.ok(['list']);
  const args = ['--ipc', process.execPath, '--require', PRELOAD, '-e', LOOP];
  const { pid } = place.start('unshare', args);
  let code = await codeOf(pid);
  while (code === 'NOT_REGISTERED' || code === 'NO_LIBRARY') {
    await pass(POLL_MS);
    code = await codeOf(pid);
  }
  expect(code).toBe('OTHER_NAMESPACE');
});
