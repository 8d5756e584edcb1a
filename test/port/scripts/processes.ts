/** Conformance scripts: child processes. */

import type { OsResult } from '../../../src/port/os-error.ts';
import type { Child, ProcessExit } from '../../../src/port/processes.ts';
import {
  type ConformanceScript,
  must,
  outcome,
  type Stage,
  type StageProgram,
  single,
} from '../stage.ts';
import { Recorder } from './peers.ts';

function spawn(
  stage: Stage,
  kind: StageProgram,
  style: 'inherit' | 'daemon',
  onExit: (exit: ProcessExit) => void,
): ReturnType<Stage['world']['processes']['spawn']> {
  const { environment } = stage.world.identity;
  const request = { ...stage.program(kind), environment, style };
  return stage.world.processes.spawn(request, onExit);
}

function told(exits: readonly ProcessExit[]): string {
  return exits.map(({ code, signal }) => signal ?? `code ${code}`).join(', ');
}

export const processScripts: readonly ConformanceScript[] = [
  single(
    'processes.spawn() reports how the child ended, once',
    ['inherit: code 7', 'daemon: code 7'],
    async (stage) => {
      for (const style of ['inherit', 'daemon'] as const) {
        const exits: ProcessExit[] = [];
        must(spawn(stage, 'exit-7', style, (exit) => exits.push(exit)));
        if (exits.length > 0) stage.say('wrong: inside the call');
        await stage.until('it ended', () => exits.length > 0);
        await stage.pass(20);
        stage.say(`${style}: ${told(exits)}`);
      }
    },
  ),
  single(
    'processes.notify() does nothing without a service manager',
    ['told: nothing'],
    async (stage) => {
      const { processes } = stage.world;
      stage.say(`told: ${processes.notify('ready') ?? 'nothing'}`);
    },
  ),
  single(
    'Child.kill() ends the child with the signal',
    [
      'alive: yes',
      'SIGTERM: SIGTERM',
      'alive: no',
      'SIGKILL: SIGKILL',
      'SIGINT: SIGINT',
      'SIGHUP: SIGHUP',
    ],
    async (stage) => {
      const { processes } = stage.world;
      for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP'] as const) {
        const exits: ProcessExit[] = [];
        const child = must(spawn(stage, 'sleep', 'daemon', (exit) => exits.push(exit)));
        const alive = (): string => `alive: ${processes.isAlive(child.pid) ? 'yes' : 'no'}`;
        if (signal === 'SIGTERM') stage.say(alive());
        child.kill(signal);
        await stage.until('it ended', () => exits.length > 0);
        child.kill(signal);
        stage.say(`${signal}: ${told(exits)}`);
        if (signal === 'SIGTERM') stage.say(alive());
      }
    },
  ),
  single(
    'processes.spawn() answers at once when there is nothing to execute',
    [
      'a name: ENOENT',
      'a path: ENOENT',
      'not executable: EACCES',
      'a directory: EACCES',
      'our own, unknown: ENOENT',
      'our own, a path: ENOENT',
      'working directory: ENOENT',
      'a file as working directory: ENOTDIR',
      'zero byte in an argument: EINVAL',
      'zero byte in the environment: EINVAL',
    ],
    async (stage) => {
      const { files, processes } = stage.world;
      const { directory } = stage;
      const attempt = (program: string, workingDirectory?: string): OsResult<unknown> =>
        processes.spawn(
          {
            program,
            args: [],
            // Not our own $PATH: it may name a directory without search permission, which is EACCES.
            environment: { PATH: '/usr/bin:/bin' },
            style: 'daemon',
            ...(workingDirectory === undefined ? {} : { workingDirectory }),
          },
          () => stage.say('wrong: an exit'),
        );
      stage.say(`a name: ${outcome(attempt('nobody-made-this-program'))}`);
      stage.say(`a path: ${outcome(attempt(`${directory}/none`))}`);
      must(files.open(`${directory}/f`, 'create', 0o644)).close();
      stage.say(`not executable: ${outcome(attempt(`${directory}/f`))}`);
      stage.say(`a directory: ${outcome(attempt(directory))}`);
      stage.say(`our own, unknown: ${outcome(attempt('lttng-ts:nobody-made-this'))}`);
      stage.say(`our own, a path: ${outcome(attempt('lttng-ts:../bin/lttng'))}`);
      const { program } = stage.program('exit-7');
      stage.say(`working directory: ${outcome(attempt(program, `${directory}/none`))}`);
      stage.say(`a file as working directory: ${outcome(attempt(program, `${directory}/f`))}`);
      const withZero = (args: readonly string[], value: string): string => {
        const environment = { PATH: '/usr/bin:/bin', VALUE: value };
        const request = { program, args, environment, style: 'daemon' } as const;
        return outcome(processes.spawn(request, () => stage.say('wrong: an exit')));
      };
      stage.say(`zero byte in an argument: ${withZero(['a\0b'], '')}`);
      stage.say(`zero byte in the environment: ${withZero([], 'a\0b')}`);
      await stage.pass(20);
    },
  ),
  single(
    'processes.onSignal() is called instead of ending the process, until it is undone; exit() ends it with the code',
    ['ready: !', 'caught: ! SIGINT SIGTERM', 'then: ended', 'exit: code 9', 'SIGHUP: SIGHUP'],
    async (stage) => {
      const { identity, processes, unix } = stage.world;
      const path = `${stage.directory}/s`;
      let recorder: Recorder | undefined;
      const listener = must(
        unix.listen(path, { mode: 0o600 }, (connection) => {
          recorder = new Recorder(connection);
        }),
      );
      const start = async (exits: ProcessExit[]): Promise<Child> => {
        recorder = undefined;
        const program = stage.program('catcher', [path]);
        const request = { ...program, environment: identity.environment, style: 'daemon' } as const;
        const child = must(processes.spawn(request, (exit) => exits.push(exit)));
        await stage.until('it is ready', () => (recorder?.text ?? '') !== '');
        return child;
      };
      const exits: ProcessExit[] = [];
      const child = await start(exits);
      stage.say(`ready: ${recorder?.text.trim()}`);
      child.kill('SIGINT');
      await stage.until('it caught SIGINT', () => recorder?.text.includes('SIGINT') === true);
      child.kill('SIGTERM');
      await stage.until('it ended', () => exits.length > 0 && recorder?.closed === true);
      stage.say(`caught: ${recorder?.text.trim()}`);
      stage.say(`then: ${recorder?.reasons}`);
      stage.say(`exit: ${told(exits)}`);
      const others: ProcessExit[] = [];
      (await start(others)).kill('SIGHUP');
      await stage.until('it ended', () => others.length > 0);
      stage.say(`SIGHUP: ${told(others)}`);
      listener.close();
    },
  ),
  single(
    'processes.exit() takes codes from 0 to 255',
    ['256: refused', '-1: refused', '0.5: refused'],
    async ({ world: { processes }, say }) => {
      for (const code of [256, -1, 0.5]) {
        try {
          processes.exit(code);
        } catch {
          say(`${code}: refused`);
        }
      }
    },
  ),
  {
    name: 'processes.spawn() in a working directory that is closed to us',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async ({ world: { files }, directory }) => {
          must(files.makeDirectory(`${directory}/closed`, 0o700));
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const request = {
            ...stage.program('exit-7'),
            environment: { PATH: '/usr/bin:/bin' },
            workingDirectory: `${stage.directory}/closed`,
            style: 'daemon',
          } as const;
          const spawned = stage.world.processes.spawn(request, () => stage.say('wrong: an exit'));
          stage.say(`closed: ${outcome(spawned)}`);
        },
      },
    ],
    expected: ['closed: EACCES'],
  },
  single(
    'processes.isAlive() is true of this process and false of an unused id',
    ['ourselves: yes', 'pid 0: no', 'pid -1: no', 'pid 4194305: no'],
    async ({ world: { identity, processes }, say }) => {
      const alive = (pid: number): string => (processes.isAlive(pid) ? 'yes' : 'no');
      say(`ourselves: ${alive(identity.pid)}`);
      say(`pid 0: ${alive(0)}`);
      say(`pid -1: ${alive(-1)}`);
      // One past the kernel's largest process id.
      say(`pid 4194305: ${alive(4_194_305)}`);
    },
  ),
  single(
    'processes.hasThread() knows the threads of a process',
    ['our thread: yes', 'made up: no', 'of no process: no', 'pid 0: unknown'],
    async ({ world: { identity, processes }, say }) => {
      const words = { true: 'yes', false: 'no', undefined: 'unknown' } as const;
      const has = (pid: number, tid: number): string => words[`${processes.hasThread(pid, tid)}`];
      say(`our thread: ${has(identity.pid, identity.tid)}`);
      // One past the kernel's largest process id.
      say(`made up: ${has(identity.pid, 4_194_305)}`);
      say(`of no process: ${has(4_194_305, 4_194_305)}`);
      // A peer outside our pid namespace.
      say(`pid 0: ${has(0, 1)}`);
    },
  ),
  single(
    'processes.startedAt() returns the same time at every call, and ESRCH for an unused id',
    ['ourselves: the same', 'a child: not before us', 'pid 0: ESRCH', 'pid 4194305: ESRCH'],
    async (stage) => {
      const { identity, processes } = stage.world;
      const us = must(processes.startedAt(identity.pid));
      const exits: ProcessExit[] = [];
      const child = must(spawn(stage, 'exit-7', 'inherit', (exit) => exits.push(exit)));
      const childs = must(processes.startedAt(child.pid));
      await stage.until('it ended', () => exits.length > 0);
      const isSame = must(processes.startedAt(identity.pid)) === us;
      stage.say(`ourselves: ${isSame ? 'the same' : 'another time'}`);
      stage.say(`a child: ${childs >= us ? 'not before us' : 'before us'}`);
      stage.say(`pid 0: ${outcome(processes.startedAt(0))}`);
      // One past the kernel's largest process id.
      stage.say(`pid 4194305: ${outcome(processes.startedAt(4_194_305))}`);
    },
  ),
  {
    name: 'processes.isAlive() sees the processes of other users, until they are gone',
    severalUsers: true,
    steps: [
      {
        user: 'alice',
        run: async (stage) => {
          stage.notes.set('alice', stage.world.identity.pid);
        },
      },
      {
        user: 'bob',
        run: async ({ world: { processes }, notes, say }) => {
          say(`alice: ${processes.isAlive(Number(notes.get('alice'))) ? 'alive' : 'gone'}`);
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'bob',
        run: async ({ world: { processes }, notes, say, until }) => {
          await until('alice is gone', () => !processes.isAlive(Number(notes.get('alice'))));
          say('alice: gone');
        },
      },
    ],
    expected: ['alice: alive', 'alice: gone'],
  },
];
