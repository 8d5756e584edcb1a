/** What the kernel of this machine can trace. */
import { kernelFormatsIn, kernelFormatsPlan } from '../../../actors/client/plans/kernel.ts';
import { allPages, kernelEventsIn } from '../../../actors/client/plans/plan.ts';
import type { KernelCalls } from '../api/control.ts';
import type { KernelEventsOptions } from '../api/options.ts';
import type { Kernel, KernelEvent } from '../api/results.ts';
import { failureError } from '../errors.ts';
import {
  eventsOfSyscalls,
  syscallOf,
  syscallsIn,
  tracepointNamed,
  tracepointOf,
  tracepointsIn,
} from '../kernel/events.ts';
import { type Calling, carryOut } from '../requests.ts';

export function kernelCalls(on: Calling): KernelCalls {
  return {
    kernel: () => kernel(on),
    kernelEvents: (options = {}) => kernelEvents(on, options),
  };
}

async function kernel(on: Calling): Promise<Kernel> {
  const [result] = await carryOut(
    on,
    (results) =>
      results.length === 0 ? { kind: 'request', operation: { op: 'kernel.describe' } } : undefined,
    'start-registry',
  );
  const described = result?.kind === 'reply' ? result.value.kernel : undefined;
  if (described !== undefined) return described;
  throw failureError({
    code: 'NO_ANSWER',
    reason: 'The registry answered without a description of the kernel',
  });
}

/** All names of the kernel's events, `SYSTEM:NAME`. */
export async function kernelNames(on: Calling): Promise<readonly string[]> {
  return kernelEventsIn(await carryOut(on, allPages(['kernel.events']), 'start-registry'));
}

async function kernelEvents(
  on: Calling,
  { kind = 'tracepoint', fields = false }: KernelEventsOptions,
): Promise<readonly KernelEvent[]> {
  const all = await kernelNames(on);
  const isOfCalls = kind === 'syscall';
  const names = isOfCalls ? syscallsIn(all) : tracepointsIn(all);
  if (!fields) return names.map((name) => (isOfCalls ? { name } : tracepointNamed(name)));
  const events = isOfCalls ? eventsOfSyscalls(names) : names;
  const results = await carryOut(on, kernelFormatsPlan(events), 'running-registry');
  const formats = new Map(kernelFormatsIn(results).map(({ event, text }) => [event, text]));
  return names.map((name) => (isOfCalls ? syscallOf : tracepointOf)(name, formats));
}
