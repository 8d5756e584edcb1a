/**
 * Effects and events of the kernel's tracer (R1.24). `key` is a name that the emitter chooses for a request. The
 * handler answers all but `kernel.remove` at once. It knows instances by the names that the emitter gives them.
 */
import type { Credentials } from '../../port/identity.ts';
import type { InstanceOptions, KernelDescription } from '../../port/kernel-tracer.ts';
import type { OsError } from '../../port/os-error.ts';
import type { EventRule } from '../../wire/common.ts';
import type { KernelFormat } from './recorder.ts';

/** What a rule of a kernel part says. */
export type KernelRule = Pick<EventRule, 'pattern' | 'kind' | 'filter' | 'enabled'>;

/** An instance, and which events it shall have: none while it is not active. */
export interface WantedInstance {
  readonly name: string;
  readonly options: InstanceOptions;
  readonly rules: readonly KernelRule[];
  readonly isActive: boolean;
}

/** Enables an event with this filter, if there is one, or disables it. */
export interface EventChange {
  readonly name: string;
  readonly event: string;
  readonly isOn: boolean;
  readonly filter?: string;
}

/** The buffer of one CPU of an instance. */
export interface KernelBuffer {
  readonly name: string;
  readonly cpu: number;
}

export interface FailedInstance {
  readonly name: string;
  readonly error: OsError;
}

export type KernelEffect =
  /** `kernel.described`. */
  | { type: 'kernel.describe'; key: string }
  /** All names of events: `kernel.listed`. */
  | { type: 'kernel.list'; key: string }
  /** `kernel.formatsRead`, without the events that the kernel does not have. */
  | { type: 'kernel.readFormats'; key: string; events: readonly string[] }
  /**
   * Whether the kernel has events for these rules, and takes their filters: `kernel.rulesChecked`. Filters are tried in
   * an instance of this name, which is made for that.
   */
  | { type: 'kernel.checkRules'; key: string; name: string; rules: readonly KernelRule[] }
  /**
   * Makes the instances that are missing, which record nothing, and compares the events of all of them with their
   * rules: `kernel.prepared`, with the formats of all events that a rule means, or an instance has, and are not `told`:
   * an instance may hold events of rules that are not enabled any more.
   */
  | {
      type: 'kernel.prepare';
      instances: readonly WantedInstance[];
      told: ReadonlySet<string>;
    }
  /** `kernel.eventsSet`. */
  | { type: 'kernel.setEvents'; changes: readonly EventChange[] }
  /** `kernel.recordingSet`. */
  | { type: 'kernel.setRecording'; names: readonly string[]; isOn: boolean }
  /** Opens a passage for processes of this user: `kernel.passageOpened` or `kernel.passageFailed`. */
  | { type: 'kernel.openPassage'; path: string; uid: number }
  /**
   * Opens the pages of these buffers and passes them, in this order, to the process that has reached the passage:
   * `kernel.pagesPassed` or `kernel.passFailed`.
   */
  | { type: 'kernel.pass'; to: Credentials; buffers: readonly KernelBuffer[] }
  /** No outcome. */
  | { type: 'kernel.closePassage' }
  /** Removes the instances, and tries for a while if a file of one is still open: `kernel.removed` for all of them. */
  | { type: 'kernel.remove'; names: readonly string[] }
  /** The same for the instances with this prefix, but for those with one of the `kept` prefixes. No outcome. */
  | { type: 'kernel.sweep'; prefix: string; kept: readonly string[] };

export type KernelEvent =
  | { type: 'kernel.described'; key: string; kernel: KernelDescription }
  | { type: 'kernel.listed'; key: string; events: readonly string[] }
  | { type: 'kernel.formatsRead'; key: string; formats: readonly KernelFormat[] }
  /** In place of one of these three. */
  | { type: 'kernel.failed'; key: string; error: OsError }
  /** `fault`: why a rule is refused: one sentence without its full stop. */
  | { type: 'kernel.rulesChecked'; key: string; fault?: string }
  | {
      type: 'kernel.prepared';
      formats: readonly KernelFormat[];
      changes: readonly EventChange[];
      /** Instances that could not be made. */
      failed: readonly FailedInstance[];
    }
  | { type: 'kernel.eventsSet'; failed: readonly (FailedInstance & { readonly event: string })[] }
  | { type: 'kernel.recordingSet'; failed: readonly FailedInstance[] }
  | { type: 'kernel.passageOpened' }
  | { type: 'kernel.passageFailed'; error: OsError }
  /** `missing`: these could not be opened, and the others were passed. */
  | { type: 'kernel.pagesPassed'; missing: readonly (KernelBuffer & { readonly error: OsError })[] }
  | { type: 'kernel.passFailed'; error: OsError }
  /** `left`: these could not be removed. */
  | { type: 'kernel.removed'; left: readonly string[] };
