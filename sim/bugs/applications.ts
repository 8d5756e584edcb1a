/** Bugs of the library inside an application. */
import type { World } from '../../src/port/world.ts';
import type { Lens } from '../machine/lens.ts';
import { type Bug, inProgram } from './lenses.ts';

/** Changes the clock of an application after it attaches its first buffer. */
function recording(changed: (world: World) => World['clock']): Lens {
  return inProgram('application', (world) => {
    let isRecording = false;
    const then = changed(world);
    return {
      ...world,
      clock: {
        ...world.clock,
        monotonicNs: () => (isRecording ? then : world.clock).monotonicNs(),
      },
      memory: {
        ...world.memory,
        attachWritable: (id) => {
          isRecording = true;
          return world.memory.attachWritable(id);
        },
      },
    };
  });
}

export const APPLICATION_BUGS: Readonly<Record<string, Bug>> = {
  'buffers-refused': {
    title: 'an application cannot attach its buffers',
    caughtBy: 'coverage',
    scenario: 'S1',
    plant: () =>
      inProgram('application', (world) => ({
        ...world,
        memory: {
          ...world.memory,
          attachWritable: ({ id }) => ({
            ok: false,
            error: { code: 'EIDRM', call: 'memory.attachWritable', subject: `${id}` },
          }),
        },
      })),
  },
  'application-kept-alive': {
    title: 'the library keeps its application alive',
    caughtBy: 'interference',
    scenario: 'S1',
    plant: () =>
      inProgram('application', (world) => ({
        ...world,
        clock: {
          ...world.clock,
          setTimer: (delayMs, fire) => world.clock.setTimer(delayMs, fire),
        },
        unix: {
          ...world.unix,
          connect: (path, _, onOutcome) => world.unix.connect(path, {}, onOutcome),
          passSocket: (path) => world.unix.passSocket(path, {}),
        },
      })),
  },
  'tracepoint-throws': {
    title: 'the library throws an exception from a tracepoint',
    caughtBy: 'interference',
    scenario: 'S1',
    plant: () =>
      recording((world) => ({
        ...world.clock,
        monotonicNs: () => {
          throw new Error('planted');
        },
      })),
  },
  'tracepoint-waits': {
    title: 'the library waits inside a tracepoint',
    caughtBy: 'interference',
    scenario: 'F1',
    plant: () =>
      recording(({ clock }) => ({
        ...clock,
        monotonicNs: () => {
          const until = clock.monotonicNs() + 20_000_000n;
          while (clock.monotonicNs() < until);
          return clock.monotonicNs();
        },
      })),
  },
  'exit-code-changed': {
    title: 'the library changes the exit status of its application',
    caughtBy: 'interference',
    scenario: 'S1',
    plant: () =>
      inProgram('application', (world) => ({
        ...world,
        processes: { ...world.processes, exit: (code) => world.processes.exit(code === 0 ? 1 : 0) },
      })),
  },
  'descriptors-taken': {
    title: 'the library takes all file descriptors of its application',
    caughtBy: 'interference',
    scenario: 'S3',
    plant: () =>
      inProgram('application', (world) => ({
        ...world,
        memory: {
          ...world.memory,
          attachWritable: (id) => {
            const path = `${world.identity.homeDirectory}/kept-${world.identity.pid}`;
            while (world.files.open(path, 'append', 0o600).ok);
            return world.memory.attachWritable(id);
          },
        },
      })),
  },
};
