/**
 * Faults of a run as data: the kind, the time and the target of each. A script is part of a scenario's input; it
 * replays from JSON. Faults are independent: removing one leaves the others, and all noise, unchanged. They are total:
 * a fault without an existing target does nothing.
 */
import type { OsErrorCode, OsResult } from '../../src/port/os-error.ts';
import type { World } from '../../src/port/world.ts';

/** Requests that take time; the registry answers all others at once. */
export const KILLED_UNDER = ['session.destroy', 'session.start', 'session.stop'] as const;
/** Also a request of scenarios that aim at it. */
export const KILLED_UNDER_ANY = [...KILLED_UNDER, 'session.regenerate'] as const;
export type KilledUnder = (typeof KILLED_UNDER_ANY)[number];

/** A process: its index, from 0, among those that run this program, in the order of their start. */
export interface Target {
  readonly program: string;
  readonly index: number;
}

/**
 * rm -r of everything; the directory is renamed to one beside it; one file is removed; another file is renamed over it;
 * it is truncated to nothing.
 */
export const SPOILINGS = ['all-removed', 'all-moved', 'removed', 'replaced', 'truncated'] as const;
export type Spoiling = (typeof SPOILINGS)[number];

/**
 * `at` and `forMs` are virtual milliseconds; `at` counts from the start of the machine. Other counts begin with 1 at
 * the start of the process.
 */
export type Fault =
  /** kill -9 at a World call, or at a call of this name. */
  | {
      readonly kind: 'kill';
      readonly of: Target;
      readonly atCall: number;
      readonly call?: ChangingCall | WritingCall;
    }
  /** kill -9 at a time, between two of its calls. */
  | { readonly kind: 'kill-at-time'; readonly of: Target; readonly at: number }
  /** kill -9 at a load from shared memory. */
  | { readonly kind: 'kill-at-load'; readonly of: Target; readonly atLoad: number }
  /** kill -9 at a store into the buffers of an application. */
  | { readonly kind: 'kill-at-store'; readonly of: Target; readonly atStore: number }
  /**
   * kill -9 while the `nth` request of this kind is pending, `afterUs` microseconds after the client sent it. The
   * victim is the registry that received it, or the newest consumer of the client's user.
   */
  | {
      readonly kind: 'kill-under';
      readonly victim: 'registry' | 'consumer';
      readonly op: KilledUnder;
      readonly nth: number;
      readonly afterUs: number;
    }
  /** kill -9 in the middle of an append, with `bytes` of its bytes in the file. */
  | {
      readonly kind: 'torn-write';
      readonly of: Target;
      readonly atAppend: number;
      readonly bytes: number;
    }
  /** kill -9 with a core dump: for `forMs` the process keeps connections, locks and memory, and handles nothing. */
  | { readonly kind: 'half-open'; readonly of: Target; readonly at: number; readonly forMs: number }
  /** SIGSTOP, then SIGCONT. */
  | { readonly kind: 'pause'; readonly of: Target; readonly at: number; readonly forMs: number }
  /** SIGSTOP without SIGCONT: healing does not continue the process. */
  | { readonly kind: 'stop-for-good'; readonly of: Target; readonly at: number }
  /** kill -9 without repair: healing starts no registry in its place, and gives no session a new consumer. */
  | { readonly kind: 'kill-for-good'; readonly of: Target; readonly at: number }
  /** One of its connections breaks: number `connection`, modulo those that it has. */
  | {
      readonly kind: 'reset';
      readonly of: Target;
      readonly at: number;
      readonly connection: number;
    }
  /** Bytes sent to it over one connection arrive only after `forMs`. */
  | {
      readonly kind: 'clog';
      readonly of: Target;
      readonly at: number;
      readonly forMs: number;
      readonly connection: number;
    }
  /** The process reads one of its connections a few bytes at a time. */
  | {
      readonly kind: 'slow-reader';
      readonly of: Target;
      readonly at: number;
      readonly forMs: number;
      readonly connection: number;
    }
  /** All messages take up to `byMs` longer. */
  | {
      readonly kind: 'latency';
      readonly at: number;
      readonly forMs: number;
      readonly byMs: number;
    }
  /** `times` calls of this name in a row fail, from the `nth` on. */
  | {
      readonly kind: 'call-fails';
      readonly of: Target;
      readonly call: FailingCall;
      readonly code: OsErrorCode;
      readonly nth: number;
      readonly times: number;
    }
  /** `times` appends in a row write only a part of the bytes, from the `nth` on. */
  | {
      readonly kind: 'short-write';
      readonly of: Target;
      readonly nth: number;
      readonly times: number;
    }
  /** Only `leaving` more bytes fit on the disk. */
  | {
      readonly kind: 'disk-full';
      readonly at: number;
      readonly forMs: number;
      readonly leaving: number;
    }
  /** One in `oneIn` accesses to trace files fails with EIO. */
  | {
      readonly kind: 'disk-error';
      readonly at: number;
      readonly forMs: number;
      readonly oneIn: number;
    }
  /** A file or directory loses all permission bits; the end of the fault restores them. */
  | {
      readonly kind: 'mode-lost';
      readonly at: number;
      readonly forMs: number;
      readonly path: string;
    }
  /** Something else than our programs spoils what is below `path`: all of it, or file number `nth` modulo all. */
  | {
      readonly kind: 'files-spoiled';
      readonly at: number;
      readonly path: string;
      readonly how: Spoiling;
      readonly nth: number;
    }
  | { readonly kind: 'clock-step'; readonly at: number; readonly byMs: number }
  | {
      readonly kind: 'clock-drift';
      readonly at: number;
      readonly forMs: number;
      readonly ppm: number;
    }
  /** The process can open only `leaving` more descriptors. */
  | {
      readonly kind: 'descriptors-full';
      readonly of: Target;
      readonly at: number;
      readonly forMs: number;
      readonly leaving: number;
    }
  /** The whole machine can create only `leaving` more segments (SHMMNI) or bytes (SHMALL) of shared memory. */
  | {
      readonly kind: 'memory-full';
      readonly at: number;
      readonly forMs: number;
      readonly leaving: number;
      readonly counting?: 'bytes';
    }
  /** The process runs in an IPC namespace of its own: it cannot attach the segments of others. */
  | { readonly kind: 'other-namespace'; readonly of: Target }
  /** ipcrm(1) of segment number `segment`, modulo the existing ones; attached processes keep it. */
  | { readonly kind: 'memory-removed'; readonly at: number; readonly segment: number }
  /** Starts a registry, as a service manager does when none runs. */
  | { readonly kind: 'registry-starts'; readonly user: string; readonly at: number }
  /**
   * The power fails and all processes end. The disk keeps its state of `writtenBackAt`, when the kernel wrote it back,
   * and a random part of the bytes appended later. The run ends.
   */
  | { readonly kind: 'power-cut'; readonly at: number; readonly writtenBackAt: number };

export type FaultScript = readonly Fault[];

/** The names of a family's calls that return an {@link OsResult}. */
type FallibleOf<Family extends keyof World> = {
  [Call in keyof World[Family] & string]: World[Family][Call] extends (
    ...of: never[]
  ) => OsResult<unknown>
    ? `${Family}.${Call}`
    : never;
}[keyof World[Family] & string];
/**
 * The calls that must be able to fail. The creator of a segment can always count its attachments and remove it; modes
 * and owners change with the tracing group alone.
 */
type Fallible = Exclude<
  { [Family in keyof World]: FallibleOf<Family> }[keyof World],
  'memory.attachments' | 'memory.remove' | 'files.setMode' | 'files.setOwner'
>;

/**
 * Calls that can fail, and their errors on a Linux machine short of resources. A call that returns no error code
 * returns a negative value: `pipes.write` and `users.isMember` false, `users.groupId` undefined; `processes.isAlive`
 * returns true, since it cannot know. `unix.passSocket` and `unix.connect` also fail with EMFILE when descriptors are
 * full.
 */
export const FAILING_CALLS = {
  'unix.listen': ['EMFILE'],
  'unix.connect': ['EAGAIN', 'ECONNREFUSED', 'EMFILE'],
  'unix.passSocket': ['EAGAIN', 'ECONNREFUSED', 'EMFILE'],
  'unix.claimSocket': ['ENOENT'],
  'unix.peer': ['ENOSYS'],
  'pipes.create': ['ENOSPC', 'EACCES'],
  'pipes.awaitSignal': ['EMFILE', 'EACCES'],
  'pipes.signal': ['EMFILE', 'EACCES'],
  'pipes.read': ['EMFILE'],
  'pipes.openWriter': ['EMFILE', 'ENXIO'],
  'pipes.write': ['EAGAIN'],
  'memory.create': ['ENOSPC', 'ENOMEM'],
  'memory.attachWritable': ['ENOMEM', 'EMFILE'],
  'memory.attachReadable': ['ENOMEM', 'EMFILE'],
  'memory.info': ['EACCES'],
  'memory.list': ['EMFILE'],
  'files.open': ['EMFILE', 'EIO', 'ENOSPC'],
  'files.append': ['EIO', 'ENOSPC'],
  'files.read': ['EIO'],
  'files.byteLength': ['EIO'],
  'files.sync': ['EIO', 'ENOSPC'],
  'files.syncDirectory': ['EIO'],
  'files.rename': ['EIO', 'ENOSPC'],
  'files.list': ['EMFILE', 'EIO'],
  'files.truncate': ['EIO'],
  'files.makeDirectory': ['EIO', 'ENOSPC'],
  'files.holdDirectory': ['EIO', 'ENOSPC', 'EMFILE'],
  'files.remove': ['EIO', 'EACCES'],
  'files.info': ['EIO'],
  'files.lock': ['EIO'],
  'processes.spawn': ['EAGAIN', 'ENOENT', 'ENOMEM'],
  'processes.isAlive': ['EMFILE'],
  'processes.startedAt': ['EMFILE'],
  'users.groupId': ['EIO'],
  'network.listen': ['EADDRINUSE', 'EMFILE'],
  'network.connect': ['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'EMFILE'],
  'network.resolve': ['EAI_AGAIN', 'ENOTFOUND'],
  'network.openPassage': ['EMFILE', 'EACCES'],
  'network.pass': ['EMFILE', 'EPIPE'],
  'network.reachPassage': ['EMFILE', 'EAGAIN', 'ECONNREFUSED'],
  'network.take': ['EMFILE', 'ECONNRESET'],
  'network.passPages': ['EMFILE', 'EPIPE'],
  'network.takePages': ['EMFILE'],
  'kernel.describe': ['EMFILE', 'EIO'],
  'kernel.events': ['EMFILE', 'EIO'],
  'kernel.format': ['EMFILE', 'EIO'],
  'kernel.instances': ['EMFILE', 'EIO'],
  'kernel.makeInstance': ['ENOMEM', 'EMFILE'],
  'kernel.removeInstance': ['EAGAIN', 'EIO'],
  'kernel.setRecording': ['EMFILE', 'EIO'],
  'kernel.setEvent': ['EMFILE', 'ENOMEM', 'EIO'],
  'kernel.enabledEvents': ['EMFILE', 'EIO'],
  'kernel.counts': ['EMFILE', 'EIO'],
  'kernel.openPages': ['EMFILE', 'ENOMEM'],
  'kernel.claimPages': ['EAGAIN'],
  'kernel.readPage': ['EIO'],
  'kernel.pagesCounts': ['EIO'],
  'users.isMember': ['EIO'],
} as const satisfies Readonly<
  Record<Fallible, readonly [OsErrorCode, ...OsErrorCode[]]> &
    Record<string, readonly [OsErrorCode, ...OsErrorCode[]]>
>;
export type FailingCall = keyof typeof FAILING_CALLS;

/** Calls between which the segments and files of a registry differ from its record. */
export const CHANGING_CALLS = [
  'memory.remove',
  'memory.create',
  'files.rename',
  'files.remove',
] as const;
export type ChangingCall = (typeof CHANGING_CALLS)[number];

/** Calls between which the files of a stream differ from its checkpoints. */
export const WRITING_CALLS = ['files.open', 'files.append'] as const;
export type WritingCall = (typeof WRITING_CALLS)[number];

const KINDS = [
  'kill',
  'kill-at-time',
  'kill-at-load',
  'kill-at-store',
  'kill-under',
  'torn-write',
  'half-open',
  'pause',
  'stop-for-good',
  'kill-for-good',
  'reset',
  'clog',
  'slow-reader',
  'latency',
  'short-write',
  'disk-full',
  'disk-error',
  'mode-lost',
  'files-spoiled',
  'clock-step',
  'clock-drift',
  'descriptors-full',
  'memory-full',
  'memory-removed',
  'other-namespace',
  'registry-starts',
  'power-cut',
] as const satisfies readonly Exclude<Fault['kind'], 'call-fails'>[];

/** The labels under which a run counts faults: the kind, and for failing calls the call and its error. */
export const FAULT_LABELS: readonly string[] = [
  ...KINDS,
  ...Object.entries(FAILING_CALLS)
    .filter(([call]) => !call.startsWith('network.') && !call.startsWith('kernel.'))
    .flatMap(([call, codes]) => codes.map((code) => `${call} ${code}`)),
];

export function labelOf(fault: Fault): string {
  return fault.kind === 'call-fails' ? `${fault.call} ${fault.code}` : fault.kind;
}

/** When the last fault that has a time is over, milliseconds. */
export function endOf(faults: FaultScript): number {
  return faults.reduce((latest, fault) => {
    const [at, forMs] = ['at' in fault ? fault.at : 0, 'forMs' in fault ? fault.forMs : 0];
    return Math.max(latest, at + forMs);
  }, 0);
}

/** Whether the script only kills registries and starts others. */
export function killsRegistriesAlone(faults: FaultScript): boolean {
  return faults.every((fault) => {
    if (fault.kind === 'registry-starts') return true;
    const isKill = fault.kind === 'kill' || fault.kind === 'kill-at-time';
    return isKill && fault.of.program === 'lttng-sessiond';
  });
}
