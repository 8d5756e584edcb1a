/** A program that may not load native code runs as ever; `record` says why it has no buffers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePlace, type Place } from '../../support/real/sandbox.ts';

const NODE_24 = join(import.meta.dirname, '../../programs/node_modules/node-24/bin/node');

let place: Place;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.end());

const cases: readonly [string, readonly string[], string][] = [
  [process.execPath, ['--no-addons'], 'the program runs with --no-addons'],
  [
    NODE_24,
    ['--permission', '--allow-fs-read=*'],
    'the program runs with --permission, but without --allow-addons',
  ],
];
it.each(cases)('%s %j', async (node, flags, reason) => {
  expect(existsSync(node)).toBe(true);
  const command = [node, ...flags, '--eval', 'console.log("end")'];
  const { status, stdout, stderr } = await place.lttng(['record', '--', ...command]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^end$/m);
  expect(`${stdout}${stderr}`).toContain(`ended, nothing was recorded  ${reason}`);
});
