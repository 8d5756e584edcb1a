/** Waits for descriptors that Node's event loop does not take: here named pipes stand for pages of the kernel. */
import * as fs from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEntrance } from '../../../../src/os/entrance.ts';
import { PagesPoll } from '../../../../src/os/pages-poll.ts';
import {
  createTestWorld,
  must,
  openDescriptors,
  pass,
  scratchDirectory,
  until,
} from '../../../support/real/os.ts';

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

let poll: PagesPoll;
let before: number;
const open: number[] = [];

beforeEach(() => {
  before = openDescriptors();
  poll = new PagesPoll(openEntrance);
});

afterEach(async () => {
  for (const fd of open.splice(0)) {
    poll.release(fd);
    fs.closeSync(fd);
  }
  await until(() => openDescriptors() === before);
});

/** A pipe that the poll holds, and can be written to. */
function pipe(): number {
  const path = `${scratchDirectory()}/p`;
  must(createTestWorld().pipes.create(path, { mode: 0o600 }));
  const fd = fs.openSync(path, O_RDWR | O_NONBLOCK);
  must(poll.hold(fd, 'test', path));
  open.push(fd);
  return fd;
}

test('a wait ends once, at once when there is something already, and the next one needs more', async () => {
  const fd = pipe();
  let woken = 0;
  const onReady = (): void => void woken++;
  poll.await(fd, onReady);
  await pass(20);
  expect(woken).toBe(0);
  fs.writeSync(fd, 'x');
  await until(() => woken === 1);
  await pass(20);
  expect(woken).toBe(1);
  poll.await(fd, onReady);
  await until(() => woken === 2);
  fs.readSync(fd, new Uint8Array(10));
  const wait = poll.await(fd, onReady);
  await pass(20);
  expect(woken).toBe(2);
  wait.close();
});

test('descriptors come and go while others are awaited', async () => {
  const [first, second] = [pipe(), pipe()];
  const woken: string[] = [];
  const wait = poll.await(first, () => woken.push('first'));
  await pass(20);
  const third = pipe();
  poll.await(third, () => woken.push('third'));
  poll.await(second, () => woken.push('second'));
  fs.writeSync(third, 'x');
  await until(() => woken.length === 1);
  fs.writeSync(second, 'x');
  await until(() => woken.length === 2);
  expect(woken).toEqual(['third', 'second']);
  wait.close();
  fs.writeSync(first, 'x');
  await pass(20);
  expect(woken).toHaveLength(2);
});

test('a callback can close a wait that would end in the same turn', async () => {
  const [first, second] = [pipe(), pipe()];
  fs.writeSync(first, 'x');
  fs.writeSync(second, 'x');
  const woken: string[] = [];
  const waits = [
    poll.await(first, () => {
      woken.push('first');
      waits[1]?.close();
    }),
    poll.await(second, () => {
      woken.push('second');
      waits[0]?.close();
    }),
  ];
  await until(() => woken.length > 0);
  await pass(20);
  expect(woken).toHaveLength(1);
});

test('a callback that throws leaves the other waits as they are', async () => {
  const errors: unknown[] = [];
  const run = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      errors.push(error);
    }
  };
  poll = new PagesPoll({ ...openEntrance, run });
  const [first, second] = [pipe(), pipe()];
  let woken = 0;
  poll.await(second, () => void woken++);
  poll.await(first, () => {
    throw new Error('not ours');
  });
  fs.writeSync(first, 'x');
  await until(() => errors.length === 1);
  expect(woken).toBe(0);
  fs.writeSync(second, 'x');
  await until(() => woken === 1);
});

test('a descriptor that has only trouble to tell ends no wait, and costs nothing', async () => {
  const path = `${scratchDirectory()}/p`;
  must(createTestWorld().pipes.create(path, { mode: 0o600 }));
  const reader = fs.openSync(path, O_RDONLY | O_NONBLOCK);
  const fd = fs.openSync(path, O_WRONLY | O_NONBLOCK);
  fs.closeSync(reader);
  must(poll.hold(fd, 'test', path));
  open.push(fd);
  let woken = 0;
  const wait = poll.await(fd, () => void woken++);
  const used = process.cpuUsage();
  await pass(300);
  const { user, system } = process.cpuUsage(used);
  expect(user + system).toBeLessThan(150_000);
  expect(woken).toBe(0);
  wait.close();
});

test('what cannot be polled is refused, and leaves nothing open', () => {
  const file = fs.openSync('/dev/null', 'r');
  expect(poll.hold(file, 'test', 'a file')).toMatchObject({ ok: false, error: { code: 'EPERM' } });
  fs.closeSync(file);
});
