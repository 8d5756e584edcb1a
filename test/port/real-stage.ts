/**
 * The conformance stage on the real World. Steps of `root` run in the calling process. alice and bob are child
 * processes with their own user ids; they load the same scripts (`user-process.ts`) and run the steps that the parent
 * names.
 */

import { type ChildProcess, fork } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRealWorld } from '../../src/os/world.ts';
import { levelOf } from '../../src/port/log.ts';
import type { ConformanceScript, Stage, StageProgram, StageUser, UserIds } from './stage.ts';
import { createTidyWorld } from './tidy-world.ts';

const UNTIL_MS = 10_000;
const POLL_MS = 2;
const DISMISS_MS = 2_000;
/** Not $TMPDIR: it may be too long for socket paths, and other users may have no access. */
/** The mode of files that scripts open for the kernel to see: no other call has it. */
const CALL_MODE = 0o1234;
const DIRECTORY_PREFIX = '/tmp/conformance-';

export type Ids = Readonly<Record<StageUser, UserIds>>;
export type Notes = readonly (readonly [string, string | number])[];

/** The request to a user's process, and its answer. */
export interface StepRequest {
  readonly script: string;
  readonly step: number;
  readonly directory: string;
  readonly notes: Notes;
  readonly users: Ids;
}
export interface StepAnswer {
  readonly lines: readonly string[];
  readonly notes: Notes;
  readonly trouble?: string;
}

/** `root` is the user that runs the tests; no account of the machine has the other ids. */
export const realIds: Ids = {
  root: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  alice: { uid: 61_001, gid: 61_001 },
  bob: { uid: 61_002, gid: 61_002 },
};

/** The directory of the compiled tests: this file may run from source. */
const COMPILED = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/test/port/' : './',
  import.meta.url,
);

const PROGRAMS: Readonly<Record<StageProgram, { program: string; args: readonly string[] }>> = {
  'exit-7': { program: 'sh', args: ['-c', 'exit 7'] },
  sleep: { program: 'sleep', args: ['600'] },
  catcher: { program: process.execPath, args: [compiled('program-main.js'), 'catcher'] },
};

function compiled(name: string): string {
  const path = fileURLToPath(new URL(name, COMPILED));
  if (!existsSync(path)) throw new Error(`Not built: ${path}`);
  return path;
}

/** A stage for the calling process. */
export function createRealStage(
  users: Ids,
  directory: string,
  notes: Map<string, string | number>,
  keep: Map<string, unknown>,
  lines: string[],
  undo: (() => void)[],
): Stage {
  const real = createRealWorld({
    log: (event, fields) => {
      if (levelOf(event) === 'error') lines.push(`log: ${event} ${JSON.stringify(fields)}`);
    },
    processName: 'conformance',
  });
  return {
    world: createTidyWorld(real, undo),
    users,
    directory,
    notes,
    keep,
    say: (line) => lines.push(line),
    until: async (what, condition) => {
      const deadline = performance.now() + UNTIL_MS;
      while (!condition()) {
        if (performance.now() > deadline) throw new Error(`Waited too long until ${what}`);
        await pass(POLL_MS);
      }
    },
    pass,
    program: (kind, args = []) => {
      const { program, args: own } = PROGRAMS[kind];
      return { program, args: [...own, ...args] };
    },
    link: (path, target) => symlinkSync(target, path),
    fileCalls: {
      filter: `mode == ${CALL_MODE} && common_pid == ${process.pid}`,
      make: (count) => {
        const path = `${directory}/called`;
        for (let made = 0; made < count; made++)
          closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, CALL_MODE));
      },
    },
  };
}

/** Runs a script; returns its outcome lines. Leaves no process, file or segment behind, also when it fails. */
export async function runOnRealWorld(script: ConformanceScript): Promise<string[]> {
  const directory = mkdtempSync(DIRECTORY_PREFIX);
  chmodSync(directory, 0o777);
  const processes = new Map<StageUser, ChildProcess>();
  const notes = new Map<string, string | number>();
  const lines: string[] = [];
  const undo: (() => void)[] = [];
  const ownStage = createRealStage(realIds, directory, notes, new Map(), lines, undo);
  try {
    for (const [index, step] of script.steps.entries()) {
      if ('kill' in step) {
        await kill(processes.get(step.user));
        processes.delete(step.user);
      } else if (step.user === 'root') {
        await step.run(ownStage);
      } else {
        const child = processes.get(step.user) ?? startUser(step.user);
        processes.set(step.user, child);
        const { name } = script;
        const request = { script: name, step: index, directory, notes: [...notes], users: realIds };
        const answer = await ask(child, request);
        lines.push(...answer.lines);
        for (const [key, value] of answer.notes) notes.set(key, value);
        if (answer.trouble !== undefined) throw new Error(`${step.user}: ${answer.trouble}`);
      }
    }
  } finally {
    // What a user's process has of an instance keeps it from removal.
    await Promise.all([...processes.values()].map(dismiss));
    for (const act of undo) act();
    rmSync(directory, { recursive: true, force: true });
  }
  return lines;
}

/** Starts as the calling user, who can read the program; the process then changes to `user`. */
function startUser(user: StageUser): ChildProcess {
  const { uid, gid } = realIds[user];
  const environment = { PATH: process.env['PATH'] };
  return fork(compiled('user-process.js'), [`${uid}`, `${gid}`], {
    execArgv: [],
    cwd: '/',
    env: environment,
  });
}

function ask(child: ChildProcess, request: StepRequest): Promise<StepAnswer> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null, signal: string | null): void =>
      reject(new Error(`User process died: ${code ?? signal}`));
    child.once('exit', died);
    child.once('message', (answer) => {
      child.off('exit', died);
      resolve(answer as StepAnswer);
    });
    child.send(request);
  });
}

/** Lets a user's process clean up and end; it does so when its channel closes. */
function dismiss(child: ChildProcess): Promise<void> {
  if (!child.connected) return kill(child);
  const impatience = setTimeout(() => child.kill('SIGKILL'), DISMISS_MS);
  return new Promise((resolve) => {
    child.once('exit', () => {
      clearTimeout(impatience);
      resolve();
    });
    child.disconnect();
  });
}

function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
