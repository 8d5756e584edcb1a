/** What the kernel of a machine can trace, as text. */
import type { Kernel, KernelEvent, KernelEventField } from '../../control/api/results.ts';
import { count } from '../../terminal/output.ts';

/** What LTTng's kernel tracer has and this one needs of the kernel, or lacks. */
export function kernelLines(kernel: Kernel): string[] {
  const { release, version, machine, tracers, clocks, cpus } = kernel;
  return [
    `Kernel: ${release} ${machine}, ${version}`,
    `CPUs: ${count(cpus.length, 'CPU')} (${rangesText(cpus)})`,
    `Tracers: ${tracers.length === 0 ? 'none' : tracers.join(' ')}`,
    `Clocks: ${clocks.join(' ')}; traces have mono`,
    ...lacksOf(kernel).map((lack) => `Not there: ${lack}`),
  ];
}

/** What this kernel, or this version, cannot do. */
export function lacksOf({ kprobes, uprobes, clocks }: Kernel): readonly string[] {
  return [
    ...(clocks.includes('mono') ? [] : ['the clock mono, so that nothing can be recorded']),
    ...(kprobes ? [] : ['kprobes: this kernel is built without them']),
    ...(uprobes ? [] : ['uprobes: this kernel is built without them']),
    'probes, functions and contexts of events: this version records tracepoints and system calls',
  ];
}

/** `0-3,8`. */
function rangesText(numbers: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && range.last + 1 === number) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges
    .map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`))
    .join(',');
}

/** As LTTng lists them. */
export function kernelEventLines(
  events: readonly KernelEvent[],
  kind: 'tracepoint' | 'syscall',
): string[] {
  return [
    kind === 'syscall' ? 'System calls:' : 'Kernel events:',
    '-------------',
    ...events.flatMap((event) => [
      `      ${event.name}${kind === 'syscall' ? '' : tracepointText(event)}`,
      ...(event.fields ?? []).map((field) => `        field: ${field.name} ${fieldText(field)}`),
    ]),
  ];
}

function tracepointText({ inTraces }: KernelEvent): string {
  return ` (type: tracepoint${inTraces === undefined ? '' : `, in traces: ${inTraces}`})`;
}

function fieldText({ kind, inFilters }: KernelEventField): string {
  return `(${kind}${inFilters === undefined ? '' : `, in filters: ${inFilters}`})`;
}
