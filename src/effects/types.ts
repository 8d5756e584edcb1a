/**
 * Effects: what a machine asks of the world, as plain data. A machine emits them; the runtime hands them in order,
 * after the macrostep that emitted them, to the handler of their family (the part before the dot); outcomes come
 * back to the emitting actor as the events listed here. Objects of the world are named by ids, never held.
 */
import type {
  Credentials,
  FileInfo,
  LogLevel,
  OsError,
  ProcessExit,
  ServiceState,
} from '../port/world.ts';
import type { RingShape } from '../ring/layout.ts';
import type { StateMessage, TracepointInfo } from '../wire/app/messages.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { ProtocolName } from '../wire/protocols.ts';

/** Other actors of the same process, which go by their ids. The runtime performs these itself. */
export type ActorEffect =
  /** To an actor that may be gone. */
  | { type: 'actor.tell'; to: string; event: { readonly type: string } }
  /** Without a word to the actor. */
  | { type: 'actor.stop'; id: string };
/** `logic`: its name among the `logics` of the system. A machine that starts actors says which, and with what input. */
export type StartEffect<Logic extends string = string, Input = unknown> = {
  type: 'actor.start';
  logic: Logic;
  id: string;
  input: Input;
};

/** Sockets and messages. `connection` and `listener` are ids, unique in the process. */
export type WireEffect =
  /** `gid`: the socket's group. Peers are told apart by whether they belong to it. */
  | { type: 'wire.listen'; listener: string; path: string; mode: number; gid?: number }
  /** Gives the socket of a listener another mode, owner's group and group of members; without `gid` there is none. */
  | { type: 'wire.regroup'; listener: string; path: string; mode: number; gid?: number }
  | { type: 'wire.unlisten'; listener: string }
  | { type: 'wire.open'; connection: string; path: string }
  /** Makes the emitter the owner of the connection's events, which start now. */
  | { type: 'wire.adopt'; connection: string; protocol: ProtocolName }
  /** Opens a socket of our own, keeps it as `connection`, gives its other end to user `toUid`'s listener at `path`. */
  | { type: 'wire.give'; connection: string; path: string; toUid: number }
  | { type: 'wire.take'; connection: string; listener: string; token: string; from: Credentials }
  | { type: 'wire.send'; connection: string; message: unknown }
  | { type: 'wire.close'; connection: string };

/** `reason` is one sentence; `invalid` and `overflow` mean that we cut the peer off. */
export type WireClosed = {
  type: 'wire.closed';
  connection: string;
  cause: 'ended' | 'reset' | 'local' | 'invalid' | 'overflow';
  reason: string;
};
export type WireEvent =
  | { type: 'wire.listening'; listener: string }
  | { type: 'wire.listenFailed'; listener: string; error: OsError }
  | {
      type: 'wire.accepted';
      listener: string;
      connection: string;
      peer: Credentials;
      /** Whether the peer's user is in the listener's group, by primary or supplementary membership. */
      isMember: boolean;
    }
  | { type: 'wire.opened'; connection: string; peer: Credentials }
  | { type: 'wire.openFailed'; connection: string; error: OsError }
  | { type: 'wire.given'; connection: string; token: string }
  | { type: 'wire.giveFailed'; connection: string; error: OsError }
  /** `startedAt`: when the giver's process started (`Processes.startedAt`); 0: it is not known. */
  | { type: 'wire.taken'; connection: string; startedAt: number }
  | { type: 'wire.takeFailed'; connection: string; error: OsError }
  | { type: 'wire.message'; connection: string; message: unknown }
  | WireClosed;

export type FileEffect =
  | { type: 'file.inspect'; path: string }
  | { type: 'file.makeDirectory'; path: string; mode: number; gid?: number }
  | { type: 'file.remove'; path: string }
  /** Takes the lock of the file, made when absent, for as long as the process lives. */
  | { type: 'file.lock'; path: string; mode: number }
  /** Leaves a line for the next holder of a lock that we have; the last one counts. `isAll`: no other is needed. */
  | { type: 'file.noteInLock'; path: string; line: string; isAll: boolean };
export type FileEvent =
  | { type: 'file.inspected'; path: string; info?: FileInfo; error?: OsError }
  | { type: 'file.directoryMade'; path: string }
  | { type: 'file.directoryFailed'; path: string; error: OsError }
  | { type: 'file.removed'; path: string; error?: OsError }
  /** `note`: the last line that a holder left; empty when there is none. */
  | { type: 'file.locked'; path: string; note: string }
  | { type: 'file.lockFailed'; path: string; error: OsError };

/** Durable records: each a file in one directory, replaced as a whole. */
export type JournalEffect =
  | { type: 'journal.load'; directory: string }
  /** On disk before the effects that follow are performed. */
  | { type: 'journal.write'; directory: string; name: string; text: string }
  | { type: 'journal.remove'; directory: string; name: string }
  /** Asks whether the record is on the disk as it was written, or removed, last. */
  | { type: 'journal.confirm'; directory: string; name: string }
  /** Tries once more to remove what could not be removed. */
  | { type: 'journal.tidy' }
  /** A record that makes no sense: kept under another name, and never loaded again. */
  | { type: 'journal.setAside'; directory: string; name: string };
export type JournalEvent =
  | {
      type: 'journal.loaded';
      records: readonly { readonly name: string; readonly text: string }[];
      /** Every record that there is could be read. */
      isWhole: boolean;
    }
  | { type: 'journal.confirmed'; name: string; error?: OsError };

export type PipeEffect =
  /** Waits for one signal; makes the pipe with `mode` when there is none. */
  | { type: 'pipe.await'; path: string; mode: number }
  | { type: 'pipe.unawait'; path: string }
  /** Wakes everybody who waits on it. */
  | { type: 'pipe.signal'; path: string; mode: number };
export type PipeEvent =
  | { type: 'pipe.signalled'; path: string }
  | { type: 'pipe.failed'; path: string; error: OsError };

/** A stream's memory: two segments and the consumer's wake-up pipe. */
export type MemoryEffect =
  | {
      type: 'memory.createStream';
      streamId: number;
      /** Whose stream it is: comes back with the outcome. */
      link: string;
      shape: RingShape;
      writer: { uid: number; gid: number };
      consumer: { uid: number; gid: number };
      /** Group that may read the data, or undefined for nobody but the writer. */
      readerGid?: number;
      wakePath: string;
    }
  | {
      type: 'memory.removeStream';
      dataSegment: number;
      positionSegment: number;
      wakePath?: string;
    }
  /** Removes what processes that are dead made and nobody knows of: they died before they could write that down. */
  | {
      type: 'memory.sweep';
      makers: readonly number[];
      /** Undefined: nobody can say what is known, so that nothing may go. */
      known?: {
        readonly segments: readonly number[];
        /** Wake-up pipes: what has this prefix in the directory, and is not among these paths. */
        readonly pipes: { directory: string; prefix: string; paths: readonly string[] };
      };
    };
export type MemoryEvent =
  | {
      type: 'memory.streamCreated';
      streamId: number;
      link: string;
      dataSegment: number;
      positionSegment: number;
    }
  | { type: 'memory.streamFailed'; streamId: number; link: string; error: OsError }
  /** `makers`: those of whose memory some is still there, or may be. */
  | { type: 'memory.swept'; makers: readonly number[] };

export type ProcessEffect =
  | {
      type: 'process.spawn';
      key: string;
      program: string;
      args: readonly string[];
      environment: Readonly<Record<string, string | undefined>>;
      style: 'inherit' | 'daemon';
    }
  /** Signals the child with this key, when it still runs. */
  | { type: 'process.kill'; key: string; signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP' }
  /**
   * Asks whether this thread, the process's main one when left out, still runs. `startedAt`: another process has the id
   * when it started at another time (`Processes.startedAt`); 0: that is not known.
   */
  | { type: 'process.check'; pid: number; tid?: number; startedAt: number }
  /** Tells the service manager, where there is one. */
  | { type: 'process.notify'; state: ServiceState }
  | { type: 'process.exit'; code: number };
export type ProcessEvent =
  | { type: 'process.spawned'; key: string; pid: number }
  | { type: 'process.spawnFailed'; key: string; error: OsError }
  | { type: 'process.ended'; key: string; exit: ProcessExit }
  | { type: 'process.checked'; pid: number; tid: number; startedAt: number; isAlive: boolean }
  | { type: 'process.signalled'; signal: string };

/** The data path of a consumer, behind plain functions. */
export type TraceEffect =
  | { type: 'trace.open'; sessionName: string; output: string }
  | { type: 'trace.addStream'; stream: ConsumerStream }
  /**
   * The registry knows no streams but those with these data segments: the others are read until nobody else has them
   * attached, and let go of; nobody is told.
   */
  | { type: 'trace.keepOnly'; segments: readonly number[] }
  /** Writes everything that the buffers hold at this moment. */
  | { type: 'trace.flush'; token: number }
  /** Writes what a stream still holds that gets no more events, and lets go of it. */
  | { type: 'trace.endStream'; streamId: number }
  /**
   * Writes what all streams hold, and lets go of everything. `isReplaced`: another consumer does, but for streams whose
   * memory has been removed, since it cannot attach these.
   */
  | { type: 'trace.close'; isReplaced?: true };
export type TraceEvent =
  | { type: 'trace.opened' }
  | { type: 'trace.openFailed'; error: OsError }
  | { type: 'trace.flushed'; token: number }
  | { type: 'trace.streamReleased'; streamId: number }
  | { type: 'trace.closed' };

/** The data path of a snapshot: one trace, made as a whole or not at all. */
export type SnapshotEffect =
  | { type: 'snapshot.open'; sessionName: string; output: string }
  | { type: 'snapshot.attach'; stream: ConsumerStream }
  /** Copies what all streams hold. */
  | { type: 'snapshot.write' }
  /** Takes back what is not complete. */
  | { type: 'snapshot.abandon' };
export type SnapshotEvent =
  /** `lost`: streams that could not be read. Without any event there is no trace, and `bytes` is 0. */
  | { type: 'snapshot.written'; streams: number; lost: number; bytes: number }
  | { type: 'snapshot.failed'; error: OsError };

/** The in-process library's tracepoints. */
export type TracerEffect =
  | { type: 'tracer.apply'; scope: string; state: StateMessage }
  | { type: 'tracer.detach'; scope: string }
  | { type: 'tracer.describe'; scope: string }
  | { type: 'tracer.settled' };
export type TracerEvent =
  | { type: 'tracer.applied'; scope: string; revision: number }
  | { type: 'tracer.described'; scope: string; defined: readonly TracepointInfo[] };

/** Unpredictable things. */
export type RandomEffect = { type: 'random.uuid'; key: string };
export type RandomEvent = { type: 'random.uuidMade'; key: string; uuid: string };

export type LogEffect = {
  type: 'log.write';
  level: LogLevel;
  message: string;
  fields?: Readonly<Record<string, string | number | boolean | undefined>>;
};

export type Effect =
  | ActorEffect
  | WireEffect
  | FileEffect
  | JournalEffect
  | PipeEffect
  | MemoryEffect
  | ProcessEffect
  | TraceEffect
  | SnapshotEffect
  | TracerEffect
  | RandomEffect
  | LogEffect;
export type EffectEvent =
  | WireEvent
  | FileEvent
  | JournalEvent
  | PipeEvent
  | MemoryEvent
  | ProcessEvent
  | TraceEvent
  | SnapshotEvent
  | TracerEvent
  | RandomEvent;

/** Sends an outcome to the actor with this id; delivery happens after the present step. */
export type Deliver = (to: string, event: EffectEvent) => void;

/** Performs the effects of one family. `from` is the emitting actor's id, where outcomes go. */
export type EffectHandler<E extends Effect> = (effect: E, from: string) => void;
