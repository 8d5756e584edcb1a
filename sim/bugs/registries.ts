/** Bugs of registries, and of commands that send requests to them. */
import { APPLY_MS_MAX } from '../../actors/sessiond/limits.ts';
import type { ConnectionListener } from '../../src/port/unix-sockets.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { type Change, throughFrames } from '../programs/frame-lens.ts';
import {
  accepting,
  type Bug,
  connecting,
  inProgram,
  listening,
  opening,
  through,
} from './lenses.ts';

export const REGISTRY_BUGS: Readonly<Record<string, Bug>> = {
  'pipe-unsignalled': {
    title: 'the registry does not wake applications that wait for it',
    caughtBy: 'coverage',
    scenario: 'K1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        pipes: { ...world.pipes, signal: () => ({ ok: true, value: undefined }) },
      })),
  },
  'hangup-ignored': {
    title: 'a command dies of the end of its terminal',
    caughtBy: 'leftovers',
    scenario: 'S5',
    plant: () =>
      inProgram('lttng', (world) => ({
        ...world,
        processes: {
          ...world.processes,
          onSignal: (signals, onSignal) =>
            world.processes.onSignal(
              signals.filter((name) => name !== 'SIGHUP'),
              onSignal,
            ),
        },
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
  'segment-by-id': {
    title: 'the registry removes whichever segment has the id of one that it made',
    caughtBy: 'isolation',
    scenario: 'H11',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        memory: {
          ...world.memory,
          remove: (segment) => {
            const listed = world.memory.list();
            const present = listed.ok
              ? listed.value.find(({ id }) => id === segment.id)
              : undefined;
            return world.memory.remove(present ?? segment);
          },
        },
      })),
  },
  'threads-believed': {
    title: 'the registry makes buffers for threads that do not exist',
    caughtBy: 'isolation',
    scenario: 'H12',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        processes: { ...world.processes, hasThread: () => true },
      })),
  },
  'segment-for-all': {
    title: 'the registry creates buffers that all users can read',
    caughtBy: 'isolation',
    scenario: 'S1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        memory: {
          ...world.memory,
          create: (byteLength, access, family) =>
            world.memory.create(byteLength, { ...access, mode: access.mode | 0o004 }, family),
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
    title: 'a request to destroy a session is lost',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      connecting('lttng', (connection, tell) =>
        tell(throughFrames(connection, { said: withoutDestroy })),
      ),
  },
  'waits-for-ever': {
    title: 'the registry waits without limit for applications that hang',
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
  'event-for-ever': {
    title: 'the registry never becomes idle',
    caughtBy: 'liveness',
    scenario: 'S1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => {
        const again = (): void => void world.clock.setTimer(0, again);
        again();
        return world;
      }),
  },
  'uuid-malformed': {
    title: 'the registry assigns session UUIDs that its own protocol refuses',
    caughtBy: 'answers',
    scenario: 'S2',
    plant: () =>
      inProgram('lttng-sessiond', (world) => ({
        ...world,
        random: { ...world.random, uuid: () => 'not a uuid' },
      })),
  },
  'unbuffered-unnamed': {
    title: 'the registry does not name the threads without buffers',
    caughtBy: 'coverage',
    scenario: 'D5',
    plant: () => listening('lttng-sessiond', () => ({ said: withoutUnbuffered })),
  },
  'list-short': {
    title: 'the registry omits a session from its lists',
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
  'version-ignored': {
    title: 'the registry accepts every major version',
    caughtBy: 'versions',
    scenario: 'V1',
    plant: () => listening('lttng-sessiond', (path) => ({ heard: withOwnMajor(path) })),
  },
  'actors-kept': {
    title: 'the registry keeps the actors of disconnected peers',
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
    title: 'the registry does not close its record files',
    caughtBy: 'bounds',
    scenario: 'S2',
    plant: () =>
      opening('lttng-sessiond', /\.json\.new$/, (file) => ({
        ...through(file),
        close: () => undefined,
      })),
  },
  'group-kept': {
    title: 'the registry ignores later changes of the configured group',
    caughtBy: 'isolation',
    scenario: 'G1',
    plant: () =>
      inProgram('lttng-sessiond', (world) => {
        const known = world.users.groupId('tracing');
        return { ...world, users: { ...world.users, groupId: () => known } };
      }),
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

function withoutDestroy(message: unknown): unknown {
  const { operation } = message as { operation?: { op?: string } };
  return operation?.op === 'session.destroy' ? undefined : message;
}

function withoutUnbuffered(message: unknown): unknown {
  const reply = message as { type: string; value?: { session?: { unbuffered?: object } } };
  if (reply.type !== 'reply' || reply.value?.session?.unbuffered === undefined) return message;
  const { unbuffered: _, ...session } = reply.value.session;
  return { ...reply, value: { ...reply.value, session } };
}
