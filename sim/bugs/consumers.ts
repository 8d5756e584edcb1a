/** Bugs of consumers and of processes that take snapshots. */
import type { ReadableSegment } from '../../src/port/shared-memory.ts';
import {
  CHECKPOINT_BYTES,
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  OFFSET_CHECKPOINTS,
  OFFSET_DISCARDED,
} from '../../src/ring/layout.ts';
import type { Lens } from '../machine/lens.ts';
import { throughFrames } from '../programs/frame-lens.ts';
import {
  appending,
  type Bug,
  connecting,
  inProgram,
  lengthOf,
  opening,
  through,
} from './lenses.ts';

const STREAM_OR_METADATA = /\/(metadata(\.new)?|.*_\d+)$/;
const METADATA = /\/metadata(\.new)?$/;
/** Files of streams: `CHANNEL_NUMBER` in the directory of a process. */
const STREAM_FILE = /\/ust\/.*_\d+$/;
/** The same in an unfinished snapshot. */
const SNAPSHOT_FILE = /\.part\/.*_\d+$/;
const PAGE_BYTES = 4096;
const LINE_BYTES = 64;

/** Kills the first consumer when it has appended to a stream for the second time. */
function dyingOnce(): Lens {
  let hasDied = false;
  return (world, program) =>
    appending('ust-consumerd', STREAM_FILE, (file, parts, nth) => {
      const taken = file.append(parts);
      if (nth === 0 || hasDied) return taken;
      hasDied = true;
      world.processes.exit(1);
      return taken;
    })(world, program);
}

/** Hides the checkpoints in every position segment. */
const forgetful = inProgram('ust-consumerd', (world) => ({
  ...world,
  memory: {
    ...world.memory,
    attachWritable: (id) => {
      const attached = world.memory.attachWritable(id);
      if (attached.ok)
        new Uint8Array(attached.value.buffer, OFFSET_CHECKPOINTS, 2 * CHECKPOINT_BYTES).fill(0);
      return attached;
    },
  },
}));

/** Hides the count of discarded events in a segment. */
function blindToDiscards(segment: ReadableSegment): ReadableSegment {
  const isCount = (offset: number): boolean =>
    offset === OFFSET_DISCARDED ||
    (offset >= PAGE_BYTES && offset % LINE_BYTES === DESCRIPTOR_DISCARDED_AT_CLOSE);
  return {
    byteLength: segment.byteLength,
    loadU32: (offset) => segment.loadU32(offset),
    loadU64: (offset) => segment.loadU64(offset),
    loadF64: (offset) => (isCount(offset) ? 0 : segment.loadF64(offset)),
    bytes: (offset, length) => segment.bytes(offset, length),
    detach: () => segment.detach(),
  };
}

/** Accepts this piece of a file without writing it. */
function dropping(name: RegExp, which: number): Lens {
  return appending('ust-consumerd', name, (file, parts, nth) =>
    nth === which ? { ok: true, value: lengthOf(parts) } : file.append(parts),
  );
}

export const CONSUMER_BUGS: Readonly<Record<string, Bug>> = {
  'packet-dropped': {
    title: 'the consumer skips a packet without writing it',
    caughtBy: 'conservation',
    scenario: 'S1',
    plant: () => dropping(STREAM_FILE, 1),
  },
  'packet-doubled': {
    title: 'the consumer writes a packet twice',
    caughtBy: 'conservation',
    scenario: 'S1',
    plant: () =>
      appending('ust-consumerd', STREAM_FILE, (file, parts, nth) => {
        const taken = file.append(parts);
        if (nth === 1) file.append(parts);
        return taken;
      }),
  },
  'checkpoints-forgotten': {
    title: 'a consumer dies, and the next one ignores its checkpoint',
    caughtBy: 'conservation',
    scenario: 'S1',
    plant: () => {
      const dying = dyingOnce();
      return (world, program) => forgetful(dying(world, program), program);
    },
  },
  'discards-uncounted': {
    title: 'discarded events are not counted',
    caughtBy: 'conservation',
    scenario: 'S1',
    plant: () =>
      inProgram('ust-consumerd', (world) => ({
        ...world,
        memory: {
          ...world.memory,
          attachReadable: (id) => {
            const attached = world.memory.attachReadable(id);
            return attached.ok ? { ok: true, value: blindToDiscards(attached.value) } : attached;
          },
        },
      })),
  },
  'text-damaged': {
    title: 'the consumer writes a byte that differs from the recorded one',
    caughtBy: 'conservation',
    scenario: 'S1',
    plant: () =>
      appending('ust-consumerd', STREAM_FILE, (file, parts) => {
        const body = parts.at(-1)?.slice();
        if (body === undefined || body.length < 2) return file.append(parts);
        // The last byte is the NUL of a text; the one before it, part of the text or of the counter.
        body[body.length - 2] = (body[body.length - 2] ?? 0) ^ 1;
        return file.append([...parts.slice(0, -1), body]);
      }),
  },
  'classes-undeclared': {
    title: 'the consumer loses the declarations of event classes',
    caughtBy: 'readability',
    scenario: 'S1',
    plant: () =>
      appending('ust-consumerd', METADATA, (file, parts, nth) =>
        nth >= 1 ? { ok: true, value: lengthOf(parts) } : file.append(parts),
      ),
  },
  'trace-rewritten': {
    title: 'the consumer truncates a stream file at the third packet',
    caughtBy: 'readability',
    scenario: 'S1',
    plant: () =>
      appending('ust-consumerd', STREAM_FILE, (file, parts, nth) => {
        if (nth === 2) file.truncate(0);
        return file.append(parts);
      }),
  },
  'timer-for-ever': {
    title: 'a consumer never ends, and its timer fires for ever',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      inProgram('ust-consumerd', (world) => {
        const again = (): void => void world.clock.setTimer(10, again);
        again();
        return { ...world, processes: { ...world.processes, exit: () => undefined } };
      }),
  },
  'call-for-ever': {
    title: 'a consumer retries one call endlessly',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      inProgram('ust-consumerd', (world) => ({
        ...world,
        pipes: {
          ...world.pipes,
          read: () => {
            for (;;) world.clock.monotonicNs();
          },
        },
      })),
  },
  'consumer-lingers': {
    title: 'a consumer keeps running after the end of its session',
    caughtBy: 'liveness',
    scenario: 'F1',
    plant: () =>
      inProgram('ust-consumerd', (world) => {
        world.clock.setTimer(50_000, () => undefined);
        return { ...world, processes: { ...world.processes, exit: () => undefined } };
      }),
  },
  'snapshot-dropped': {
    title: 'a snapshot omits a packet',
    caughtBy: 'conservation',
    scenario: 'SN1',
    plant: () => dropping(SNAPSHOT_FILE, 0),
  },
  'snapshot-unnamed': {
    title: 'a snapshot is never renamed to its final path',
    caughtBy: 'leftovers',
    scenario: 'SN1',
    plant: () =>
      inProgram('ust-consumerd', (world) => ({
        ...world,
        files: { ...world.files, rename: () => ({ ok: true, value: undefined }) },
      })),
  },
  'snapshots-mixed': {
    title: 'snapshots with the same output share a temporary directory',
    caughtBy: 'conservation',
    scenario: 'SN2',
    plant: () =>
      inProgram('ust-consumerd', (world) => ({
        ...world,
        identity: { ...world.identity, pid: 1 },
      })),
  },
  'release-unsaid': {
    title: 'the consumer never reports that it has finished a stream',
    caughtBy: 'bounds',
    scenario: 'H12',
    plant: () =>
      connecting('ust-consumerd', (connection, tell) =>
        tell(throughFrames(connection, { said: withoutRelease })),
      ),
  },
  'outcome-unsaid': {
    title: 'the consumer does not report that it cannot write',
    caughtBy: 'conservation',
    scenario: 'D3',
    plant: () =>
      connecting('ust-consumerd', (connection, tell) =>
        tell(throughFrames(connection, { said: withoutUnwritten })),
      ),
  },
  'flush-claimed': {
    title: 'the consumer confirms a flush whose packets it will write later',
    caughtBy: 'answers',
    scenario: 'D3',
    plant: () =>
      connecting('ust-consumerd', (connection, tell) =>
        tell(throughFrames(connection, { said: withoutUnwritten })),
      ),
  },
  'loss-unnoticed': {
    title: 'the consumer does not notice that others removed or truncated its files',
    caughtBy: 'conservation',
    scenario: 'D4',
    plant: () =>
      opening('ust-consumerd', STREAM_OR_METADATA, (file) => ({
        ...through(file),
        standing: () => ({
          ok: true,
          value: { byteLength: Number.MAX_SAFE_INTEGER, isNamed: true, isRemoved: false },
        }),
      })),
  },
  'connected-twice': {
    title: 'a program receives the same connection twice',
    caughtBy: 'answers',
    scenario: 'S1',
    plant: () =>
      connecting('ust-consumerd', (connection, tell) => {
        tell(connection);
        tell(connection);
      }),
  },
  'pipe-throws': {
    title: 'a program throws an exception',
    caughtBy: 'conduct',
    scenario: 'S1',
    plant: () =>
      inProgram('ust-consumerd', (world) => ({
        ...world,
        pipes: {
          ...world.pipes,
          read: () => {
            throw new Error('planted');
          },
        },
      })),
  },
};

function withoutRelease(message: unknown): unknown {
  return (message as { type: string }).type === 'stream.released' ? undefined : message;
}

function withoutUnwritten(message: unknown): unknown {
  const { unwritten: _, ...rest } = message as { unwritten?: object };
  return rest;
}
