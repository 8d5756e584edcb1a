/** The kernel's events by the names that users give them, with fields (R2.2). */
import { expect, it } from 'vitest';
import {
  eventsOfSyscalls,
  kernelGroups,
  syscallOf,
  syscallsIn,
  systemOf,
  tracepointNamed,
  tracepointOf,
  tracepointsIn,
} from '../../../../../bin/control/kernel/events.ts';
import { readRecorded } from '../../../../support/kernel/recorded.ts';

const EVENTS = [
  'raw_syscalls:sys_enter',
  'sched:sched_switch',
  'syscalls:sys_enter_openat',
  'syscalls:sys_exit_openat',
  'syscalls:sys_exit_close',
  'timer:hrtimer_start',
];

it('are tracepoints, and system calls each once', () => {
  expect(tracepointsIn(EVENTS)).toEqual(['sched:sched_switch', 'timer:hrtimer_start']);
  expect(syscallsIn(EVENTS)).toEqual(['close', 'openat']);
  expect(systemOf('sched:sched_switch')).toBe('sched');
  expect(eventsOfSyscalls(['openat'])).toEqual([
    'syscalls:sys_enter_openat',
    'syscalls:sys_exit_openat',
  ]);
});

function recordedFormat(name: string): string {
  const found = readRecorded().formats.find((format) => format.startsWith(`name: ${name}\n`));
  if (found === undefined) throw new Error(`no format of ${name}`);
  return found;
}

it('have the fields that a trace has, with their types in C and their kinds', () => {
  const formats = new Map([['sched:sched_switch', recordedFormat('sched_switch')]]);
  const { fields = [] } = tracepointOf('sched:sched_switch', formats);
  expect(fields.map(({ name }) => name)).toEqual([
    'prev_comm',
    'prev_tid',
    'prev_prio',
    'prev_state',
    'next_comm',
    'next_tid',
    'next_prio',
  ]);
  expect(fields[0]).toEqual({ name: 'prev_comm', type: 'char[]', kind: 'string' });
  expect(fields[1]).toEqual({
    name: 'prev_tid',
    inFilters: 'prev_pid',
    type: 'pid_t',
    kind: 'integer',
  });
});

it('have the names of LTTng in traces', () => {
  expect(tracepointNamed('sched:sched_switch')).toEqual({ name: 'sched:sched_switch' });
  expect(tracepointOf('irq:softirq_entry', new Map())).toEqual({
    name: 'irq:softirq_entry',
    inTraces: 'irq_softirq_entry',
  });
});

it('have the fields of the entry and of the exit of a system call, without its number', () => {
  const formats = new Map(
    ['enter', 'exit'].map((end) => [
      `syscalls:sys_${end}_openat`,
      recordedFormat(`sys_${end}_openat`),
    ]),
  );
  const { name, fields } = syscallOf('openat', formats);
  expect(name).toBe('openat');
  expect(fields?.map((field) => field.name)).toEqual(['dfd', 'filename', 'flags', 'mode', 'ret']);
  const exit = new Map([...formats].slice(1));
  expect(syscallOf('openat', exit).fields?.map((field) => field.name)).toEqual(['ret']);
});

it('have no fields where the kernel gives no format, or one that is broken', () => {
  expect(tracepointOf('a:b', new Map())).toEqual({ name: 'a:b' });
  expect(tracepointOf('a:b', new Map([['a:b', undefined]]))).toEqual({ name: 'a:b' });
  expect(tracepointOf('a:b', new Map([['a:b', 'name: b\nID: x\n']]))).toEqual({ name: 'a:b' });
  expect(syscallOf('openat', new Map())).toEqual({ name: 'openat' });
});

it('of a system are named by the system, and system calls by one word (R1.24)', () => {
  const named = (tracepoint: readonly string[], syscall: readonly string[] = []) =>
    kernelGroups({ tracepoint, syscall }, EVENTS);
  expect(named(['sched', 'syscall'])).toEqual({ tracepoint: ['sched:*'], syscall: ['*'] });
  expect(named(['sched_switch', 'ti*', 'a:b'], ['openat'])).toEqual({
    tracepoint: ['sched_switch', 'ti*', 'a:b'],
    syscall: ['openat'],
  });
  // The name of an event comes before that of a system.
  const others = [...EVENTS, 'other:sched', 'other:syscall'];
  expect(kernelGroups({ tracepoint: ['sched', 'syscall'], syscall: [] }, others)).toEqual({
    tracepoint: ['sched', 'syscall'],
    syscall: [],
  });
});
