/** The real World in a worker thread: the conformance scripts of one user, thread ids, and memory at the end. */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createTestWorld, DIST, must, until } from '../../../support/real/os.ts';

interface ThreadAnswer {
  readonly tid: number;
  readonly pid: number;
  /** Names of scripts, with their reported and their expected lines. */
  readonly scripts: readonly (readonly [string, readonly string[], readonly string[]])[];
}

/** Runs the compiled program `name` in a thread until it ends; returns its last message. */
function runThread<T>(name: string, input?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    let last: T;
    const program = `${DIST}test/support/real/${name}.js`;
    const worker = new Worker(program, { workerData: input, stderr: true });
    let warnings = '';
    worker.stderr.on('data', (chunk) => {
      warnings += String(chunk);
    });
    worker.on('message', (message: T) => {
      last = message;
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      // Node warns about descriptors that are not closed in the way in which they were opened.
      if (warnings === '') resolve(last);
      else reject(new Error(warnings));
    });
  });
}

/** The kernel's number of attachments of a segment. */
function attachments(id: number): number {
  const [head = '', ...rows] = readFileSync('/proc/sysvipc/shm', 'latin1').trim().split('\n');
  const column = head.trim().split(/\s+/).indexOf('nattch');
  const row = rows.map((line) => line.trim().split(/\s+/)).find((cells) => cells[1] === `${id}`);
  return Number(row?.[column]);
}

test('every script of one user passes in a worker thread', async () => {
  const { pid, tid, scripts } = await runThread<ThreadAnswer>('thread-scripts');
  expect(pid).toBe(process.pid);
  expect(tid).not.toBe(pid);
  expect(scripts.length).toBeGreaterThan(30);
  expect(scripts.map(([name, lines]) => [name, lines])).toEqual(
    scripts.map(([name, , expected]) => [name, expected]),
  );
});

test('a worker thread that ends leaves no segment attached', async () => {
  const { memory, identity } = createTestWorld();
  const segment = must(
    memory.create(65_536, { uid: identity.uid, gid: identity.gid, mode: 0o600 }),
  );
  try {
    const during = await runThread<number>('thread-attaches', segment);
    expect(during).toBe(3);
    await until(() => attachments(segment.id) === 0);
  } finally {
    must(memory.remove(segment));
  }
});
