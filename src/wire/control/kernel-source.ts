/** Where the events of a kernel's stream come from (R1.24): the pages of one CPU, which its consumer is passed. */
import * as v from 'valibot';
import {
  KERNEL_CPUS_MAX,
  KERNEL_PAGE_BYTES_MAX,
  KERNEL_PAGE_BYTES_MIN,
} from '../../port/kernel-tracer.ts';
import { counter } from '../common.ts';

export const kernelSource = v.strictObject({
  cpu: v.pipe(counter, v.maxValue(KERNEL_CPUS_MAX - 1)),
  pageBytes: v.pipe(
    counter,
    v.minValue(KERNEL_PAGE_BYTES_MIN),
    v.maxValue(KERNEL_PAGE_BYTES_MAX),
    v.check((bytes) => Number.isInteger(Math.log2(bytes)), 'a page has a power of two of bytes'),
  ),
});
