/** What the kernel says of events and rules before anything is recorded. */
import { isMeant, nothingMeant } from '../../kernel/rules.ts';
import type { InstanceOptions, KernelTracer } from '../../port/kernel-tracer.ts';
import type { OsError } from '../../port/os-error.ts';
import type { KernelRule } from '../contract/kernel.ts';
import type { KernelFormat } from '../contract/recorder.ts';

/** Of an instance that records nothing: the least that the kernel has. */
const SMALLEST: InstanceOptions = { bufferKb: 4, pageKb: 4, overwrite: false, wakePercent: 50 };

/** The formats of those of the events that the kernel has. */
export function formatsOf(kernel: KernelTracer, events: Iterable<string>): KernelFormat[] {
  return [...events].flatMap((event) => {
    const text = kernel.format(event);
    return text.ok ? [{ event, text: text.value }] : [];
  });
}

/**
 * Why the kernel cannot follow the rules: one sentence without its full stop. A filter must fit one of the events that
 * its rule means: an event without a field that the filter names is none that the filter selects.
 */
export function faultIn(
  kernel: KernelTracer,
  name: string,
  rules: readonly KernelRule[],
): string | undefined {
  const events = kernel.events();
  if (!events.ok) return `The kernel's events cannot be read (${events.error.code})`;
  const empty = rules.find((rule) => !events.value.some((event) => isMeant(rule, event)));
  if (empty !== undefined) return nothingMeant(empty);
  const filtered = rules.filter(({ filter }) => filter !== undefined);
  if (filtered.length === 0) return undefined;
  // Of a registry that was killed while it tried a filter.
  kernel.removeInstance(name);
  const made = kernel.makeInstance(name, SMALLEST);
  if (!made.ok) return `The filter cannot be tried in the kernel (${made.error.code})`;
  const fault = filtered.map((rule) => filterFault(kernel, name, rule, events.value)).find(Boolean);
  kernel.removeInstance(name);
  return fault;
}

function filterFault(
  kernel: KernelTracer,
  name: string,
  rule: KernelRule,
  events: readonly string[],
): string | undefined {
  let refused: OsError | undefined;
  for (const event of events) {
    if (!isMeant(rule, event)) continue;
    const set = kernel.setEvent(name, event, true, rule.filter);
    if (set.ok) return undefined;
    refused ??= set.error;
  }
  const why = refused?.detail ?? refused?.code ?? 'it has no event for it';
  return `The kernel does not take the filter: ${why.replaceAll(/\s+/g, ' ').trim()}`;
}
