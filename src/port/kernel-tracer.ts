/**
 * The World's kernel tracer: tracefs as Linux has it (its `Documentation/trace/ftrace.rst` and `events.rst`), without a
 * module of ours. Each trace is an *instance* with buffers of its own: for each CPU a ring of pages, which
 * `../kernel/page-reader.ts` reads. The clock of our instances is `mono` (CLOCK_MONOTONIC), that of all traces.
 *
 * Only root can use it, except for {@link KernelPages}, which root passes to consumers (R1.24).
 */
import type { OsResult } from './os-error.ts';

/** Most CPUs that are traced. */
export const KERNEL_CPUS_MAX = 1024;
/** Most pages that are passed at once: two descriptors each, of which the kernel passes at most 253. */
export const PASSED_PAGES_MAX = 64;
/** Lengths of a page, each a power of two: `buffer_subbuf_size_kb` takes 1 to 128 pages of the processor. */
export const KERNEL_PAGE_BYTES_MIN = 4 * 1024;
export const KERNEL_PAGE_BYTES_MAX = 512 * 1024;
/** Longest name of an instance: that of a directory. */
export const INSTANCE_NAME_CHARACTERS_MAX = 255;

/** What the running kernel offers. Texts are the kernel's own, bounded. */
export interface KernelDescription {
  /** As `uname -r`, `uname -v` and `uname -m` print them. */
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  /** Of `available_tracers`: `function`, `function_graph`, … */
  readonly tracers: readonly string[];
  /** Of `trace_clock`. */
  readonly clocks: readonly string[];
  /** Numbers of the CPUs that run, ascending: each of them has a buffer in an instance that is made now. */
  readonly cpus: readonly number[];
  /** Largest page that an instance can have, KiB: 4 on a kernel without `buffer_subbuf_size_kb`, else 512. */
  readonly pageKbMax: number;
  /** `events/header_page` (`../kernel/page-layout.ts`). */
  readonly pageLayout: string;
  /** Whether these can be defined: the files `kprobe_events` and `uprobe_events` exist. */
  readonly hasKprobes: boolean;
  readonly hasUprobes: boolean;
}

export interface InstanceOptions {
  /** Of each CPU, at least: the kernel rounds up. KiB. */
  readonly bufferKb: number;
  /** Of a page, in KiB: a power of two from 4 to {@link KernelDescription.pageKbMax}; else EINVAL. */
  readonly pageKb: number;
  /** Whether a full buffer loses the oldest events instead of the newest. */
  readonly overwrite: boolean;
  /** How full a CPU's buffer is, of 100, when {@link KernelPages.await} wakes. */
  readonly wakePercent: number;
}

/**
 * What the kernel counted for one CPU of an instance since it was made (`per_cpu/cpuN/stats`). Events. Pages tell of
 * events that were overwritten before them, and nothing of those that were discarded.
 */
export interface KernelCounts {
  /** Present in the buffer. */
  readonly entries: number;
  /** Overwritten before they were read. */
  readonly overrun: number;
  /** Discarded because the buffer was full (`dropped events`), or held one unfinished event (`commit overrun`). */
  readonly dropped: number;
  /** Read so far. */
  readonly read: number;
}

/** A wait of {@link KernelPages}. */
export interface PagesWait {
  /** Ends the wait; no callback follows. */
  close(): void;
}

/** The pages of one CPU of an instance: its `trace_pipe_raw`. What one reader takes, no other one gets. */
export interface KernelPages {
  /**
   * From now on no other process can claim them, as long as this one has them. EAGAIN: another one has. A reader
   * claims them first: a consumer that has lost its registry goes on while the next registry passes them again.
   */
  claim(): OsResult<void>;
  /**
   * Takes the oldest page into `into`, which has at least the page's length, also one that is not full. Never blocks.
   * Returns its bytes; 0: there is no event. The bytes after its records are not defined.
   */
  read(into: Uint8Array): OsResult<number>;
  /**
   * Calls `onReady` once, later, when the buffer is as full as the instance's `wakePercent` says. It keeps the process
   * alive. One wait at a time. A CPU that did not run when the pages were opened may have no buffer: that wait never
   * ends.
   */
  await(onReady: () => void): PagesWait;
  /**
   * What the kernel counted for this CPU, through a descriptor of its own that is passed with that of the pages. A page
   * does not say what a buffer that is full discards, and one that is full says only *that* events were overwritten.
   */
  counts(): OsResult<KernelCounts>;
  /** Ends a wait, too. */
  close(): void;
}

export interface KernelTracer {
  /** ENOENT: there is no tracefs, and it cannot be mounted; EACCES, EPERM: this user may not use it. */
  describe(): OsResult<KernelDescription>;
  /** `SYSTEM:NAME` of all events that can be enabled, sorted by code unit. */
  events(): OsResult<readonly string[]>;
  /** The `format` file of an event `SYSTEM:NAME`. ENOENT: there is no such event. */
  format(event: string): OsResult<string>;
  /** Names of all instances, ours or not, sorted by code unit. */
  instances(): OsResult<readonly string[]>;
  /** Makes an instance with the clock `mono` that records nothing. EEXIST; ENOMEM; EINVAL. On failure none is made. */
  makeInstance(name: string, options: InstanceOptions): OsResult<void>;
  /** ENOENT: it is gone; EAGAIN: a process has pages of it open. */
  removeInstance(name: string): OsResult<void>;
  /** Whether the instance records. ENOENT. */
  setRecording(name: string, isOn: boolean): OsResult<void>;
  /**
   * Enables the event in the instance, with the filter in the kernel's language (`events.rst`, section 5) or without
   * one, or disables it. ENOENT: no such instance or event; EINVAL: the filter is not accepted, `detail` says why, and
   * the event is as before.
   */
  setEvent(name: string, event: string, isOn: boolean, filter?: string): OsResult<void>;
  /** The events that are enabled in the instance, `SYSTEM:NAME`, sorted by code unit. */
  enabledEvents(name: string): OsResult<readonly string[]>;
  counts(name: string, cpu: number): OsResult<KernelCounts>;
  /** Opens the pages of a CPU. ENOENT. */
  openPages(name: string, cpu: number): OsResult<KernelPages>;
}
