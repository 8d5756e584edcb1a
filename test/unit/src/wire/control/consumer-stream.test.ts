/** The bounds of where a kernel's stream comes from (R1.24). */
import * as v from 'valibot';
import { expect, it } from 'vitest';
import {
  KERNEL_CPUS_MAX,
  KERNEL_PAGE_BYTES_MAX,
  KERNEL_PAGE_BYTES_MIN,
} from '../../../../../src/port/kernel-tracer.ts';
import { consumerStream } from '../../../../../src/wire/control/consumer-stream.ts';

const segment = { id: 1, key: 2, creatorUid: 0 };
const STREAM = {
  streamId: 1,
  channel: 'channel0',
  dataSegment: segment,
  positionSegment: segment,
  shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
  pid: 0,
  tid: 1,
  startedAt: 0,
  processName: 'kernel',
  wakePath: '/run/wake',
  switchTimerUs: 0,
  readTimerUs: 0,
};

it.each<readonly [number, number, boolean]>([
  [0, KERNEL_PAGE_BYTES_MIN, true],
  [KERNEL_CPUS_MAX - 1, KERNEL_PAGE_BYTES_MAX, true],
  [KERNEL_CPUS_MAX, KERNEL_PAGE_BYTES_MAX, false],
  [-1, KERNEL_PAGE_BYTES_MIN, false],
  [0, KERNEL_PAGE_BYTES_MIN / 2, false],
  [0, KERNEL_PAGE_BYTES_MAX * 2, false],
  [0, KERNEL_PAGE_BYTES_MIN * 3, false],
])('CPU %d with pages of %d bytes: %s', (cpu, pageBytes, isValid) => {
  expect(v.is(consumerStream, { ...STREAM, kernel: { cpu, pageBytes } })).toBe(isValid);
});
