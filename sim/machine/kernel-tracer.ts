/** The simulated kernel tracer of one process. */
import { fail } from '../../src/base/result.ts';
import type { KernelTracer } from '../../src/port/kernel-tracer.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { SimProcess } from './process/process.ts';

export function kernelTracerOf(process: SimProcess): KernelTracer {
  const missing = (call: string): OsResult<never> =>
    process.attempt(call, 'tracefs', () => fail('ENOSYS'));
  return {
    describe: () => missing('kernel.describe'),
    events: () => missing('kernel.events'),
    format: () => missing('kernel.format'),
    instances: () => missing('kernel.instances'),
    makeInstance: () => missing('kernel.makeInstance'),
    removeInstance: () => missing('kernel.removeInstance'),
    setRecording: () => missing('kernel.setRecording'),
    setEvent: () => missing('kernel.setEvent'),
    enabledEvents: () => missing('kernel.enabledEvents'),
    counts: () => missing('kernel.counts'),
    openPages: () => missing('kernel.openPages'),
  };
}
