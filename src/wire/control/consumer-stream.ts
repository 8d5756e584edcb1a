/** A stream as a registry describes it to its consumers and snapshots. */
import * as v from 'valibot';
import {
  KERNEL_CPUS_MAX,
  KERNEL_PAGE_BYTES_MAX,
  KERNEL_PAGE_BYTES_MIN,
} from '../../port/kernel-tracer.ts';
import {
  channelName,
  counter,
  path,
  processName,
  ringShape,
  segmentRef,
  tracefiles,
  u32,
} from '../common.ts';

/** Where the events of a kernel's stream come from (R1.24): the pages of one CPU, which its consumer is passed. */
const kernelSource = v.strictObject({
  cpu: v.pipe(counter, v.maxValue(KERNEL_CPUS_MAX - 1)),
  pageBytes: v.pipe(
    counter,
    v.minValue(KERNEL_PAGE_BYTES_MIN),
    v.maxValue(KERNEL_PAGE_BYTES_MAX),
    v.check((bytes) => (bytes & (bytes - 1)) === 0, 'a page has a power of two of bytes'),
  ),
});

export const consumerStream = v.strictObject({
  streamId: u32,
  channel: channelName,
  dataSegment: segmentRef,
  positionSegment: segmentRef,
  shape: ringShape,
  pid: u32,
  tid: u32,
  /** Start of the process, in hundredths of a second since boot; 0: unknown. */
  startedAt: counter,
  processName,
  wakePath: path,
  switchTimerUs: u32,
  readTimerUs: u32,
  tracefiles: v.exactOptional(tracefiles),
  /**
   * Present: the consumer itself writes it, from the pages of this CPU of the kernel, of so many bytes (R1.24). Then
   * the process and the thread above are 0 and the CPU.
   */
  kernel: v.exactOptional(kernelSource),
  /** Present: the threads of this user write it, one after another. Then the thread above is the newest of them. */
  sharedBy: v.exactOptional(u32),
});
export type ConsumerStream = v.InferOutput<typeof consumerStream>;
