/**
 * What `lttng-ts/control` takes and gives. The package versions these types: members are only added within a major
 * version. Sessions and applications have the members that `lttng list --output-format json` prints (`docs/cli.md`).
 */
import type { LogLevelName } from '../../src/event/model.ts';

export type { LogLevelName } from '../../src/event/model.ts';

/** Applications. `spawned`: those that `lttng run` and `lttng record` start for the session. */
export type Target =
  | { readonly kind: 'all' }
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'command'; readonly name: string }
  | { readonly kind: 'spawned' };

export interface Buffers {
  readonly shape: {
    readonly subbufferBytes: number;
    readonly subbufferCount: number;
    readonly overwrite: boolean;
  };
  /** Microseconds; 0: off. */
  readonly switchTimerUs: number;
  readonly readTimerUs: number;
}

export interface EventRule {
  readonly pattern: string;
  /** From 0, `emerg`, to 14, `debug`. */
  readonly logLevelMax: number;
  readonly logLevelMin?: number | undefined;
  readonly exclusions?: readonly string[] | undefined;
  readonly filter?: string | undefined;
  readonly target: Target;
  readonly enabled: boolean;
  readonly contexts?: readonly string[] | undefined;
}

export interface Channel {
  readonly settings: Buffers & { readonly name: string };
  readonly rules: readonly EventRule[];
  /** Buffers of the applications that have others. */
  readonly targets?: readonly { readonly target: Target; readonly buffers: Buffers }[] | undefined;
  readonly disabled?: true | undefined;
  readonly contexts?: readonly string[] | undefined;
}

export type SessionState =
  | 'inactive'
  | 'starting'
  | 'active'
  | 'pausing'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'destroying';

export interface Session {
  readonly name: string;
  readonly uuid: string;
  /** The user whose session it is. */
  readonly uid: number;
  readonly state: SessionState;
  /** The directory of the trace; absent: it goes to a relay. */
  readonly output?: string | undefined;
  readonly flightRecorder?: true | undefined;
  readonly liveTimerUs?: number | undefined;
  /** `archives`: how many there are; `archive`: the directory of what the last rotation made, if it made one. */
  readonly rotation?:
    | {
        readonly archives: number;
        readonly archive?: string | undefined;
        readonly everyUs?: number | undefined;
        readonly atBytes?: number | undefined;
      }
    | undefined;
  readonly consumerPid?: number | undefined;
  readonly channels: readonly Channel[];
  /** The ids of the processes, users and groups that it traces; an absent set has every id. */
  readonly trackers?:
    | {
        readonly vpid?: readonly number[] | undefined;
        readonly vuid?: readonly number[] | undefined;
        readonly vgid?: readonly number[] | undefined;
      }
    | undefined;
  /** Present streams, and all streams so far. */
  readonly streams: number;
  readonly streamsMade: number;
  /** Present streams whose thread is alive. */
  readonly writers: number;
  /** What the trace has lost; absent: nothing. */
  readonly lost?:
    | { readonly events: number; readonly streams: number; readonly moved: number }
    | undefined;
  /** Streams that cannot be written at the moment, and why. */
  readonly unwritten?: { readonly streams: number; readonly code: string } | undefined;
}

/** A thread of a traced program. */
export interface Application {
  readonly pid: number;
  readonly tid: number;
  readonly uid: number;
  readonly processName: string;
  readonly libraryVersion?: string | undefined;
  readonly tracepoints: readonly {
    readonly name: string;
    readonly logLevel: number;
    readonly fields: string;
  }[];
  /** Why it cannot record. */
  readonly unable?: string | undefined;
}

/** At most one of `output` and `url` is given; without, the trace goes to `$HOME/lttng-traces/NAME`. */
export interface CreateOptions {
  /** The directory of the trace. */
  readonly output?: string;
  /** The relay that stores the trace: `net://HOST[:CONTROL-PORT[:DATA-PORT]]`; or `file://PATH`. */
  readonly url?: string;
  /** Buffers overwrite, no consumer writes, and only snapshots make traces. */
  readonly flightRecorder?: boolean;
}

export interface ChannelOptions {
  /** When full, a buffer overwrites its oldest events; otherwise it discards new ones. */
  readonly overwrite?: boolean;
  readonly subbufferBytes?: number;
  readonly subbufferCount?: number;
  readonly switchTimerUs?: number;
  readonly readTimerUs?: number;
  /** Only these applications have such buffers. */
  readonly target?: Target;
}

export interface EventOptions {
  readonly channel?: string;
  /** The least severe level that is recorded. */
  readonly logLevel?: LogLevelName;
  /** Only this level. Not together with `logLevel`. */
  readonly logLevelOnly?: LogLevelName;
  readonly exclude?: readonly string[];
  readonly filter?: string;
  readonly target?: Target;
}

export interface DisableOptions {
  readonly channel?: string;
  readonly target?: Target;
}

export interface ContextOptions {
  readonly channel?: string;
  /** Names of event rules, as they were added. */
  readonly events?: readonly string[];
  readonly target?: Target;
}

export interface SnapshotOptions {
  /** Parent of the directory of the snapshot. */
  readonly output?: string;
  /** The first part of its name; the time follows. */
  readonly name?: string;
}

export interface Snapshot {
  /** Undefined: the buffers held nothing. */
  readonly path: string | undefined;
  /** It contains every stream. */
  readonly isWhole: boolean;
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

/** The sessions of the registry that serves this user. A session is named by its name or UUID. */
export interface Control {
  /** Creates a session; starts a registry if there is none. */
  create(name: string, options?: CreateOptions): Promise<Session>;
  /** Starts or resumes recording; starts the consumer of the session if it needs one. */
  start(session: string): Promise<Session>;
  /** Stops recording. All events that were recorded are written when it resolves. */
  stop(session: string): Promise<Session>;
  /** Halts recording at once; buffers and consumer stay, and `start` resumes it. */
  pause(session: string): Promise<Session>;
  /** Destroys the session; its trace stays. Resolves to the session as it was last. */
  destroy(session: string): Promise<Session>;
  /** What was recorded so far becomes an archive: `rotation.archive` of the session. */
  rotate(session: string): Promise<Session>;
  /** Removes what was recorded since the last rotation. */
  clear(session: string): Promise<Session>;
  addChannel(session: string, channel: string, options?: ChannelOptions): Promise<Session>;
  /** Records the events whose names match one of the patterns; `*` matches any text. */
  addEvent(
    session: string,
    patterns: string | readonly string[],
    options?: EventOptions,
  ): Promise<Session>;
  disableEvent(
    session: string,
    patterns: string | readonly string[],
    options?: DisableOptions,
  ): Promise<Session>;
  addContext(
    session: string,
    contexts: string | readonly string[],
    options?: ContextOptions,
  ): Promise<Session>;
  /** Copies what the buffers hold at the moment into a trace of its own. */
  snapshot(session: string, options?: SnapshotOptions): Promise<Snapshot>;
  get(session: string): Promise<Session>;
  list(): Promise<readonly Session[]>;
  /** The registered threads. */
  apps(): Promise<readonly Application[]>;
  /**
   * The states of all sessions, from now on: first each session that is there, then each change. The protocol does not
   * announce changes, so this asks the registry again and again, every second or every `periodMs`; a state that is over
   * sooner is not seen. Ends with {@link close}, or when the loop around it does; throws when no registry serves this
   * user any more.
   */
  watch(options?: { readonly periodMs?: number }): AsyncIterableIterator<StateChange, undefined>;
  /**
   * Ends the control: calls under way end as soon as they can (`INTERRUPTED`), later ones are refused (`CLOSED`).
   * Resolves when nothing of it keeps the process alive. Sessions, registry and consumers stay.
   */
  close(): Promise<void>;
}
