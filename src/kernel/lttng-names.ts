/**
 * What LTTng's kernel tracer calls the events and fields of tracefs, so that viewers which know its traces find them:
 * Trace Compass looks for `sched_switch` with `prev_tid` and `next_tid`, `irq_softirq_entry`, `syscall_entry_*`.
 *
 * Sources: the public headers `include/instrumentation/events` of LTTng-modules 2.13 and later (events that it maps to
 * another name, and names of fields), and the event layouts of Trace Compass
 * (`org.eclipse.tracecompass.lttng2.kernel.core`, `Lttng29EventLayout` and those before it). Only names differ: values
 * stay those of tracefs. What has no row keeps its name.
 */

/** How the trace names an event and its fields. */
export interface TraceNames {
  readonly event: string;
  /** By the kernel's name. */
  readonly fields: ReadonlyMap<string, string>;
  /** Fields that the trace does not have. */
  readonly without: ReadonlySet<string>;
}

const SYSCALLS = 'syscalls';
const SYSCALL_ENTER = 'sys_enter_';
const SYSCALL_EXIT = 'sys_exit_';
/** Repeats what the name of the event says. */
const SYSCALL_NUMBER = '__syscall_nr';

/** LTTng puts these words before the names of the events. */
const PREFIXED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  irq: { irq_: ['softirq_entry', 'softirq_exit', 'softirq_raise'] },
  timer: {
    timer_: [
      'hrtimer_cancel',
      'hrtimer_expire_entry',
      'hrtimer_expire_exit',
      'hrtimer_init',
      'hrtimer_start',
      'itimer_expire',
      'itimer_state',
    ],
  },
  kmem: {
    kmem_: [
      'kfree',
      'kmalloc',
      'kmalloc_node',
      'mm_page_alloc',
      'mm_page_alloc_extfrag',
      'mm_page_alloc_zone_locked',
      'mm_page_free',
      'mm_page_free_batched',
      'mm_page_pcpu_drain',
    ],
  },
  net: {
    net_: [
      'napi_gro_frags_entry',
      'napi_gro_frags_exit',
      'napi_gro_receive_entry',
      'napi_gro_receive_exit',
    ],
  },
  power: {
    power_: [
      'clock_disable',
      'clock_enable',
      'clock_set_rate',
      'cpu_frequency',
      'cpu_idle',
      'machine_suspend',
      'wakeup_source_activate',
      'wakeup_source_deactivate',
    ],
  },
  preemptirq: { preemptirq_: ['irq_disable', 'irq_enable', 'preempt_disable', 'preempt_enable'] },
  irq_vectors: {
    x86_irq_vectors_: [
      'call_function_entry',
      'call_function_exit',
      'call_function_single_entry',
      'call_function_single_exit',
      'deferred_error_apic_entry',
      'deferred_error_apic_exit',
      'error_apic_entry',
      'error_apic_exit',
      'irq_work_entry',
      'irq_work_exit',
      'local_timer_entry',
      'local_timer_exit',
      'reschedule_entry',
      'reschedule_exit',
      'spurious_apic_entry',
      'spurious_apic_exit',
      'thermal_apic_entry',
      'thermal_apic_exit',
      'threshold_apic_entry',
      'threshold_apic_exit',
    ],
  },
  exceptions: { x86_exceptions_: ['page_fault_kernel', 'page_fault_user'] },
  printk: { printk_: ['console'] },
};

/** Names that change in another way. */
const RENAMED: Readonly<Record<string, string>> = {
  'net:netif_receive_skb': 'net_if_receive_skb',
  'net:netif_receive_skb_entry': 'net_if_receive_skb_entry',
  'net:netif_receive_skb_exit': 'net_if_receive_skb_exit',
  'net:netif_receive_skb_list_entry': 'net_if_receive_skb_list_entry',
  'net:netif_receive_skb_list_exit': 'net_if_receive_skb_list_exit',
  'net:netif_rx': 'net_if_rx',
  'net:netif_rx_entry': 'net_if_rx_entry',
  'net:netif_rx_exit': 'net_if_rx_exit',
  'skb:consume_skb': 'skb_consume',
  'skb:kfree_skb': 'skb_kfree',
  'irq_vectors:x86_platform_ipi_entry': 'x86_irq_vectors_ipi_entry',
  'irq_vectors:x86_platform_ipi_exit': 'x86_irq_vectors_ipi_exit',
};

/** In the system `sched` the kernel calls a thread's number `pid`, LTTng `tid`. */
const SCHED_FIELDS: ReadonlyMap<string, string> = new Map([
  ['pid', 'tid'],
  ['prev_pid', 'prev_tid'],
  ['next_pid', 'next_tid'],
  ['old_pid', 'old_tid'],
  ['parent_pid', 'parent_tid'],
  ['child_pid', 'child_tid'],
]);
const SCHED_EVENTS: ReadonlySet<string> = new Set([
  'sched_kthread_stop',
  'sched_migrate_task',
  'sched_pi_setprio',
  'sched_process_exec',
  'sched_process_exit',
  'sched_process_fork',
  'sched_process_free',
  'sched_process_wait',
  'sched_stat_blocked',
  'sched_stat_iowait',
  'sched_stat_runtime',
  'sched_stat_sleep',
  'sched_stat_wait',
  'sched_switch',
  'sched_wait_task',
  'sched_wakeup',
  'sched_wakeup_new',
  'sched_waking',
]);

const SAME: ReadonlyMap<string, string> = new Map();
const NONE: ReadonlySet<string> = new Set();
const WITHOUT_NUMBER: ReadonlySet<string> = new Set([SYSCALL_NUMBER]);

/** Names for the event `SYSTEM:NAME`. */
export function traceNames(event: string): TraceNames {
  const [system = '', name = ''] = event.split(':');
  if (system === SYSCALLS) {
    const fields = SAME;
    if (name.startsWith(SYSCALL_ENTER)) {
      const call = name.slice(SYSCALL_ENTER.length);
      return { event: `syscall_entry_${call}`, fields, without: WITHOUT_NUMBER };
    }
    if (name.startsWith(SYSCALL_EXIT)) {
      const call = name.slice(SYSCALL_EXIT.length);
      return { event: `syscall_exit_${call}`, fields, without: WITHOUT_NUMBER };
    }
  }
  const fields = system === 'sched' && SCHED_EVENTS.has(name) ? SCHED_FIELDS : SAME;
  return { event: eventName(system, name), fields, without: NONE };
}

function eventName(system: string, name: string): string {
  for (const [prefix, names] of Object.entries(PREFIXED[system] ?? {})) {
    if (names.includes(name)) return `${prefix}${name}`;
  }
  return RENAMED[`${system}:${name}`] ?? name;
}
