/** Programs that are recorded: they run on the terminal of this process, until they end. */

import { ANSWERED_WITHOUT_SESSION } from '../../../actors/client/plans/in-session.ts';
import { wholeSessionIn } from '../../../actors/client/plans/parts.ts';
import {
  type ClientFailure,
  failureIn,
  type StepResult,
} from '../../../actors/client/plans/plan.ts';
import {
  isLeftBehind,
  type KernelRules,
  recordPlan,
  runPlan,
} from '../../../actors/client/plans/record.ts';
import type { OutputDirectory } from '../../../src/kept/output-directory.ts';
import { type Destination, isRelay } from '../../../src/wire/control/destination.ts';
import type { ProgramCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { RecordOptions } from '../api/options.ts';
import type { ProgramExit, Recording } from '../api/results.ts';
import { failureError, usageError } from '../errors.ts';
import { kernelGroups } from '../kernel/events.ts';
import {
  freshOutputDirectory,
  newOutputDirectory,
  newSessionName,
} from '../output/output-directory.ts';
import { placeIn } from '../output/place.ts';
import { isWholeIn } from '../output/snapshot.ts';
import { type Calling, checkOperations, listOf, namedBy } from '../requests.ts';
import { sessionError } from '../session-error.ts';
import { runInSession } from '../sessions.ts';
import { kernelNames } from './kernel.ts';
import { selectionIn, settingsOf } from './settings.ts';
import { tracedCommand } from './traced-command.ts';

/** The channel of a session that `record` creates. */
const CHANNEL = 'default';

export function programCalls(on: Calling): ProgramCalls {
  return {
    run: async (session, command) => {
      const traced = tracedCommand(on, command);
      const { results, error } = await runInSession(on.client, namedBy(session), (key) =>
        runPlan(key, traced),
      );
      const exit = exitIn(results, traced.program);
      if (exit === undefined) throw sessionError(error ?? ANSWERED_WITHOUT_SESSION);
      return exit;
    },
    record: (command, options = {}) => record(on, command, options),
  };
}

async function record(
  on: Calling,
  command: readonly string[],
  options: RecordOptions,
): Promise<Recording> {
  const traced = tracedCommand(on, command);
  const rules = rulesIn(options);
  const place = relayIn(on, options);
  const kernel = options.kernel && (await kernelRulesOf(on, options, options.kernel));
  const { world } = on.client;
  const { program } = traced;
  const directory =
    place.relay === undefined
      ? newOutputDirectory(world, program, { name: options.name, path: place.output })
      : undefined;
  let crash: OutputDirectory | undefined;
  try {
    const name = directory?.name ?? newSessionName(world, program, options.name);
    options.onBegin?.({ name, directory: directory?.path });
    crash =
      options.onCrash === true && directory !== undefined
        ? freshOutputDirectory(world, directory.path, 'crash')
        : undefined;
    const plan = recordPlan({
      name,
      output: directory?.path,
      relay: place.relay,
      liveTimerUs: options.liveTimerUs,
      ...rules,
      kernel,
      onCrash: crash?.path,
      command: traced,
    });
    const results = await on.client.run(plan, 'start-registry');
    const isLeft = on.client.registry !== undefined && isLeftBehind(plan, results);
    return recordingOf(results, program, { crash: crash?.path, isLeft });
  } finally {
    // Removes the directories that are empty.
    crash?.release();
    directory?.release();
  }
}

/** Throws an error when a registry would not read one of them. */
function rulesIn({ events = '*', channel: shape, ...options }: RecordOptions) {
  const patterns = listOf(events);
  const selection = selectionIn(options);
  const channel = shape === undefined ? undefined : settingsOf(CHANNEL, shape);
  const session = CHANNEL;
  checkOperations([
    ...(channel === undefined ? [] : [{ op: 'channel.add' as const, session, channel }]),
    { op: 'event.enable', session, patterns, ...selection, target: { kind: 'spawned' } },
  ]);
  return { patterns, selection, channel };
}

/** Asks for the names of the kernel's events: those of a system are named by the system. */
async function kernelRulesOf(
  on: Calling,
  { onCrash = false, liveTimerUs }: RecordOptions,
  { events = [], syscalls = [] }: NonNullable<RecordOptions['kernel']>,
): Promise<KernelRules> {
  if (onCrash) throw usageError('A snapshot has nothing of the kernel');
  if (liveTimerUs !== undefined) throw usageError('A live session has nothing of the kernel');
  const named = { tracepoint: listOf(events), syscall: listOf(syscalls) };
  if (named.tracepoint.length + named.syscall.length === 0) {
    throw usageError('Name an event or a system call of the kernel');
  }
  const selection = selectionIn({});
  const session = CHANNEL;
  checkOperations(
    (['tracepoint', 'syscall'] as const).map((kind) => ({
      op: 'event.enable',
      session,
      patterns: named[kind],
      ...selection,
      target: { kind: 'all' },
      kind,
    })),
  );
  return { ...kernelGroups(named, await kernelNames(on)), selection };
}

function relayIn(
  { client: { world } }: Calling,
  options: RecordOptions,
): {
  readonly relay?: Extract<Destination, { control: string }>;
  readonly output?: string;
} {
  const place = placeIn(world, options);
  if (place !== undefined && isRelay(place)) {
    if (options.onCrash === true) throw usageError('A snapshot goes to no relay');
    return { relay: place };
  }
  if (options.liveTimerUs !== undefined) throw usageError('A live session sends to a relay');
  return place ?? {};
}

function recordingOf(
  results: readonly StepResult[],
  program: string,
  { crash, isLeft }: { readonly crash: string | undefined; readonly isLeft: boolean },
): Recording {
  const failed = failureIn(results);
  const error = failed === undefined ? undefined : failureError(failed, isLeft);
  const exit = exitIn(results, program, error);
  const session = wholeSessionIn(results);
  if (exit === undefined || session === undefined) {
    throw error ?? failureError(SILENT, isLeft);
  }
  const isTaken = results.some(({ kind }) => kind === 'snapshot');
  return {
    session,
    exit,
    ...(crash !== undefined && isTaken ? { crash } : {}),
    isWhole: isWholeIn(results),
    ...(error === undefined ? {} : { error }),
  };
}

const SILENT: ClientFailure = {
  kind: 'failure',
  code: 'NO_ANSWER',
  reason: 'The registry does not answer',
};

/** How the program ended; undefined when it was never started. Throws when it cannot be started. */
function exitIn(
  results: readonly StepResult[],
  program: string,
  cause?: ControlError,
): ProgramExit | undefined {
  for (const result of results) {
    if (result.kind === 'exit') return result.exit;
    if (result.kind !== 'cannotRun') continue;
    const { code: errno } = result.error;
    const reason =
      errno === 'ENOENT' ? `There is no program ${program}` : `Cannot run ${program} (${errno})`;
    throw new ControlError('CANNOT_RUN', reason, { errno, cause });
  }
  return undefined;
}
