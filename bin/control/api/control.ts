/** What `lttng-ts/control` does, call by call. `lttng` does nothing else to sessions. */
import type { SessionKey } from './current.ts';
import type * as Options from './options.ts';
import type * as Results from './results.ts';
import type { Application, Session } from './session.ts';

export interface CreateCalls {
  /** Creates a session; starts a registry if there is none. Without a name, it is `auto` with the time. */
  create(name: string | undefined, options?: Options.CreateOptions): Promise<Session>;
}

/** The life of a session. Where nothing else is said, a call resolves to the session as it is afterwards. */
export interface SessionCalls {
  get(session: SessionKey): Promise<Session>;
  /** From now on, calls and commands of this user mean the session if they name none (`CURRENT`). */
  setCurrent(session: string): Promise<Session>;
  /** Starts or resumes recording; starts the consumer of the session if it needs one. */
  start(session: SessionKey): Promise<Session>;
  /** Stops recording. All events that were recorded are written when it resolves. */
  stop(session: SessionKey, options?: Options.WaitOptions): Promise<Session>;
  /** Halts recording at once; buffers and consumer stay, and `start` resumes it. */
  pause(session: SessionKey): Promise<Session>;
  /** Destroys the session; its trace stays. Resolves to the session as it was last. */
  destroy(session: SessionKey, options?: Options.DestroyOptions): Promise<Session>;
  /** What was recorded so far becomes an archive: `rotation.archive` of the session. */
  rotate(session: SessionKey, options?: Options.WaitOptions): Promise<Session>;
  /** Removes what was recorded since the last rotation. */
  clear(session: SessionKey): Promise<Session>;
  /** The session's traces, archives apart, get the present offset between their clock and the time of day. */
  regenerateMetadata(session: SessionKey): Promise<Session>;
  enableRotation(session: SessionKey, options: Options.RotationOptions): Promise<Session>;
  disableRotation(
    session: SessionKey,
    schedules: readonly ('everyUs' | 'atBytes')[],
  ): Promise<Session>;
}

/** What a session records, and into which buffers. */
export interface RuleCalls {
  addChannel(
    session: SessionKey,
    names: Options.Texts,
    options?: Options.ChannelOptions,
  ): Promise<Session>;
  /** Nothing is recorded into the channels until they are enabled again. */
  disableChannel(
    session: SessionKey,
    names: Options.Texts,
    options?: Options.DomainOptions,
  ): Promise<Session>;
  /** The settings of channels as a target has them. */
  config(
    session: SessionKey,
    options?: Options.ConfigOptions,
  ): Promise<readonly Results.ChannelConfig[]>;
  /** Records the events whose names match one of the patterns; `*` matches any text. */
  addEvent(
    session: SessionKey,
    patterns: Options.Texts,
    options?: Options.EventOptions,
  ): Promise<Session>;
  /** The same; says also what the rules were added to. */
  addEventAndLook(
    session: SessionKey,
    patterns: Options.Texts,
    options?: Options.EventOptions,
  ): Promise<Results.EventAddition>;
  disableEvent(
    session: SessionKey,
    patterns: Options.Texts,
    options?: Options.DisableOptions,
  ): Promise<Session>;
  addContext(
    session: SessionKey,
    contexts: Options.Texts,
    options?: Options.ContextOptions,
  ): Promise<Session>;
  /** Traces these processes, in each set that is given. */
  track(session: SessionKey, ids: Options.TrackOptions): Promise<Session>;
  untrack(session: SessionKey, ids: Options.TrackOptions): Promise<Session>;
}

/** The consumer of a session, apart from its recording. */
export interface ConsumerCalls {
  /** Starts a consumer if the session has none. */
  continueConsumer(session: SessionKey): Promise<Session>;
  stopConsumer(session: SessionKey): Promise<Session>;
  /**
   * Starts another consumer whenever the session loses its own. Resolves when the session is gone, to a sentence that
   * says so without its full stop. `session`: the UUID.
   */
  superviseConsumer(session: string): Promise<string>;
  /** Has the consumer write, to this place if one is given. */
  enableConsumer(session: SessionKey, place?: Options.PlaceOptions): Promise<Session>;
  /** The consumer writes no more; events wait in the buffers. */
  disableConsumer(session: SessionKey): Promise<Session>;
}

/** Sessions in files. */
export interface SavedCalls {
  /** Writes the session into a file, and resolves to it. */
  save(
    session: SessionKey,
    options?: Options.SaveOptions,
  ): Promise<{ readonly session: Session; readonly file: string }>;
  /** The files of saved sessions. */
  savedFiles(options?: Options.SavedOptions): Promise<readonly string[]>;
  /** Reads a file, also one of LTTng; with a name, it must be of this session. */
  readSaved(file: string, name?: string): Promise<Results.SavedFile>;
  /** Creates the session of a file, and starts it if it was recording when it was saved. */
  load(file: string, options?: Options.LoadOptions): Promise<Session>;
}

/** What there is. */
export interface InformationCalls {
  list(options?: Options.StartPolicyOptions): Promise<readonly Session[]>;
  /** The registered threads. */
  apps(options?: Options.StartPolicyOptions): Promise<readonly Application[]>;
  /** Registry, sessions and registered threads as one connection finds them. */
  overview(options?: Options.OverviewOptions): Promise<Results.Overview>;
  /** A session and the registered threads as one connection finds them. */
  look(session: SessionKey): Promise<Results.Look>;
  /** The registry and the current session; starts no registry. */
  status(): Promise<Results.Status>;
  /** The session of a directory, the working directory when left out; undefined: it belongs to none. */
  sessionOf(directory?: string): Promise<Results.DirectorySession | undefined>;
  /** The session that `.lttng/config` or `setCurrent` names for {@link CURRENT}; undefined: neither does. */
  chosen(): Promise<Results.ChosenSession | undefined>;
  /** Contexts that every program has. */
  contexts(): Promise<readonly Results.Context[]>;
  /** Versions of this package and its protocols; starts no registry. */
  version(): Promise<Results.Versions>;
}

/** What the kernel of this machine can trace. The global registry tells it to root and to the members of its group. */
export interface KernelCalls {
  kernel(): Promise<Results.Kernel>;
  /** The tracepoints, or the system calls. */
  kernelEvents(options?: Options.KernelEventsOptions): Promise<readonly Results.KernelEvent[]>;
}

/** Copies and remains of what was recorded. */
export interface TraceCalls {
  /** Copies what the buffers hold at the moment into a trace of its own. */
  snapshot(session: SessionKey, options?: Options.SnapshotOptions): Promise<Results.Snapshot>;
  /** Says where snapshots go when nothing else is asked for: a session has one such output at most. */
  addSnapshotOutput(
    session: SessionKey,
    output: string,
    options?: Options.SnapshotOutputOptions,
  ): Promise<Session>;
  listSnapshotOutputs(session: SessionKey): Promise<readonly Results.ListedSnapshotOutput[]>;
  /** `id`: `1`, or its name. */
  delSnapshotOutput(session: SessionKey, id: string): Promise<Session>;
  /** Writes what the buffers of sessions without living processes hold, and ends these sessions. */
  recover(options?: Options.RecoverOptions): Promise<Results.Recovered>;
}

/** Programs that are recorded: they run on the terminal of this process. */
export interface ProgramCalls {
  /** Runs a program in a session until it ends. */
  run(session: SessionKey, command: readonly string[]): Promise<Results.ProgramExit>;
  /** Creates a session, runs a program in it, and destroys the session. */
  record(command: readonly string[], options?: Options.RecordOptions): Promise<Results.Recording>;
}

/** The sessions of the registry that serves this user. */
export interface Control
  extends CreateCalls,
    SessionCalls,
    RuleCalls,
    ConsumerCalls,
    SavedCalls,
    InformationCalls,
    KernelCalls,
    TraceCalls,
    ProgramCalls {
  /**
   * The states of all sessions, from now on: first each session that is there, then each change. The protocol does not
   * announce changes, so this asks the registry again and again, every second or every `periodMs`; a state that is over
   * sooner is not seen. Ends with {@link close}, or when the loop around it does; throws when no registry serves this
   * user any more.
   */
  watch(options?: { readonly periodMs?: number }): AsyncGenerator<Results.StateChange, undefined>;
  /**
   * Ends the control: calls under way end as soon as they can (`INTERRUPTED`), later ones are refused (`CLOSED`).
   * Resolves when nothing of it keeps the process alive. Sessions, registry and consumers stay.
   */
  close(): Promise<void>;
}
