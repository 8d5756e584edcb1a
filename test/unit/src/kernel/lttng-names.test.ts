/** The names of LTTng's kernel tracer, by what Trace Compass looks for, and those that stay. */
import { expect, test } from 'vitest';
import { traceNames } from '../../../../src/kernel/lttng-names.ts';

/** Events that `Lttng29EventLayout` and those before it name, with those of tracefs. */
const TRACE_COMPASS: readonly (readonly [event: string, name: string])[] = [
  ['irq:irq_handler_entry', 'irq_handler_entry'],
  ['irq:irq_handler_exit', 'irq_handler_exit'],
  ['irq:softirq_entry', 'irq_softirq_entry'],
  ['irq:softirq_exit', 'irq_softirq_exit'],
  ['irq:softirq_raise', 'irq_softirq_raise'],
  ['irq_vectors:local_timer_entry', 'x86_irq_vectors_local_timer_entry'],
  ['irq_vectors:x86_platform_ipi_exit', 'x86_irq_vectors_ipi_exit'],
  ['timer:hrtimer_start', 'timer_hrtimer_start'],
  ['timer:hrtimer_expire_exit', 'timer_hrtimer_expire_exit'],
  ['kmem:mm_page_alloc', 'kmem_mm_page_alloc'],
  ['kmem:mm_page_free', 'kmem_mm_page_free'],
  ['net:netif_receive_skb', 'net_if_receive_skb'],
  ['net:net_dev_queue', 'net_dev_queue'],
  ['power:cpu_frequency', 'power_cpu_frequency'],
  ['block:block_rq_issue', 'block_rq_issue'],
  ['sched:sched_switch', 'sched_switch'],
  ['sched:sched_waking', 'sched_waking'],
  ['sched:sched_process_fork', 'sched_process_fork'],
  ['syscalls:sys_enter_openat', 'syscall_entry_openat'],
  ['syscalls:sys_exit_openat', 'syscall_exit_openat'],
];

test.each(TRACE_COMPASS)('%s is %s', (event, name) => {
  expect(traceNames(event).event).toBe(name);
});

test('events of other systems keep their names', () => {
  for (const name of ['xfs:xfs_read', 'made:softirq_entry', 'syscalls:other', 'constructor:x']) {
    expect(traceNames(name).event).toBe(name.split(':')[1]);
  }
});

test('threads have a tid in the events of the scheduler, and a system call has no number', () => {
  const { fields } = traceNames('sched:sched_switch');
  expect([fields.get('prev_pid'), fields.get('next_pid')]).toEqual(['prev_tid', 'next_tid']);
  expect(traceNames('sched:sched_process_fork').fields.get('child_pid')).toBe('child_tid');
  expect(traceNames('signal:signal_generate').fields.get('pid')).toBeUndefined();
  expect([...traceNames('syscalls:sys_enter_openat').without]).toEqual(['__syscall_nr']);
  expect([...traceNames('sched:sched_switch').without]).toEqual([]);
});
