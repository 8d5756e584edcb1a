/** What the calls of `lttng-ts/control` take. */
import type { LogLevelName } from '../../../src/event/model.ts';
import type { Relay, Target } from './session.ts';

export type { LogLevelName } from '../../../src/event/model.ts';

/** One text, or several. */
export type Texts = string | readonly string[];

/**
 * Where a trace goes: at most one of the members is given; without, it goes to `$HOME/lttng-traces/NAME`.
 */
export interface PlaceOptions {
  /** The directory of the trace. */
  readonly output?: string | undefined;
  /** The relay that stores the trace: `net://HOST[:CONTROL-PORT[:DATA-PORT]]`; or `file://PATH`. */
  readonly url?: string | undefined;
  /** The relay that stores the trace, by the addresses of its two streams. */
  readonly relay?: Relay | undefined;
}

export interface CurrentOptions {
  /** The session becomes the one that this user has chosen (`setCurrent`). */
  readonly current?: boolean | undefined;
}

export interface CreateOptions extends PlaceOptions, CurrentOptions {
  /** Buffers overwrite, no consumer writes, and only snapshots make traces. */
  readonly flightRecorder?: boolean | undefined;
  /** Viewers can follow the session at its relay, where each stream says something new this often. */
  readonly liveTimerUs?: number | undefined;
}

export interface WaitOptions {
  /** The call resolves when the registry has begun; how that ends, it does not tell. */
  readonly noWait?: boolean | undefined;
}

export interface DestroyOptions extends WaitOptions {
  /** Also when no consumer writes what the buffers hold. */
  readonly abandon?: boolean | undefined;
}

/** When a session rotates by itself; what is left out stays as it is. */
export interface RotationOptions {
  /** Microseconds. */
  readonly everyUs?: number | undefined;
  readonly atBytes?: number | undefined;
}

/** What is left out has its default value. */
export interface ChannelShape {
  /** When full, a buffer overwrites its oldest events; otherwise it discards new ones. */
  readonly overwrite?: boolean | undefined;
  readonly subbufferBytes?: number | undefined;
  readonly subbufferCount?: number | undefined;
  /** Microseconds; 0: off. */
  readonly switchTimerUs?: number | undefined;
  readonly readTimerUs?: number | undefined;
  /**
   * Files of a stream: none is longer than `bytes`, and of `count` files the oldest is overwritten (default 0: any
   * number). A smaller size than that of a sub-buffer with its headers is made that size.
   */
  readonly tracefiles?: { readonly bytes: number; readonly count?: number | undefined } | undefined;
  /**
   * `uid`: the threads of a user write the same buffers, one after another; `pid`: each thread has its own. Left out:
   * as the other channels of the session, which are all alike; the first one has `pid`.
   */
  readonly bufferScheme?: 'pid' | 'uid' | undefined;
}

/** Whose events are meant. */
export interface DomainOptions {
  /** Those of the kernel, on all of this machine; left out: those of programs. */
  readonly domain?: 'kernel' | undefined;
}

export interface KindOptions extends DomainOptions {
  /**
   * What the names of kernel events are of: of tracepoints, `NAME` or `SYSTEM:NAME`, when left out; of system calls,
   * whose entry and exit are recorded; or of both.
   */
  readonly kind?: 'tracepoint' | 'syscall' | 'all' | undefined;
}

export interface ChannelOptions extends ChannelShape, DomainOptions {
  /** Only these applications have such buffers. */
  readonly target?: Target | undefined;
  /** A disabled channel of this name is enabled, with the settings that it has. */
  readonly orEnable?: boolean | undefined;
}

/** Which channels, and for which applications. */
export interface ConfigOptions extends DomainOptions {
  readonly channel?: string | undefined;
  readonly target?: Target | undefined;
}

/** What an event rule says of events beside their names. */
export interface SelectionOptions {
  /** The least severe level that is recorded: its name, or 0 to 14. */
  readonly logLevel?: LogLevelName | number | undefined;
  /** Only this level. Not together with `logLevel`. */
  readonly logLevelOnly?: LogLevelName | number | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly filter?: string | undefined;
}

/** A kernel event is selected by its name and `filter`, which the kernel evaluates, alone. */
export interface EventOptions extends SelectionOptions, KindOptions {
  readonly channel?: string | undefined;
  readonly target?: Target | undefined;
}

export interface DisableOptions extends KindOptions {
  readonly channel?: string | undefined;
  readonly target?: Target | undefined;
}

export interface ContextOptions {
  readonly channel?: string | undefined;
  /** Names of event rules, as they were added. */
  readonly events?: readonly string[] | undefined;
  readonly target?: Target | undefined;
}

/** Ids of processes, users and groups. */
export interface TrackOptions {
  readonly vpid?: readonly number[] | 'all' | undefined;
  readonly vuid?: readonly number[] | 'all' | undefined;
  readonly vgid?: readonly number[] | 'all' | undefined;
}

export interface StartPolicyOptions {
  /** False: no registry is started for this call. */
  readonly mayStart?: boolean | undefined;
}

export interface OverviewOptions extends StartPolicyOptions {
  readonly sessions?: boolean | undefined;
  readonly apps?: boolean | undefined;
}

export interface KernelEventsOptions {
  /** System calls; left out: tracepoints. */
  readonly kind?: 'tracepoint' | 'syscall' | undefined;
  /** With their fields. */
  readonly fields?: boolean | undefined;
}

export interface SaveOptions {
  /** The directory of the file; `$HOME/.lttng-ts/saved` when left out. */
  readonly directory?: string | undefined;
  /** An existing file is replaced. */
  readonly replace?: boolean | undefined;
}

export interface SavedOptions {
  /** A directory with saved sessions, or one file; `$HOME/.lttng-ts/saved` when left out. */
  readonly path?: string | undefined;
  /** Only the session of this name. */
  readonly name?: string | undefined;
}

export interface LoadOptions extends CurrentOptions {
  /** The session's name, instead of the saved one. */
  readonly name?: string | undefined;
  /** Where its trace goes, instead of the saved place. */
  readonly place?: PlaceOptions | undefined;
  /** A session of the same name is destroyed first. */
  readonly replace?: boolean | undefined;
}

/** What is left out is that of the session's snapshot output. */
export interface SnapshotOptions {
  /** Parent of the directory of the snapshot. */
  readonly output?: string | undefined;
  /** The first part of its name; the time follows. */
  readonly name?: string | undefined;
  /** Bytes of its packets: of each thread the newest ones are copied. */
  readonly bytesMax?: number | undefined;
}

export interface SnapshotOutputOptions {
  /** The first part of the names of snapshots. */
  readonly name?: string | undefined;
  /** Bytes of the packets of one snapshot. */
  readonly bytesMax?: number | undefined;
}

export interface RecoverOptions {
  /** Only this session. */
  readonly session?: string | undefined;
  /** The traces go into directories below this one, also those of sessions that sent to a relay. */
  readonly output?: string | undefined;
}

export interface RecordOptions extends SelectionOptions, PlaceOptions {
  /** The session's name; made of the program's name and the time when left out. */
  readonly name?: string | undefined;
  /** Names of events; `*` when left out. */
  readonly events?: Texts | undefined;
  readonly channel?: ChannelShape | undefined;
  readonly liveTimerUs?: number | undefined;
  /** Events stay in buffers, and a snapshot is written when the program fails. */
  readonly onCrash?: boolean | undefined;
  /**
   * What is recorded of the kernel meanwhile, of all of this machine. `events`: names of tracepoints, of whole systems
   * of them such as `sched`, and `syscall` for all system calls. `syscalls`: names of system calls.
   */
  readonly kernel?:
    | { readonly events?: Texts | undefined; readonly syscalls?: Texts | undefined }
    | undefined;
  /** Called before the session is created. `directory`: that of the trace; undefined: it goes to a relay. */
  readonly onBegin?:
    | ((session: { readonly name: string; readonly directory: string | undefined }) => void)
    | undefined;
}
