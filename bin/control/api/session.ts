/**
 * What `lttng-ts/control` gives. The package versions these types: members are only added within a major version.
 * Sessions and applications have the members that `lttng list --output-format json` prints (`docs/cli.md`).
 */

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
  /** Absent: each stream has one file, of any size. */
  readonly tracefiles?: Tracefiles | undefined;
}

/** No file of a stream is longer than `bytes`; of `count` files the oldest is overwritten. 0: any number. */
export interface Tracefiles {
  readonly bytes: number;
  readonly count: number;
}

export interface ChannelSettings extends Buffers {
  readonly name: string;
  /** `uid`: the threads of a user write the same buffers, one after another. Absent: each thread has its own. */
  readonly bufferScheme?: 'pid' | 'uid';
}

export interface EventRule {
  readonly pattern: string;
  /** From 0, `emerg`, to 14, `debug`. */
  readonly logLevelMax: number;
  readonly logLevelMin?: number;
  readonly exclusions?: readonly string[];
  readonly filter?: string;
  /** Of a rule of the kernel: what the pattern names; absent: tracepoints. */
  readonly kind?: 'tracepoint' | 'syscall';
  readonly target: Target;
  readonly enabled: boolean;
  readonly contexts?: readonly string[];
}

export interface Channel {
  readonly settings: ChannelSettings;
  readonly rules: readonly EventRule[];
  /** Buffers of the applications that have others. */
  readonly targets?: readonly { readonly target: Target; readonly buffers: Buffers }[] | undefined;
  readonly disabled?: true | undefined;
  readonly contexts?: readonly string[];
}

/** A relay: the addresses of the control and of the data stream, `[HOP,]tcp://HOST[:PORT]`, of data also `udp://`. */
export interface Relay {
  readonly control: string;
  readonly data: string;
}

/** Where a consumer writes: into files of a directory, or to a relay. */
export type Destination = { readonly output: string } | Relay;

export type SessionState =
  | 'inactive'
  | 'starting'
  | 'active'
  | 'pausing'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'destroying';

export interface SnapshotOutput {
  /** The first part of the names of snapshots; absent: that of the session. */
  readonly name?: string;
  /** Parent of the directories of snapshots. */
  readonly output: string;
  /** Bytes of the packets of one snapshot; absent: as many as there are. */
  readonly bytesMax?: number;
}

/** What a session records of the kernel: a session of its own, with the same name. */
export type KernelPart = Omit<Session, 'kernel'> & { readonly domain: 'kernel' };

export interface Session {
  /** Present: it is the kernel part of a session. */
  readonly domain?: 'kernel' | undefined;
  /** What it records of the kernel, if it does. */
  readonly kernel?: KernelPart | undefined;
  readonly name: string;
  readonly uuid: string;
  /** The user whose session it is. */
  readonly uid: number;
  readonly state: SessionState;
  /** The directory of the trace; absent: it goes to a relay. */
  readonly output?: string | undefined;
  /** Where the consumer shall write, if that is not the directory that the session was created with. */
  readonly destination?:
    | {
        readonly to: Destination;
        /** `set`: not in use yet; `waiting`: for a consumer; `disabled`: events wait in the buffers. */
        readonly state:
          | 'set'
          | 'enabled'
          | 'waiting'
          | 'connecting'
          | 'connected'
          | 'lost'
          | 'disabled';
        /** Why it could not be used the last time. */
        readonly failure?: { readonly code: string; readonly reason: string } | undefined;
      }
    | undefined;
  /** The connection of its consumer to a relay: what that has not acknowledged yet, and what it has stored. */
  readonly link?:
    | {
        readonly state: 'connected' | 'lost';
        readonly reason?: string | undefined;
        readonly packetsInFlight: number;
        readonly bytesInFlight: number;
        readonly packetsStored: number;
        readonly bytesStored: number;
        /** Milliseconds since 1970. */
        readonly storedAtMs?: number | undefined;
      }
    | undefined;
  readonly flightRecorder?: true | undefined;
  /** Where its snapshots go when nothing else is asked for. */
  readonly snapshotOutput?: SnapshotOutput;
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
  readonly trackers?: {
    readonly vpid?: readonly number[];
    readonly vuid?: readonly number[];
    readonly vgid?: readonly number[];
  };
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
  /** What its buffers hold that is not stored, where a call says that it measures. */
  readonly buffered?:
    | { readonly events: number; readonly bytes: number; readonly streams: number }
    | undefined;
  /** What `destroy` with `abandon` has given up. */
  readonly abandoned?: { readonly events: number; readonly streams: number } | undefined;
  /** Threads that had no buffers when they should; `more`: further ones, which are not listed. */
  readonly unbuffered?:
    | { readonly threads: readonly UnbufferedThread[]; readonly more: number }
    | undefined;
}

/** `waiting`: it has none; `served`: it has them by now; `ended`: it never had. */
export interface UnbufferedThread {
  readonly pid: number;
  readonly tid: number;
  readonly processName: string;
  readonly code: string;
  readonly reason?: string | undefined;
  readonly state: 'waiting' | 'served' | 'ended';
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
