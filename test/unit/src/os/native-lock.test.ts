/** The lock around native calls: threads that are stopped at any time do not end the process. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { getEnvironmentData, Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { shareNativeLock } from '../../../../src/os/native-lock.ts';
import { createTestWorld, DIST, must } from '../../../support/real/os.ts';

const THREADS = 60;
const EXITS = 10;

function terminate(count: number): { readonly status: number | null; readonly stderr: string } {
  const { memory, identity } = createTestWorld();
  const segment = must(
    memory.create(65_536, { uid: identity.uid, gid: identity.gid, mode: 0o600 }),
  );
  try {
    const program = `${DIST}test/support/real/terminations.js`;
    const words = [program, `${count}`, JSON.stringify(segment), 'guarded'];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return { status, stderr };
  } finally {
    must(memory.remove(segment));
  }
}

it(`${THREADS} threads that are terminated while they load native code and call it`, () => {
  expect(terminate(THREADS)).toEqual({ status: 0, stderr: '' });
});

it(`${EXITS} processes that exit while their threads load native code`, () => {
  for (let count = 0; count < EXITS; count++) {
    expect(terminate(0)).toEqual({ status: 0, stderr: '' });
  }
});

it('is free after a thread that guards its stops has ended', async () => {
  shareNativeLock();
  await once(new Worker(`${DIST}test/support/real/thread-guarded.js`), 'exit');
  const lock = getEnvironmentData('lttng-ts.native-lock.2');
  expect(new Int32Array(lock as unknown as SharedArrayBuffer)[0]).toBe(0);
});
