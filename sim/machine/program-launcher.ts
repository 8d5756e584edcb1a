/** Starts the programs of a machine as processes and gives each its user, process id, label and World. */
import { assert } from '../../src/base/assert.ts';
import type { SpawnRequest } from '../../src/port/processes.ts';
import { SimProcess } from './process/process.ts';
import { ProcessIds } from './process/process-ids.ts';
import type { Program } from './process/program.ts';
import { type Tables, worldOf } from './process-world.ts';
import type { Launcher } from './processes.ts';

interface Start {
  readonly userName: string;
  /** The user who starts a set-user-ID program of `userName`. */
  readonly starter: SimProcess | undefined;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Label of the parent process; undefined: a first process of the machine. */
  readonly parent: string | undefined;
}

export class ProgramLauncher implements Launcher {
  readonly ids: ProcessIds;
  readonly #tables: Tables;
  readonly #programs: Readonly<Record<string, Program>>;
  /** How often each user has started each program. */
  readonly #starts = new Map<string, number>();

  constructor(tables: Tables, programs: Readonly<Record<string, Program>>) {
    this.ids = new ProcessIds(tables.kernel);
    this.#tables = tables;
    this.#programs = programs;
  }

  has(program: string): boolean {
    return Object.hasOwn(this.#programs, setUserId(program).name);
  }

  /** Starts a first process of the machine, which has no parent. */
  spawn(
    userName: string,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): SimProcess {
    const workingDirectory = homeOf(userName);
    const [starter, parent] = [undefined, undefined];
    const start = { userName, starter, program, args, environment, workingDirectory, parent };
    const process = this.#process(start, false);
    this.#startMain(process);
    return process;
  }

  /** Creates a process without a program, which stays until it is killed. */
  login(userName: string): SimProcess {
    const workingDirectory = homeOf(userName);
    const start = { userName, program: 'shell', args: [], environment: {}, workingDirectory };
    const process = this.#process({ ...start, starter: undefined, parent: undefined }, true);
    process.hasStarted = true;
    return process;
  }

  launch(request: SpawnRequest, parent: SimProcess, program: string): SimProcess {
    const { spec, label } = parent;
    const { name, owner = spec.userName } = setUserId(program);
    const { args, workingDirectory = spec.workingDirectory } = request;
    const environment = { ...request.environment };
    const starter = owner === spec.userName ? undefined : parent;
    const rest = { args, environment, workingDirectory, parent: label };
    const start = { userName: owner, starter, program: name, ...rest };
    const child = this.#process(start, false);
    this.#startMain(child);
    return child;
  }

  #process(start: Start, isPinned: boolean): SimProcess {
    const { kernel, accounts } = this.#tables;
    const { userName, program, starter, ...rest } = start;
    const user = accounts.user(userName);
    const { uid } = user;
    // execve(2) changes the effective user only.
    const gid = starter?.gid ?? user.gid;
    const groupIds = starter?.groupIds ?? accounts.groupIdsOf(user);
    const isElevated = starter !== undefined;
    const name = `${userName}/${program}`;
    const ordinal = this.#starts.get(name) ?? 0;
    this.#starts.set(name, ordinal + 1);
    const label = `${name}.${ordinal}`;
    const pid = this.ids.take({ label, program, isPinned });
    const credentials = { pid, uid, gid, groupIds, isElevated };
    const spec = { userName, program, ...rest, ...credentials, label, isPinned };
    const process = new SimProcess(kernel, spec);
    process.world = worldOf(this.#tables, process, this);
    kernel.started.push(process);
    kernel.processes.set(pid, process);
    return process;
  }

  #startMain(process: SimProcess): void {
    const main = this.#programs[process.program];
    assert(main !== undefined, 'a started program is known');
    const { scheduler } = this.#tables.kernel;
    const lane = scheduler.lane(`${process.label} start`);
    scheduler.quirks.holdUp('start-late', lane, scheduler.now);
    scheduler.post(lane, () => {
      process.hasStarted = true;
      const run = (): void => main(process.world, process.spec.args);
      process.deliver('main', process.program, run);
    });
  }
}

/** `NAME@USER` is the program NAME with the set-user-ID bit, owned by USER. */
function setUserId(program: string): { readonly name: string; readonly owner?: string } {
  const [name = '', owner] = program.split('@');
  return owner === undefined ? { name } : { name, owner };
}

function homeOf(user: string): string {
  return user === 'root' ? '/root' : `/home/${user}`;
}
