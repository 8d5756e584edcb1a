/** What the calls of `lttng-ts/control` give beside sessions. */
import type { FieldType } from '../../../src/event/model.ts';
import type { ControlError } from './control-error.ts';
import type {
  Application,
  ChannelSettings,
  Session,
  SessionState,
  SnapshotOutput,
} from './session.ts';

export type FieldKind = FieldType['kind'];

/** The registry that serves this user. */
export interface Registry {
  readonly scope: 'global' | 'user';
  readonly pid: number;
  /** The version of the protocol. */
  readonly major: number;
  readonly minor: number;
  /** The call has started it: applications register within a moment. */
  readonly isNew: boolean;
}

export interface Overview {
  /** Undefined: none serves this user, and the call starts none. */
  readonly registry: Registry | undefined;
  /** Why there is none. */
  readonly reason?: string;
  readonly sessions: readonly Session[];
  readonly apps: readonly Application[];
}

/** A session and the registered threads, as one connection found them. */
export interface Look {
  /** Measured; undefined: there is none of this name. */
  readonly session: Session | undefined;
  /** What the registry says when there is none. */
  readonly missing?: ControlError;
  readonly apps: readonly Application[];
}

/** The session that a directory belongs to. */
export interface DirectorySession {
  readonly session: { readonly name: string; readonly uuid: string };
  readonly output: string;
}

/** A session that a user has chosen. */
export type ChosenSession = DirectorySession['session'];

export interface Status extends Pick<Overview, 'registry' | 'reason'> {
  /** The session of the working directory. */
  readonly config?: DirectorySession;
  /** The file that says so. */
  readonly configFile?: string;
  /** The session that the user has chosen. */
  readonly current?: ChosenSession;
  /** The session that {@link CURRENT} means, measured. */
  readonly session?: Session;
  /** The sessions of this user. */
  readonly sessions: readonly Session[];
}

export interface Versions {
  readonly version: string;
  readonly protocols: {
    readonly control: number;
    readonly application: number;
    readonly ring: number;
  };
  readonly registry: Registry | undefined;
}

/** What a kernel offers. */
export interface Kernel {
  /** As `uname -r`, `uname -v` and `uname -m` print them. */
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly tracers: readonly string[];
  readonly clocks: readonly string[];
  /** Numbers of the CPUs whose events can be recorded. */
  readonly cpus: readonly number[];
  /** Whether these can be defined. */
  readonly kprobes: boolean;
  readonly uprobes: boolean;
}

/** A tracepoint `SYSTEM:NAME`, or a system call. */
export interface KernelEvent {
  readonly name: string;
  /** The name of a tracepoint in traces, if that is not `NAME`: that of LTTng. */
  readonly inTraces?: string;
  /** If they were asked for and can be read: `type` as in C, and of which kind the field is in a trace. */
  readonly fields?: readonly KernelEventField[];
}

export interface KernelEventField {
  /** In traces. */
  readonly name: string;
  /** In filters, if that is another one: the kernel's own. */
  readonly inFilters?: string;
  readonly type: string;
  readonly kind: FieldKind;
}

/** What events can carry beside their fields. */
export interface Context {
  readonly name: string;
  readonly about: string;
}

/** A channel as one target has it. */
export interface ChannelConfig {
  readonly settings: ChannelSettings;
  readonly disabled?: true | undefined;
  readonly contexts?: readonly string[];
}

/** What an event rule was added to, for a program that tells what the rule selects. */
export interface EventAddition {
  readonly session: Session;
  /** The session before. */
  readonly before: Session;
  /** The registered threads; none for a rule of the kernel, which names no rule that means nothing. */
  readonly apps: readonly Application[];
}

/** A file that holds a saved session. */
export interface SavedFile {
  readonly file: string;
  readonly name: string;
  /** Whether the session was recording. */
  readonly isActive: boolean;
  /** What a session of LTTng has and ours have not. */
  readonly leftOut: readonly string[];
}

export interface Snapshot {
  readonly session: Session;
  /** Undefined: the buffers held nothing. */
  readonly path: string | undefined;
  /** Where the snapshot is, or would be. */
  readonly directory: string;
  /** It contains every stream. */
  readonly isWhole: boolean;
  /** Older events had no room in its largest size. */
  readonly isShort: boolean;
  /** Its largest size. */
  readonly bytesMax: number | undefined;
}

/** As `lttng snapshot list-output` shows it. */
export interface ListedSnapshotOutput extends SnapshotOutput {
  readonly id: number;
  readonly name: string;
}

/** What became of one session; `error`: why it is still there. */
export interface Recovery {
  readonly session: Session;
  /** The directory of its trace, or the relay. */
  readonly output: string;
  readonly error?: ControlError;
}

export interface Recovered {
  readonly recoveries: readonly Recovery[];
  /** Sessions that are not finished and have a consumer or a living process: they stay. */
  readonly alive: readonly Session[];
}

/** How a program ended: its status, or the signal that ended it. */
export interface ProgramExit {
  readonly code?: number;
  readonly signal?: string;
}

export interface Recording {
  readonly session: Session;
  readonly exit: ProgramExit;
  /** The directory of the snapshot that was taken because the program failed. */
  readonly crash?: string;
  /** The trace, or the snapshot, contains every stream. */
  readonly isWhole: boolean;
  /** What failed after the program had ended. */
  readonly error?: ControlError;
}

/** A session is in another state than before. */
export interface StateChange {
  /** As it is now; as it was last seen when it is gone. */
  readonly session: Session;
  /** Undefined: the session is new. */
  readonly before: SessionState | undefined;
  /** Undefined: the session is gone. */
  readonly now: SessionState | undefined;
}
