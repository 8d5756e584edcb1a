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
    return Object.hasOwn(this.#programs, program);
  }

  /** Starts a first process of the machine, which has no parent. */
  spawn(
    userName: string,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): SimProcess {
    const workingDirectory = homeOf(userName);
    const start = { userName, program, args, environment, workingDirectory, parent: undefined };
    const process = this.#process(start, false);
    this.#startMain(process);
    return process;
  }

  /** Creates a process without a program, which stays until it is killed. */
  login(userName: string): SimProcess {
    const workingDirectory = homeOf(userName);
    const start = { userName, program: 'shell', args: [], environment: {}, workingDirectory };
    const process = this.#process({ ...start, parent: undefined }, true);
    process.hasStarted = true;
    return process;
  }

  launch(request: SpawnRequest, { spec, label }: SimProcess, program: string): SimProcess {
    const { userName } = spec;
    const { args, workingDirectory = spec.workingDirectory } = request;
    const environment = { ...request.environment };
    const start = { userName, program, args, environment, workingDirectory, parent: label };
    const child = this.#process(start, false);
    this.#startMain(child);
    return child;
  }

  #process(start: Start, isPinned: boolean): SimProcess {
    const { kernel, accounts } = this.#tables;
    const { userName, program } = start;
    const user = accounts.user(userName);
    const { uid, gid } = user;
    const groupIds = accounts.groupIdsOf(user);
    const name = `${userName}/${program}`;
    const ordinal = this.#starts.get(name) ?? 0;
    this.#starts.set(name, ordinal + 1);
    const label = `${name}.${ordinal}`;
    const pid = this.ids.take({ label, program, isPinned });
    const process = new SimProcess(kernel, { ...start, pid, uid, gid, groupIds, label, isPinned });
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

function homeOf(user: string): string {
  return user === 'root' ? '/root' : `/home/${user}`;
}
