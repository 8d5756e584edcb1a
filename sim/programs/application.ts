/** The program of a traced application: runs its workload, and records the steps and their results in the ledger. */

import { startApplication } from '../../actors/programs/application.ts';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { Child } from '../../src/port/processes.ts';
import type { World } from '../../src/port/world.ts';
import { keepingCompile } from '../../src/tracer/codegen.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import { SESSION_VARIABLE } from '../../src/wire/launch.ts';
import { APPLICATION_PROGRAM } from '../input/command.ts';
import { TURN, turnOf } from '../input/contexts.ts';
import { versionIn } from '../input/installation.ts';
import { SCHEMA, type Workload } from '../input/workload.ts';
import {
  type ApplicationAccount,
  applicationAccountOf,
  type ChildOf,
  type StepOutcome,
} from '../ledger/application-account.ts';
import type { Emission } from '../ledger/emission.ts';
import type { RunContext } from '../ledger/run-context.ts';
import { type Emit, type Notebook, runWorkload, type WorkloadHost } from './workload.ts';

/** How long an application waits for the library before it begins. */
const READY_MS_MAX = 1000;
const NOTES_MODE = 0o640;
/** The applications of all runs have few schemas: V8 compiles and optimizes their recorders once. */
const RECORDERS_MAX = 100;
const compile = keepingCompile(RECORDERS_MAX);

export function runApplication(
  { ledger, now, whoHas, killAtCall, systems, inspect }: RunContext,
  world: World,
  workload: Workload,
): void {
  const { pid, uid, gid, environment } = world.identity;
  const { processName = world.identity.processName } = workload;
  const who = whoHas(pid);
  const emissions: Emission[] = [];
  const application = applicationAccountOf(workload);
  const account = {
    who,
    pid,
    uid,
    gid,
    processName,
    sessionUuid: environment[SESSION_VARIABLE],
    ahead: versionIn(environment).ahead,
    startedAt: now(),
    settledAt: undefined as number | undefined,
    application,
    emissions,
  };
  ledger.threads.push(account);
  if (workload.killAtCall !== undefined) killAtCall(pid, workload.killAtCall);
  const notebook: Notebook = {
    began: ({ counter, name, logLevel, text, isEnabled }) => {
      emissions.push({ counter, name, logLevel, text, isEnabled, at: now(), isDone: false });
    },
    ended: () => {
      const last = emissions[emissions.length - 1];
      if (last === undefined) return;
      last.isDone = true;
      last.doneAt = now();
    },
  };
  // The library does not keep a process alive; the program waits for it, as the library's entry point does.
  const begin = (): void => {
    if (application.begunAt !== undefined) return;
    patience.cancel();
    const define: WorkloadHost['define'] = (name, logLevel) =>
      tracer.tracepoint(name, SCHEMA, { logLevel });
    live(world, application, { define, notebook, now, whoHas });
  };
  const patience = world.clock.setTimer(READY_MS_MAX, begin);
  const tracer = new Tracer({ compile });
  tracer.contexts.publish(TURN, () => turnOf(emissions.at(-1)?.counter ?? 0));
  const { system } = startApplication(
    { ...world, identity: { ...world.identity, processName } },
    {
      tracer,
      inspect: inspect?.(pid),
      onSettled: () => {
        account.settledAt = now();
        // Runs outside the library's code, which would handle an exception of the workload as its own.
        world.clock.setTimer(0, begin);
      },
    },
  );
  systems.set(who, system);
}

/** A tracepoint without a library. */
const IDLE: Emit = Object.assign(() => undefined, { enabled: false });

/** The same program without the library: its tracepoints do nothing, and it does not wait for a registry. */
export function runUntraced(
  world: World,
  application: ApplicationAccount,
  { now, whoHas }: Pick<RunContext, 'now' | 'whoHas'>,
): void {
  const notebook: Notebook = { began: () => undefined, ended: () => undefined };
  const define = (): Emit => IDLE;
  world.clock.setTimer(0, () => live(world, application, { define, notebook, now, whoHas }));
}

interface Living {
  readonly define: WorkloadHost['define'];
  readonly notebook: Notebook;
  readonly now: () => number;
  readonly whoHas: (pid: number) => string;
}

/** Runs the workload from now on. */
function live(
  world: World,
  application: ApplicationAccount,
  { define, notebook, now, whoHas }: Living,
): void {
  const { clock, processes, identity } = world;
  const sees = (what: string): void => {
    const outcome = application.outcomes.at(-1);
    if (outcome !== undefined) outcome.saw = what;
  };
  const host: WorkloadHost = {
    notebook,
    after: (delayMs, then) => {
      clock.setTimer(delayMs, () => {
        const outcome: StepOutcome = { at: now(), doneAt: undefined, saw: '' };
        application.outcomes.push(outcome);
        then();
        outcome.doneAt = now();
      });
    },
    define,
    spawn: (child) => {
      const request = {
        program: APPLICATION_PROGRAM,
        args: [JSON.stringify(child)],
        environment: identity.environment,
        style: 'inherit' as const,
      };
      const seen: { who: string | undefined; end: ChildOf['end'] } = {
        who: undefined,
        end: undefined,
      };
      application.children.push(seen);
      const spawned: OsResult<Child> = processes.spawn(request, (exit) => {
        seen.end = { at: now(), exit };
      });
      if (spawned.ok) seen.who = whoHas(spawned.value.pid);
      else sees(`cannot start a child: ${spawned.error.code}`);
    },
    write: (text) => sees(written(world, text)),
    exit: (code) => processes.exit(code),
  };
  application.begunAt = now();
  runWorkload(host, application.workload);
}

/** Appends text to a file of the application and reads the file's length and mode; returns a description. */
function written({ files, identity }: World, text: string): string {
  const path = `${identity.homeDirectory}/notes-${identity.pid}`;
  const opened = files.open(path, 'append', NOTES_MODE);
  if (!opened.ok) return opened.error.code;
  const file = opened.value;
  const taken = file.append([encodeUtf8(text)]);
  const length = file.byteLength();
  file.close();
  const info = files.info(path);
  if (!taken.ok) return taken.error.code;
  if (!length.ok || !info.ok) return 'it is not there';
  return `${taken.value} bytes taken, ${length.value} there, mode ${info.value.mode.toString(8)}`;
}
