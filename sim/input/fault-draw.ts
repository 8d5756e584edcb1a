/**
 * Draws fault scripts. Each run has its own mix of a few kinds, often of only one family, since a fault that is always
 * present hides the effects of others. Every fault has its own label to draw from.
 */
import type { Draw, PartDraw } from './draw.ts';
import {
  FAILING_CALLS,
  type FailingCall,
  type Fault,
  type FaultScript,
  KILLED_UNDER,
  SPOILINGS,
  type Target,
} from './fault.ts';

const FAULTS_MAX = 6;
/** The most kinds in one run. */
const KINDS_MAX = 4;
const ALL_CALLS = Object.keys(FAILING_CALLS) as FailingCall[];
/** The calls of programs whose host is alone, and those of programs on a network. */
const CALLS = ALL_CALLS.filter(
  (call) => !call.startsWith('network.') && !call.startsWith('kernel.'),
) as [FailingCall, ...FailingCall[]];
export const NETWORK_CALLS: readonly [FailingCall, ...FailingCall[]] = [
  'network.listen',
  'network.connect',
  'network.resolve',
];
/** Relative frequency of each kind. */
const WEIGHTS: Readonly<Record<Fault['kind'], number>> = {
  kill: 6,
  'kill-at-time': 3,
  'kill-at-load': 3,
  'kill-at-store': 3,
  'kill-under': 3,
  'torn-write': 3,
  'half-open': 3,
  pause: 3,
  // Drawn separately: see drawForGood.
  'stop-for-good': 0,
  'kill-for-good': 0,
  reset: 3,
  clog: 3,
  'slow-reader': 3,
  latency: 3,
  'call-fails': 24,
  'short-write': 3,
  'disk-full': 3,
  'disk-error': 3,
  'mode-lost': 3,
  'files-spoiled': 3,
  'clock-step': 2,
  'clock-drift': 2,
  'descriptors-full': 3,
  'memory-full': 3,
  'memory-removed': 2,
  'other-namespace': 2,
  'registry-starts': 3,
  // It ends the run, and so hides the faults after it.
  'power-cut': 1,
};
const ALL_KINDS = Object.keys(WEIGHTS) as Fault['kind'][];
const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
  Array.from({ length: weight }, () => kind),
) as [Fault['kind'], ...Fault['kind'][]];
/** The programs that make each call that can fail. */
const CALLERS: Readonly<Record<FailingCall, readonly [string, ...string[]]>> = {
  'unix.listen': ['lttng-sessiond'],
  'unix.connect': ['lttng', 'ust-consumerd', 'application'],
  'unix.passSocket': ['application'],
  'unix.claimSocket': ['lttng-sessiond'],
  'unix.peer': ['application'],
  'pipes.create': ['lttng-sessiond', 'application'],
  'pipes.awaitSignal': ['application'],
  'pipes.signal': ['lttng-sessiond'],
  'pipes.read': ['ust-consumerd'],
  'pipes.openWriter': ['application'],
  'pipes.write': ['application'],
  'memory.create': ['lttng-sessiond'],
  'memory.attachWritable': ['lttng-sessiond', 'application', 'ust-consumerd'],
  'memory.attachReadable': ['application', 'ust-consumerd'],
  'memory.info': ['application'],
  'memory.list': ['lttng-sessiond'],
  'files.open': ['ust-consumerd', 'ust-consumerd', 'lttng-sessiond'],
  'files.append': ['ust-consumerd'],
  'files.read': ['lttng-sessiond', 'ust-consumerd'],
  'files.byteLength': ['ust-consumerd', 'lttng-sessiond'],
  'files.sync': ['lttng-sessiond', 'ust-consumerd'],
  'files.syncDirectory': ['lttng-sessiond'],
  'files.rename': ['lttng-sessiond', 'ust-consumerd'],
  'files.list': ['lttng-sessiond'],
  'files.truncate': ['ust-consumerd'],
  'files.makeDirectory': ['ust-consumerd', 'lttng-sessiond'],
  'files.holdDirectory': ['ust-consumerd', 'lttng-sessiond'],
  'files.remove': ['lttng-sessiond'],
  'files.info': ['application', 'ust-consumerd', 'lttng-sessiond'],
  'files.lock': ['lttng-sessiond'],
  'processes.spawn': ['lttng'],
  'processes.isAlive': ['lttng-sessiond', 'ust-consumerd'],
  'processes.startedAt': ['lttng-sessiond', 'application'],
  'users.groupId': ['lttng-sessiond'],
  'network.listen': ['lttng-relayd'],
  'network.connect': ['sender'],
  'network.resolve': ['sender'],
  'network.openPassage': ['lttng-sessiond'],
  'network.pass': ['lttng-sessiond'],
  'network.reachPassage': ['ust-consumerd'],
  'network.take': ['ust-consumerd'],
  'network.passPages': ['lttng-sessiond'],
  'network.takePages': ['ltt-consumerd'],
  'kernel.describe': ['lttng-sessiond'],
  'kernel.events': ['lttng-sessiond'],
  'kernel.format': ['lttng-sessiond'],
  'kernel.instances': ['lttng-sessiond'],
  'kernel.makeInstance': ['lttng-sessiond'],
  'kernel.removeInstance': ['lttng-sessiond'],
  'kernel.setRecording': ['lttng-sessiond'],
  'kernel.setEvent': ['lttng-sessiond'],
  'kernel.enabledEvents': ['lttng-sessiond'],
  'kernel.counts': ['lttng-sessiond'],
  'kernel.openPages': ['lttng-sessiond'],
  'kernel.claimPages': ['ltt-consumerd'],
  'kernel.readPage': ['ltt-consumerd'],
  'kernel.pagesCounts': ['ltt-consumerd'],
  'users.isMember': ['lttng-sessiond'],
};
/** Approximate number of calls that a program makes in a scenario. */
const CALLS_MADE: Readonly<Record<string, number>> = {
  lttng: 60,
  'lttng-sessiond': 600,
  'ust-consumerd': 400,
  application: 300,
};
/** Programs that may stay stopped, or dead, when the rest of the machine is healed. */
const STOPPED = [
  'application',
  'ust-consumerd',
  'lttng',
  'lttng-sessiond',
  'lttng-sessiond',
] as const;
const DEAD = ['ust-consumerd', 'lttng-sessiond', 'application'] as const;
/** One run in this many heals only a part of the machine; the others heal everything. */
const CORE_ONE_IN = 3;
const FOR_GOOD_MAX = 3;
const KILLS = ['kill', 'kill-at-time', 'kill-at-time', 'kill-at-load', 'kill-under'] as const;
const KILLS_MAX = 4;
const PROGRAMS = ['lttng-sessiond', 'ust-consumerd', 'application', 'lttng'] as const;

/** The properties of a scenario from which its faults are drawn. */
export interface Setting {
  readonly durationMs: number;
  /** Paths that may lose their mode. */
  readonly places: readonly [string, ...string[]];
  /** Directories of traces, whose files others may remove, replace or truncate. */
  readonly outputs: readonly [string, ...string[]];
  /** Users for whom another registry may be started. */
  readonly users: readonly [string, ...string[]];
}

/** Draws a mix of faults. */
export function drawFaults(draws: Draw, setting: Setting): FaultScript {
  const whole = draws.of('faults');
  const kinds = Array.from({ length: whole.between(1, KINDS_MAX) }, () => whole.pick(KINDS));
  return Array.from({ length: whole.between(1, FAULTS_MAX) }, (_, index): Fault => {
    const part = draws.of(`fault ${index}`);
    const [first = 'kill', ...others] = kinds;
    return drawFault(part, part.pick([first, ...others]), setting);
  }).flatMap(withCause);
}

/** kill -9 of a few processes, at all kinds of moments. */
export function drawKills(draws: Draw, setting: Setting): FaultScript {
  return Array.from({ length: draws.of('kills').between(1, KILLS_MAX) }, (_, index): Fault => {
    const part = draws.of(`kill ${index}`);
    return drawFault(part, part.pick(KILLS), setting);
  });
}

/** The processes that stay dead or stopped when the others are healed; mostly none. */
export function drawForGood(draws: Draw, { durationMs }: Setting): FaultScript {
  const whole = draws.of('for good');
  if (!whole.chance(CORE_ONE_IN)) return [];
  return Array.from({ length: whole.between(1, FOR_GOOD_MAX) }, (_, index): Fault => {
    const part = draws.of(`for good ${index}`);
    const kind = part.pick(['stop-for-good', 'kill-for-good'] as const);
    return forGood(part, kind, part.between(0, durationMs));
  });
}

function forGood(part: PartDraw, kind: 'stop-for-good' | 'kill-for-good', at: number): Fault {
  const programs = kind === 'stop-for-good' ? STOPPED : DEAD;
  return { kind, of: targetOf(part, part.pick(programs)), at };
}

/** Faults with one label only, and the faults that must precede them. */
export function drawFaultsOf(label: string, draws: Draw, setting: Setting): FaultScript {
  const kind = ALL_KINDS.find((other) => other === label) ?? 'call-fails';
  return Array.from({ length: FAULTS_MAX }, (_, index): Fault => {
    const fault = drawFault(draws.of(`fault ${index}`), kind, setting);
    if (fault.kind !== 'call-fails') return fault;
    for (const call of ALL_CALLS) {
      const code = FAILING_CALLS[call].find((each) => `${call} ${each}` === label);
      const part = draws.of(`caller ${index}`);
      if (code !== undefined) return { ...fault, call, code, of: callerOf(part, call) };
    }
    return fault;
  }).flatMap(withCause);
}

/** Faults without which programs do not make some calls at all. */
const CAUSES: Readonly<Partial<Record<FailingCall, FaultScript>>> = {
  // Programs truncate files only after a partial append.
  'files.truncate': [{ kind: 'disk-full', at: 0, forMs: 400, leaving: 3000 }],
  // Only a registry that starts after another one searches for segments that the other left.
  'memory.list': [
    { kind: 'kill-at-time', of: { program: 'lttng-sessiond', index: 0 }, at: 20 },
    { kind: 'registry-starts', at: 30, user: 'root' },
  ],
  // Applications call it only when they have lost their registry.
  'memory.info': [{ kind: 'kill-at-time', of: { program: 'lttng-sessiond', index: 0 }, at: 120 }],
};

function withCause(fault: Fault): readonly Fault[] {
  return [...(fault.kind === 'call-fails' ? (CAUSES[fault.call] ?? []) : []), fault];
}

function drawFault(part: PartDraw, kind: Fault['kind'], setting: Setting): Fault {
  const at = part.between(0, setting.durationMs);
  const forMs = part.pick([2, 20, 100, 400, 1500]);
  const of = targetOf(part, part.pick(PROGRAMS));
  return FAULT_OF[kind](part, { of, at, forMs }, setting);
}

/** Values drawn for every fault, even if its kind does not use them: another kind then leaves the rest unchanged. */
interface Common {
  readonly of: Target;
  readonly at: number;
  readonly forMs: number;
}

/** Draws the other values that each kind of fault needs. */
const FAULT_OF: Readonly<
  Record<Fault['kind'], (part: PartDraw, common: Common, setting: Setting) => Fault>
> = {
  kill: (part, { of }) => ({
    kind: 'kill',
    of,
    atCall: upTo(part, CALLS_MADE[of.program] ?? 100),
  }),
  'kill-at-time': (_, { of, at }) => ({ kind: 'kill-at-time', of, at }),
  'kill-at-load': (part) => ({
    kind: 'kill-at-load',
    of: targetOf(part, part.pick(['ust-consumerd', 'ust-consumerd', 'application'])),
    atLoad: upTo(part, 600),
  }),
  'kill-at-store': (part) => ({
    kind: 'kill-at-store',
    of: targetOf(part, 'application'),
    atStore: upTo(part, 2000),
  }),
  'kill-under': (part) => ({
    kind: 'kill-under',
    victim: part.pick(['registry', 'consumer']),
    op: part.pick(KILLED_UNDER),
    nth: part.between(1, 2),
    afterUs: part.between(1, 400),
  }),
  'torn-write': (part) => ({
    kind: 'torn-write',
    of: targetOf(part, 'ust-consumerd'),
    atAppend: part.between(1, 12),
    bytes: upTo(part, 8000),
  }),
  'half-open': (_, { of, at, forMs }) => ({ kind: 'half-open', of, at, forMs }),
  pause: (_, { of, at, forMs }) => ({ kind: 'pause', of, at, forMs }),
  'stop-for-good': (part, { at }) => forGood(part, 'stop-for-good', at),
  'kill-for-good': (part, { at }) => forGood(part, 'kill-for-good', at),
  reset: (part, { of, at }) => ({ kind: 'reset', of, at, connection: part.between(0, 5) }),
  clog: (part, common) => ({ kind: 'clog', ...common, connection: part.between(0, 5) }),
  'slow-reader': (part, common) => ({
    kind: 'slow-reader',
    ...common,
    connection: part.between(0, 5),
  }),
  latency: (part, { at, forMs }) => ({ kind: 'latency', at, forMs, byMs: part.pick([1, 10, 50]) }),
  'call-fails': drawFailingCall,
  'short-write': (part) => ({
    kind: 'short-write',
    of: targetOf(part, 'ust-consumerd'),
    nth: part.between(1, 6),
    times: part.between(1, 20),
  }),
  'disk-full': (part, { at, forMs }) => ({
    kind: 'disk-full',
    at,
    forMs,
    leaving: part.pick([0, 1, 100, 2000, 10_000]),
  }),
  'disk-error': (part, { at, forMs }) => ({
    kind: 'disk-error',
    at,
    forMs,
    oneIn: part.pick([1, 2, 5]),
  }),
  'mode-lost': (part, { at, forMs }, { places }) => ({
    kind: 'mode-lost',
    at,
    forMs,
    path: part.pick(places),
  }),
  'files-spoiled': (part, { at }, { outputs }) => ({
    kind: 'files-spoiled',
    at,
    path: part.pick(outputs),
    how: part.pick(SPOILINGS),
    nth: part.between(0, 7),
  }),
  'clock-step': (part, { at }) => ({
    kind: 'clock-step',
    at,
    byMs: part.pick([-86_400_000, -1000, -1, 1, 3_600_000]),
  }),
  'clock-drift': (part, { at, forMs }) => ({
    kind: 'clock-drift',
    at,
    forMs,
    ppm: part.pick([-100_000, -200, 200, 100_000]),
  }),
  'descriptors-full': (part, common) => ({
    kind: 'descriptors-full',
    ...common,
    leaving: part.between(0, 4),
  }),
  'memory-full': (part, { at, forMs }) => ({
    kind: 'memory-full',
    at,
    forMs,
    ...(part.chance(3)
      ? { leaving: part.pick([0, 20_000, 100_000]), counting: 'bytes' }
      : { leaving: part.between(0, 3) }),
  }),
  'other-namespace': (part) => ({
    kind: 'other-namespace',
    of: targetOf(part, 'application'),
  }),
  'memory-removed': (part, { at }) => ({
    kind: 'memory-removed',
    at,
    segment: part.between(0, 7),
  }),
  'registry-starts': (part, { at }, { users }) => ({
    kind: 'registry-starts',
    at,
    user: part.pick(users),
  }),
  'power-cut': (part, { at }) => ({ kind: 'power-cut', at, writtenBackAt: part.between(0, at) }),
};

function drawFailingCall(part: PartDraw): Fault {
  return drawFailingCallOf(part, CALLS);
}

/** One of these calls fails. */
export function drawFailingCallOf(
  part: PartDraw,
  calls: readonly [FailingCall, ...FailingCall[]],
): Fault {
  const call = part.pick(calls);
  const code = part.pick(FAILING_CALLS[call]);
  const of = callerOf(part, call);
  const [nth, times] = [part.between(1, 4), part.pick([1, 1, 2, 10])];
  return { kind: 'call-fails', of, call, code, nth, times };
}

function callerOf(part: PartDraw, call: FailingCall): Target {
  return targetOf(part, part.pick(CALLERS[call]));
}

/** A process that runs the program; mostly the first one. */
function targetOf(part: PartDraw, program: string): Target {
  return { program, index: part.pick([0, 0, 0, 1, 1, 2]) };
}

/** From 1 to `most`, evenly over orders of magnitude. */
function upTo(part: PartDraw, most: number): number {
  const bits = 32 - Math.clz32(most);
  return Math.min(most, part.between(1, 2 ** part.between(1, bits)));
}
