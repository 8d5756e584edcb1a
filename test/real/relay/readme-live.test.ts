/**
 * The commands of README.md that follow a live session work as pasted. They use the relay's own ports, so they run in a
 * network namespace of their own; skipped, with the reason, where that cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DIST, makePlace, type Place } from '../../support/real/sandbox.ts';

const ROOT = join(import.meta.dirname, '../../..');
const UNSHARED = ['--net', 'bash', '-c'];
const LOOPBACK_UP = 'ip link set lo up';
/** The programs are those of the tests. */
const NPX = `#!/bin/sh
program=$1
shift
exec "$NODE" "$DIST/bin/$program.js" "$@"
`;
/** The last background command of the block is the viewer. */
const SETTING = `set -eu
${LOOPBACK_UP}
RELAY &
relay=$!
until (exec 3<>/dev/tcp/127.0.0.1/5342) 2>/dev/null; do sleep 0.1; done
BLOCK
wait $!
kill $relay
`;

const { status, error, stderr } = spawnSync('unshare', [...UNSHARED, LOOPBACK_UP], {
  encoding: 'utf8',
});
const missing = status === 0 ? undefined : `no network namespace: ${error?.message ?? stderr}`;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** The block of commands that has this text. */
function blockWith(text: string): string {
  const document = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...document.matchAll(/^```console\n([^]*?)^```\n/gm)].map(
    ([, block = '']) => block,
  );
  const found = blocks.filter((block) => block.includes(text));
  expect(found).toHaveLength(1);
  return (found[0] ?? '').trimEnd();
}

test.skipIf(missing !== undefined)(
  'README.md shows how to follow a live session',
  async () => {
    const script = SETTING.replace('RELAY', () => blockWith('npx lttng-relayd')).replace(
      'BLOCK',
      () => blockWith('--live'),
    );
    const programs = join(place.directory, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'npx'), NPX, { mode: 0o755 });
    const PATH = `${programs}:${place.environment['PATH']}`;
    const environment = { DIST, NODE: process.execPath, PATH };
    const running = place.start('unshare', [...UNSHARED, script], { cwd: ROOT, environment });
    const { status: ended, stdout } = await running.finished;
    expect({ ended, stdout }).toMatchObject({ ended: 0 });
    expect(stdout).toMatch(/shop:order_placed.*orderId/);
    expect(stdout).toContain('Destroyed session shop');
  },
  120_000,
);
