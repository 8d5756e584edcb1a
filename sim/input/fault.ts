/**
 * Faults as data: what goes wrong in a run, when and for whom. A script is part of a scenario's input; it replays from
 * JSON. Faults are independent: leaving one out leaves the others, and all noise, as they were. They are total: one
 * that does not apply, because nobody is there, does nothing.
 */
import type { OsErrorCode } from '../../src/port/os-error.ts';

/** Requests that take a while: those of others are answered at once. */
export const KILLED_UNDER = ['session.destroy', 'session.start', 'session.stop'] as const;
export type KilledUnder = (typeof KILLED_UNDER)[number];

/** A process: which one, of those that run this program, in the order of their start; from 0. */
export interface Target {
  readonly program: string;
  readonly index: number;
}

/**
 * `at` and `forMs` are virtual milliseconds, `at` since the machine started. Counts are from 1, at the process's
 * start.
 */
export type Fault =
  /** kill -9 at a World call, or at one of this name. */
  | {
      readonly kind: 'kill';
      readonly of: Target;
      readonly atCall: number;
      readonly call?: ChangingCall;
    }
  /** kill -9 at a time, between two of its calls. */
  | { readonly kind: 'kill-at-time'; readonly of: Target; readonly at: number }
  /** kill -9 at a load from shared memory. */
  | { readonly kind: 'kill-at-load'; readonly of: Target; readonly atLoad: number }
  /** kill -9 at a store into the buffers of an application. */
  | { readonly kind: 'kill-at-store'; readonly of: Target; readonly atStore: number }
  /**
   * kill -9 while the `nth` request of this kind is under way, so many microseconds after it was sent: of the registry
   * that it was sent to, or of the newest consumer that its sender has.
   */
  | {
      readonly kind: 'kill-under';
      readonly victim: 'registry' | 'consumer';
      readonly op: KilledUnder;
      readonly nth: number;
      readonly afterUs: number;
    }
  /** kill -9 in the middle of an append, with so many of its bytes in the file. */
  | {
      readonly kind: 'torn-write';
      readonly of: Target;
      readonly atAppend: number;
      readonly bytes: number;
    }
  /** kill -9 while it dumps its core: it keeps connections, locks and memory for a while, and answers nobody. */
  | { readonly kind: 'half-open'; readonly of: Target; readonly at: number; readonly forMs: number }
  /** SIGSTOP, then SIGCONT. */
  | { readonly kind: 'pause'; readonly of: Target; readonly at: number; readonly forMs: number }
  /** SIGSTOP, and nobody continues it: healing leaves it as it is. */
  | { readonly kind: 'stop-for-good'; readonly of: Target; readonly at: number }
  /** kill -9, and healing does not make up for it: no registry is started again, no session gets a new consumer. */
  | { readonly kind: 'kill-for-good'; readonly of: Target; readonly at: number }
  /** One of its connections breaks; which one, modulo those that it has. */
  | {
      readonly kind: 'reset';
      readonly of: Target;
      readonly at: number;
      readonly connection: number;
    }
  /** What is sent to it over one connection stays underway for a while. */
  | {
      readonly kind: 'clog';
      readonly of: Target;
      readonly at: number;
      readonly forMs: number;
      readonly connection: number;
    }
  /** It reads one of its connections a few bytes at a time. */
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
  /** `times` appends in a row take a part of the bytes, from the `nth` on. */
  | {
      readonly kind: 'short-write';
      readonly of: Target;
      readonly nth: number;
      readonly times: number;
    }
  /** So many bytes fit on the disk, and no more. */
  | {
      readonly kind: 'disk-full';
      readonly at: number;
      readonly forMs: number;
      readonly leaving: number;
    }
  /** One in so many accesses to trace files gives EIO. */
  | {
      readonly kind: 'disk-error';
      readonly at: number;
      readonly forMs: number;
      readonly oneIn: number;
    }
  /** Somebody takes all rights from a file or directory; they come back afterwards. */
  | {
      readonly kind: 'mode-lost';
      readonly at: number;
      readonly forMs: number;
      readonly path: string;
    }
  | { readonly kind: 'clock-step'; readonly at: number; readonly byMs: number }
  | {
      readonly kind: 'clock-drift';
      readonly at: number;
      readonly forMs: number;
      readonly ppm: number;
    }
  /** So many more descriptors, and no more. */
  | {
      readonly kind: 'descriptors-full';
      readonly of: Target;
      readonly at: number;
      readonly forMs: number;
      readonly leaving: number;
    }
  /** So many more segments of shared memory, and no more, in the whole machine. */
  | {
      readonly kind: 'memory-full';
      readonly at: number;
      readonly forMs: number;
      readonly leaving: number;
    }
  /** Somebody removes a segment, as with ipcrm(1); which one, modulo those that there are. Who has it keeps it. */
  | { readonly kind: 'memory-removed'; readonly at: number; readonly segment: number }
  /** A registry is started, as a service manager does that finds none. */
  | { readonly kind: 'registry-starts'; readonly user: string; readonly at: number }
  /**
   * The power fails: everybody is dead. The disk has what the kernel wrote back at `writtenBackAt`, and of what was
   * appended later a random part. The run ends.
   */
  | { readonly kind: 'power-cut'; readonly at: number; readonly writtenBackAt: number };

export type FaultScript = readonly Fault[];

/**
 * Calls that can fail, and with what they fail on a Linux machine in trouble. What answers no error answers that it
 * could not: `pipes.write` and `users.isMember` false, `users.groupId` nothing; `processes.isAlive` answers true, since
 * it cannot tell. `unix.give` and `unix.connect` fail by themselves with EMFILE when descriptors are full. Nobody
 * can keep the creator of a segment from removing it.
 */
export const FAILING_CALLS = {
  'unix.listen': ['EMFILE'],
  'unix.connect': ['EAGAIN', 'ECONNREFUSED', 'EMFILE'],
  'unix.give': ['EAGAIN', 'ECONNREFUSED', 'EMFILE'],
  'unix.take': ['ENOENT'],
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
  'files.remove': ['EIO', 'EACCES'],
  'files.info': ['EIO'],
  'files.lock': ['EIO'],
  'processes.spawn': ['EAGAIN', 'ENOENT', 'ENOMEM'],
  'processes.isAlive': ['EMFILE'],
  'users.groupId': ['EIO'],
  'users.isMember': ['EIO'],
} as const satisfies Readonly<Record<string, readonly [OsErrorCode, ...OsErrorCode[]]>>;
export type FailingCall = keyof typeof FAILING_CALLS;

/** Calls between which what a registry has made and what it has written down differ. */
export const CHANGING_CALLS = [
  'memory.remove',
  'memory.create',
  'files.rename',
  'files.remove',
] as const;
export type ChangingCall = (typeof CHANGING_CALLS)[number];

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
  'clock-step',
  'clock-drift',
  'descriptors-full',
  'memory-full',
  'memory-removed',
  'registry-starts',
  'power-cut',
] as const satisfies readonly Exclude<Fault['kind'], 'call-fails'>[];

/** What is counted: the kind, and for failing calls which one and how. */
export const FAULT_LABELS: readonly string[] = [
  ...KINDS,
  ...Object.entries(FAILING_CALLS).flatMap(([call, codes]) =>
    codes.map((code) => `${call} ${code}`),
  ),
];

export function labelOf(fault: Fault): string {
  return fault.kind === 'call-fails' ? `${fault.call} ${fault.code}` : fault.kind;
}

/** When the last of the faults that have a time is over. */
export function endOf(faults: FaultScript): number {
  return faults.reduce((latest, fault) => {
    const [at, forMs] = ['at' in fault ? fault.at : 0, 'forMs' in fault ? fault.forMs : 0];
    return Math.max(latest, at + forMs);
  }, 0);
}

/** Whether it does nothing but kill registries and start others. */
export function killsRegistriesAlone(faults: FaultScript): boolean {
  return faults.every((fault) => {
    if (fault.kind === 'registry-starts') return true;
    const isKill = fault.kind === 'kill' || fault.kind === 'kill-at-time';
    return isKill && fault.of.program === 'lttng-sessiond';
  });
}
