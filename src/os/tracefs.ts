/** The real kernel tracer: tracefs. */
import type { KernelTracer } from '../port/kernel-tracer.ts';
import type { OsResult } from '../port/os-error.ts';
import { failure } from './errors.ts';

export function createKernelTracer(): KernelTracer {
  const missing = (call: string): OsResult<never> =>
    failure('ENOSYS', call, 'tracefs', 'the kernel tracer is not there yet');
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
