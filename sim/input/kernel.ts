/** What the kernel of a simulated machine does, as a scenario says it; each event has a number of its own. */

/** Events of one kind, one after another. */
export interface KernelBurst {
  readonly cpu: number;
  readonly event: KernelEventName;
  readonly count: number;
}

/** The field of each event that has its number, in tracefs and in traces, and its name in traces. */
export const KERNEL_SOURCES = {
  'irq:irq_handler_entry': { field: 'irq', traced: 'irq_handler_entry', counter: 'irq' },
  'sched:sched_switch': { field: 'next_pid', traced: 'sched_switch', counter: 'next_tid' },
  'sched:sched_wakeup': { field: 'pid', traced: 'sched_wakeup', counter: 'tid' },
  'syscalls:sys_enter_openat': { field: 'dfd', traced: 'syscall_entry_openat', counter: 'dfd' },
  'syscalls:sys_exit_openat': { field: 'ret', traced: 'syscall_exit_openat', counter: 'ret' },
} as const;
export type KernelEventName = keyof typeof KERNEL_SOURCES;
export const KERNEL_EVENT_NAMES = Object.keys(KERNEL_SOURCES) as [
  KernelEventName,
  ...KernelEventName[],
];

/** The programs that consume sessions. */
const CONSUMERS: ReadonlySet<string> = new Set(['ust-consumerd', 'ltt-consumerd']);

export function isConsumer(program: string): boolean {
  return CONSUMERS.has(program);
}
