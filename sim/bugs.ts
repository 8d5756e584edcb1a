/**
 * Planted bugs: each is a way in which our programs could go wrong, made by a World that lies to one of them. They
 * prove that the oracles see: a law that no bug breaks watches nothing.
 */
import { APPLY_MS_MAX } from '../actors/session/limits.ts';
import type { ConnectionListener, ReadableSegment } from '../src/port/world.ts';
import {
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  NOTE_BYTES,
  OFFSET_DISCARDED,
  OFFSET_NOTES,
} from '../src/ring/layout.ts';
import { APP_PROTOCOL_MAJOR } from '../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../src/wire/control/messages.ts';
import { APPLICATION_BUGS } from './bugs/applications.ts';
import {
  accepting,
  appending,
  type Bug,
  connecting,
  inProgram,
  lengthOf,
  listening,
  opening,
  through,
} from './bugs/lenses.ts';
import { type Change, throughFrames } from './frame-lens.ts';
import type { Lens } from './run.ts';

export type { Bug } from './bugs/lenses.ts';

const METADATA = /\/metadata(\.new)?$/;
/** Files of streams: `CHANNEL_NUMBER` in the directory of a process. */
const STREAM_FILE = /\/ust\/.*_\d+$/;
/** The same in a snapshot that is being made. */
const SNAPSHOT_FILE = /\.part\/.*_\d+$/;
const PAGE_BYTES = 4096;
const LINE_BYTES = 64;

/** The first consumer that has appended to a stream for the second time is no more. */
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

/** Finds every position segment without notes. */
const forgetful = inProgram('ust-consumerd', (world) => ({
  ...world,
  memory: {
    ...world.memory,
    attachWritable: (id) => {
      const attached = world.memory.attachWritable(id);
      if (attached.ok) new Uint8Array(attached.value.buffer, OFFSET_NOTES, 2 * NOTE_BYTES).fill(0);
      return attached;
    },
  },
}));

/** Sees no discarded events in a segment. */
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

export const BUGS: Readonly<Record<string, Bug>> = {
  ...APPLICATION_BUGS,
  'packet-dropped': {
    title: 'the consumer passes a packet without writing it',
    caughtBy: 'conservation',
    scenario: 'S1',
    plant: () =>
      appending('ust-consumerd', STREAM_FILE, (file, parts, nth) =>
        nth === 1 ? { ok: true, value: lengthOf(parts) } : file.append(parts),
      ),
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
  'notes-forgotten': {
    title: 'a consumer dies, and the next one does not see what it noted',
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
    title: 'the consumer writes a byte that the application did not',
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
    title: 'the consumer begins a stream file anew with the third packet',
    caughtBy: 'readability',
    scenario: 'S1',
    plant: () =>
      appending('ust-consumerd', STREAM_FILE, (file, parts, nth) => {
        if (nth === 2) file.truncate(0);
        return file.append(parts);
      }),
  },
  'pipe-unsignalled': {
    title: 'the registry does not wake those that wait for it',
    caughtBy: 'coverage',
    scenario: 'K1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        pipes: { ...world.pipes, signal: () => ({ ok: true, value: undefined }) },
      })),
  },
  'segment-kept': {
    title: 'the registry forgets to remove a segment',
    caughtBy: 'leftovers',
    scenario: 'S1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        memory: { ...world.memory, remove: () => ({ ok: true, value: undefined }) },
      })),
  },
  'segment-for-all': {
    title: 'the registry makes buffers that everybody can read',
    caughtBy: 'isolation',
    scenario: 'S1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        memory: {
          ...world.memory,
          create: (byteLength, access) =>
            world.memory.create(byteLength, { ...access, mode: access.mode | 0o004 }),
        },
      })),
  },
  'stranger-served': {
    title: 'the global registry serves users outside the group',
    caughtBy: 'isolation',
    scenario: 'S2',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        users: { ...world.users, isMember: () => true },
        unix: {
          ...world.unix,
          listen: (path, options, onConnection) =>
            world.unix.listen(path, { ...options, mode: 0o666 }, onConnection),
        },
      })),
  },
  'request-lost': {
    title: 'a request to end a session gets lost',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      connecting('lttng', (connection, tell) =>
        tell(throughFrames(connection, { said: withoutDestroy })),
      ),
  },
  'waits-for-ever': {
    title: 'the registry waits for applications that hang, however long',
    caughtBy: 'liveness',
    scenario: 'H3',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        clock: {
          ...world.clock,
          setTimer: (delayMs, fire, options) =>
            world.clock.setTimer(
              delayMs,
              delayMs === APPLY_MS_MAX ? () => undefined : fire,
              options,
            ),
        },
      })),
  },
  'timer-for-ever': {
    title: 'a consumer never ends, and a timer of it goes on for ever',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      inProgram('ust-consumerd', (world) => {
        const again = (): void => void world.clock.setTimer(10, again);
        again();
        return { ...world, processes: { ...world.processes, exit: () => undefined } };
      }),
  },
  'event-for-ever': {
    title: 'the registry has something to do at once, again and again',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => {
        const again = (): void => void world.clock.setTimer(0, again);
        again();
        return world;
      }),
  },
  'call-for-ever': {
    title: 'a consumer tries the same again and again, and does nothing else',
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
    title: 'a consumer stays for a while after its session',
    caughtBy: 'liveness',
    scenario: 'F1',
    plant: () =>
      inProgram('ust-consumerd', (world) => {
        world.clock.setTimer(50_000, () => undefined);
        return { ...world, processes: { ...world.processes, exit: () => undefined } };
      }),
  },
  'uuid-malformed': {
    title: 'the registry gives sessions UUIDs that its own protocol refuses',
    caughtBy: 'answers',
    scenario: 'S2',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        random: { ...world.random, uuid: () => 'not a uuid' },
      })),
  },
  'list-short': {
    title: 'the registry leaves a session out of its lists',
    caughtBy: 'linearizable',
    scenario: 'C1',
    plant: () => listening('lttng-sessiond', () => ({ said: withoutLastListed })),
  },
  'record-stale': {
    title: 'the registry does not replace the record of a session',
    caughtBy: 'linearizable',
    scenario: 'C2',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        files: {
          ...world.files,
          rename: (from, to) =>
            world.files.info(to).ok ? world.files.remove(from) : world.files.rename(from, to),
        },
      })),
  },
  'snapshot-dropped': {
    title: 'a snapshot leaves a packet out',
    caughtBy: 'conservation',
    scenario: 'SN1',
    plant: () =>
      appending('ust-consumerd', SNAPSHOT_FILE, (file, parts, nth) =>
        nth === 0 ? { ok: true, value: lengthOf(parts) } : file.append(parts),
      ),
  },
  'snapshot-unnamed': {
    title: 'a snapshot never gets its name',
    caughtBy: 'leftovers',
    scenario: 'SN1',
    plant: () =>
      inProgram('ust-consumerd', (world) => ({
        ...world,
        files: { ...world.files, rename: () => ({ ok: true, value: undefined }) },
      })),
  },
  'version-ignored': {
    title: 'the registry takes every major version for its own',
    caughtBy: 'versions',
    scenario: 'V1',
    plant: () => listening('lttng-sessiond', (path) => ({ heard: withOwnMajor(path) })),
  },
  'release-unsaid': {
    title: 'the consumer never says that it has done with a stream',
    caughtBy: 'bounds',
    scenario: 'S2',
    plant: () =>
      connecting('ust-consumerd', (connection, tell) =>
        tell(throughFrames(connection, { said: withoutRelease })),
      ),
  },
  'actors-kept': {
    title: 'the registry keeps the actors of peers that have left',
    caughtBy: 'bounds',
    scenario: 'S2',
    plant: () =>
      accepting('lttng-sessiond', (connection) => {
        const same = throughFrames(connection, {});
        const deaf = (onData: (bytes: Uint8Array) => void): ConnectionListener => ({
          onData,
          onClose: () => undefined,
        });
        return { ...same, start: ({ onData }) => same.start(deaf(onData)) };
      }),
  },
  'files-kept-open': {
    title: 'the registry does not close its records',
    caughtBy: 'bounds',
    scenario: 'S2',
    plant: () =>
      opening('lttng-sessiond', /\.json\.new$/, (file) => ({
        ...through(file),
        close: () => undefined,
      })),
  },
  'group-kept': {
    title: 'the registry stays with the group that it has first read',
    caughtBy: 'isolation',
    scenario: 'G1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => {
        const known = world.users.groupId('tracing');
        return { ...world, users: { ...world.users, groupId: () => known } };
      }),
  },
  'connected-twice': {
    title: 'a program is told of one connection twice',
    caughtBy: 'conduct',
    scenario: 'S1',
    plant: () =>
      connecting('ust-consumerd', (connection, tell) => {
        tell(connection);
        tell(connection);
      }),
  },
  'pipe-throws': {
    title: 'a program throws',
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

function withOwnMajor(path: string): Change {
  const major = path.endsWith('/apps.sock') ? APP_PROTOCOL_MAJOR : CONTROL_PROTOCOL_MAJOR;
  return (message) =>
    (message as { type: string }).type === 'hello' ? { ...(message as object), major } : message;
}

function withoutLastListed(message: unknown): unknown {
  const { type, value } = message as { type: string; value?: { sessions?: readonly unknown[] } };
  const { sessions } = value ?? {};
  if (type !== 'reply' || sessions === undefined) return message;
  return { ...(message as object), value: { ...value, sessions: sessions.slice(0, -1) } };
}

function withoutRelease(message: unknown): unknown {
  return (message as { type: string }).type === 'stream.released' ? undefined : message;
}

function withoutDestroy(message: unknown): unknown {
  const { operation } = message as { operation?: { op?: string } };
  return operation?.op === 'session.destroy' ? undefined : message;
}
