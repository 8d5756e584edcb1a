/** The kernel's events as users name them, with their fields as a trace has them. */
import type { FieldType } from '../../../src/event/model.ts';
import { parseEventFormat } from '../../../src/kernel/event-format.ts';
import { traceNames } from '../../../src/kernel/lttng-names.ts';
import { recordClassOf } from '../../../src/kernel/record-class.ts';
import type { KernelEvent, KernelEventField } from '../api/results.ts';

/** The kernel's tracepoint at the entry of a system call, and the one at its exit. */
const SYSCALL = /^syscalls:sys_(enter|exit)_(.+)$/;
/** Their events are those of system calls. */
const NOT_TRACEPOINTS: ReadonlySet<string> = new Set(['syscalls', 'raw_syscalls']);

type Formats = ReadonlyMap<string, string | undefined>;

/** `SYSTEM:NAME` of all tracepoints that are no system call's. */
export function tracepointsIn(events: readonly string[]): readonly string[] {
  return events.filter((event) => !NOT_TRACEPOINTS.has(systemOf(event)));
}

/** Names of system calls. */
export function syscallsIn(events: readonly string[]): readonly string[] {
  return [...new Set(events.flatMap((event) => SYSCALL.exec(event)?.[2] ?? []))].toSorted(
    (one, other) => (one < other ? -1 : 1),
  );
}

export function systemOf(event: string): string {
  return event.slice(0, event.indexOf(':'));
}

/** The events whose formats tell the fields of a system call. */
export function eventsOfSyscalls(calls: readonly string[]): readonly string[] {
  return calls.flatMap((call) => [`syscalls:sys_enter_${call}`, `syscalls:sys_exit_${call}`]);
}

export function tracepointOf(event: string, formats: Formats): KernelEvent {
  return withFields(tracepointNamed(event), fieldsIn(event, formats));
}

/** With the fields of its entry and of its exit. */
export function syscallOf(name: string, formats: Formats): KernelEvent {
  const parts = eventsOfSyscalls([name]).map((event) => fieldsIn(event, formats));
  const known = parts.filter((fields) => fields !== undefined);
  return withFields({ name }, known.length === 0 ? undefined : known.flat());
}

/** The word for all system calls among names of tracepoints. */
const ALL_SYSCALLS = 'syscall';

interface KernelNames {
  readonly tracepoint: readonly string[];
  readonly syscall: readonly string[];
}

/** The names with groups of events made plain. `events`: all of the kernel, `SYSTEM:NAME`. */
export function kernelGroups(
  { tracepoint, syscall }: KernelNames,
  events: readonly string[],
): KernelNames {
  const tracepoints = tracepointsIn(events);
  const systems = new Set(tracepoints.map(systemOf));
  const names = new Set(tracepoints.map((event) => event.slice(systemOf(event).length + 1)));
  const isAll = (name: string): boolean => name === ALL_SYSCALLS && !names.has(name);
  return {
    tracepoint: tracepoint
      .filter((name) => !isAll(name))
      .map((name) => (systems.has(name) && !names.has(name) ? `${name}:*` : name)),
    syscall: [...(tracepoint.some(isAll) ? ['*'] : []), ...syscall],
  };
}

/** Without its fields. */
export function tracepointNamed(event: string): KernelEvent {
  const { event: inTraces } = traceNames(event);
  return event.endsWith(`:${inTraces}`) ? { name: event } : { name: event, inTraces };
}

function withFields(
  event: KernelEvent,
  fields: readonly KernelEventField[] | undefined,
): KernelEvent {
  return fields === undefined ? event : { ...event, fields };
}

/** Undefined: there is no format, or it is none that a trace can have. */
function fieldsIn(event: string, formats: Formats): readonly KernelEventField[] | undefined {
  const text = formats.get(event);
  const format = text === undefined ? undefined : parseEventFormat(text);
  if (format?.ok !== true) return undefined;
  const made = recordClassOf(format.value);
  if (!made.ok) return undefined;
  const names = traceNames(event);
  const types = new Map<string, FieldType>(made.value.fields.map(({ name, type }) => [name, type]));
  return format.value.fields.flatMap(({ name, type, isArray }): readonly KernelEventField[] => {
    const kind = kindOf(types.get(name));
    if (kind === undefined || names.without.has(name)) return [];
    const field = {
      name: names.fields.get(name) ?? name,
      type: isArray ? `${type}[]` : type,
      kind,
    };
    return [field.name === name ? field : { ...field, inFilters: name }];
  });
}

/** A text is one, of whatever length. */
function kindOf(type: FieldType | undefined): FieldType['kind'] | undefined {
  return type?.kind === 'array' && type.isText === true ? 'string' : type?.kind;
}
