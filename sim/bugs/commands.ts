/** Bugs of commands with files of their users. */
import { type Bug, inProgram, through } from './lenses.ts';

export const COMMAND_BUGS: Readonly<Record<string, Bug>> = {
  'saved-too-early': {
    title: 'a command reports a session as saved before its file is on the disk',
    caughtBy: 'kept',
    scenario: 'P1',
    plant: () =>
      inProgram('lttng', (world) => ({
        ...world,
        files: {
          ...world.files,
          open: (path, how, mode) => {
            const opened = world.files.open(path, how, mode);
            if (!opened.ok) return opened;
            return { ok: true, value: { ...through(opened.value), sync: () => DONE } };
          },
          syncDirectory: () => DONE,
        },
      })),
  },
};

const DONE = { ok: true, value: undefined } as const;
