/** Rules of a kernel part: which events of the kernel they mean, and with which filter (R1.24). */
import { describe, expect, it } from 'vitest';
import { isMeant, meantEvents, nothingMeant } from '../../../../src/kernel/rules.ts';

const EVENTS = [
  'raw_syscalls:sys_enter',
  'sched:sched_switch',
  'sched:sched_wakeup',
  'syscalls:sys_enter_openat',
  'syscalls:sys_exit_openat',
  'syscalls:sys_exit_read',
  'timer:sched_switch',
];

describe('a pattern of tracepoints', () => {
  it.each([
    ['sched_switch', ['sched:sched_switch', 'timer:sched_switch']],
    ['sched:sched_switch', ['sched:sched_switch']],
    ['sched:*', ['sched:sched_switch', 'sched:sched_wakeup']],
    ['*wakeup', ['sched:sched_wakeup']],
    // System calls are a kind of their own.
    ['*', ['sched:sched_switch', 'sched:sched_wakeup', 'timer:sched_switch']],
    ['sys_enter_openat', []],
    ['SCHED_SWITCH', []],
  ])('"%s" means names with and without the system', (pattern, meant) => {
    expect(EVENTS.filter((event) => isMeant({ pattern }, event))).toEqual(meant);
    expect(EVENTS.filter((event) => isMeant({ pattern, kind: 'tracepoint' }, event))).toEqual(
      meant,
    );
  });
});

describe('a pattern of system calls', () => {
  it.each([
    ['openat', ['syscalls:sys_enter_openat', 'syscalls:sys_exit_openat']],
    ['*', ['syscalls:sys_enter_openat', 'syscalls:sys_exit_openat', 'syscalls:sys_exit_read']],
    ['sched_switch', []],
    ['sys_enter_openat', []],
  ])('"%s" means entry and exit', (pattern, meant) => {
    expect(EVENTS.filter((event) => isMeant({ pattern, kind: 'syscall' }, event))).toEqual(meant);
  });
});

it('gives each event the filters of all rules that mean it', () => {
  const meant = (...rules: { pattern: string; filter?: string }[]): unknown =>
    Object.fromEntries(meantEvents(rules, ['sched:sched_switch', 'sched:sched_wakeup']));
  const all = { pattern: 'sched:*', filter: 'prio > 1' };
  expect(meant(all)).toEqual({
    'sched:sched_switch': 'prio > 1',
    'sched:sched_wakeup': 'prio > 1',
  });
  expect(meant(all, all)).toEqual(meant(all));
  expect(meant(all, { pattern: 'sched_wakeup', filter: 'cpu == 0' })).toEqual({
    'sched:sched_switch': 'prio > 1',
    'sched:sched_wakeup': '(prio > 1) || (cpu == 0)',
  });
  expect(meant(all, { pattern: 'sched_wakeup' })).toEqual({
    'sched:sched_switch': 'prio > 1',
    'sched:sched_wakeup': undefined,
  });
  expect(meant({ pattern: 'sched_wakeup' }, all)).toEqual(meant(all, { pattern: 'sched_wakeup' }));
  expect(meant({ pattern: 'x' })).toEqual({});
});

it('says which names the kernel does not have', () => {
  expect(nothingMeant({ pattern: 'x' })).toBe('The kernel has no tracepoint "x"');
  expect(nothingMeant({ pattern: 'x*' })).toBe(
    'The kernel has no tracepoint whose name matches "x*"',
  );
  expect(nothingMeant({ pattern: 'x', kind: 'syscall' })).toBe('The kernel has no system call "x"');
});
