/** The kernel's events as users name them, with their fields as a trace has them. */
import type { FieldType } from '../../../src/event/model.ts';
import { parseEventFormat } from '../../../src/kernel/event-format.ts';
import { recordClassOf } from '../../../src/kernel/record-class.ts';
import type { KernelEvent, KernelEventField } from '../api/results.ts';

/** The kernel's tracepoint at the entry of a system call, and the one at its exit. */
const SYSCALL = /^syscalls:sys_(enter|exit)_(.+)$/;
/** Repeats the name of the system call. */
const SYSCALL_NUMBER = '__syscall_nr';
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

export function tracepointOf(name: string, formats: Formats): KernelEvent {
  return withFields(name, fieldsIn(formats.get(name)));
}

/** With the fields of its entry and of its exit. */
export function syscallOf(name: string, formats: Formats): KernelEvent {
  const parts = eventsOfSyscalls([name]).map((event) => fieldsIn(formats.get(event)));
  const known = parts.flatMap((fields) => fields ?? []);
  return withFields(
    name,
    parts.every((fields) => fields === undefined)
      ? undefined
      : known.filter((field) => field.name !== SYSCALL_NUMBER),
  );
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

function withFields(name: string, fields: readonly KernelEventField[] | undefined): KernelEvent {
  return fields === undefined ? { name } : { name, fields };
}

/** Undefined: there is no format, or it is none that a trace can have. */
function fieldsIn(text: string | undefined): readonly KernelEventField[] | undefined {
  const format = text === undefined ? undefined : parseEventFormat(text);
  if (format?.ok !== true) return undefined;
  const made = recordClassOf(format.value);
  if (!made.ok) return undefined;
  const types = new Map<string, FieldType>(made.value.fields.map(({ name, type }) => [name, type]));
  return format.value.fields.flatMap(({ name, type, isArray }) => {
    const kind = types.get(name)?.kind;
    return kind === undefined ? [] : { name, type: isArray ? `${type}[]` : type, kind };
  });
}
