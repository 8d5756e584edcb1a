/** `lttng record -- COMMAND`: creates a session, runs a command in it, and reports what was recorded (R2.13). */
import {
  type ClientFailure,
  failureIn,
  lastSessionIn,
  type Plan,
  type StepResult,
} from '../../../actors/client/plans/plan.ts';
import { isLeftBehind, recordPlan } from '../../../actors/client/plans/record.ts';
import { destinationText, isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import {
  freshOutputDirectory,
  newOutputDirectory,
  newSessionName,
} from '../../control/output-directory.ts';
import { isWholeIn } from '../../control/snapshot.ts';
import { count, SELF } from '../../terminal/output.ts';
import { exitIn, exitStatusOf } from '../child-exit.ts';
import type { Cli } from '../context.ts';
import { noteShortage, shortageOf } from '../describe.ts';
import { clientFailure, usageFailure } from '../failure.ts';
import { channelOf, hasChannelOptions } from '../options/channel.ts';
import { destinationOf } from '../options/destination.ts';
import { liveSessionOf } from '../options/live.ts';
import { noteReplaceable } from '../options/replaceable.ts';
import { checkPatterns, selectionFrom } from '../options/rule.ts';
import type { Given } from '../table/declare.ts';
import type { RECORD } from '../table/recording.ts';
import { isTakenIn, noteLost } from '../take-snapshot.ts';
import { hintOf, noteSummary, readSummary } from '../trace-report.ts';
import { tracedCommand } from '../traced-command.ts';
import { whereText } from '../where.ts';

const CHANNEL = 'default';

export async function record(
  cli: Cli,
  options: Given<typeof RECORD>,
  words: readonly string[],
): Promise<void> {
  const [program = ''] = words;
  const patterns = checkPatterns(options.event ?? ['*']);
  const selection = selectionFrom(patterns, options);
  const channel = hasChannelOptions(options) ? channelOf(CHANNEL, options) : undefined;
  const destination = destinationOf(cli.world, options);
  const { output } = options;
  const live = liveSessionOf(
    cli.world,
    options.live,
    output === undefined ? destination : { output },
  );
  const sent = destination !== undefined && isRelay(destination) ? destination : undefined;
  const relay = live?.relay ?? sent;
  if (relay !== undefined && options.onCrash === true) {
    throw usageFailure('--on-crash writes a snapshot, which goes to no relay');
  }
  const asked = destination === undefined || isRelay(destination) ? options : destination;
  const directory =
    relay === undefined
      ? newOutputDirectory(cli.world, program, { name: options.session, path: asked.output })
      : undefined;
  const name = directory?.name ?? newSessionName(cli.world, program, options.session);
  const path = directory?.path ?? '';
  if (directory !== undefined) noteReplaceable(cli, path);
  const crash =
    options.onCrash === true ? freshOutputDirectory(cli.world, path, 'crash') : undefined;
  const plan = recordPlan({
    name,
    output: directory?.path,
    relay,
    liveTimerUs: live?.liveTimerUs,
    channel,
    patterns,
    selection,
    onCrash: crash?.path,
    command: tracedCommand(words),
  });
  const where = relay === undefined ? path : destinationText(relay);
  const remains = whatRemains(name, where, crash !== undefined);
  try {
    const results = await resultsOf(cli, plan, remains);
    const isLeft = cli.client.registry !== undefined && isLeftBehind(plan, results);
    const left = isLeft ? remains : undefined;
    await report(cli, results, program, { patterns, crash: crash?.path, left });
  } finally {
    // Removes the directories that are empty.
    crash?.release();
    directory?.release();
  }
}

/** An internal error leaves the session behind, so it says where that is. */
async function resultsOf(cli: Cli, plan: Plan, remains: string): Promise<readonly StepResult[]> {
  try {
    return await cli.client.run(plan, 'start-registry');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`${reason}; ${remains}`, { cause: thrown });
  }
}

/** Where a session is that `record` could not end. */
function whatRemains(name: string, output: string, isCrash: boolean): string {
  const ending = `"${SELF} destroy ${name}" ends it`;
  return isCrash
    ? `session ${name} may still have its buffers: "${SELF} snapshot -s ${name}" copies them, ${ending}`
    : `session ${name} may still record to ${output}: ${ending}`;
}

interface Recording {
  readonly patterns: readonly string[];
  /** The directory of the snapshot when the command fails. */
  readonly crash: string | undefined;
  /** Where the session is, if it was not ended. */
  readonly left: string | undefined;
}

async function report(
  cli: Cli,
  results: readonly StepResult[],
  program: string,
  { patterns, crash, left }: Recording,
): Promise<void> {
  const failed = failureOf(results, left);
  const isUnstarted = results.some(({ kind }) => kind === 'cannotRun');
  // The failure to start the command is reported by what follows.
  if (isUnstarted && failed !== undefined) cli.output.error(failed.code, failed.reason);
  const exit = exitIn(results, program);
  const session = lastSessionIn(results);
  if (exit === undefined || session === undefined) {
    throw clientFailure(failed ?? { code: 'NO_ANSWER', reason: 'The registry does not answer' });
  }
  process.exitCode = exitStatusOf(exit);
  if (failed !== undefined) cli.output.error(failed.code, failed.reason);
  const { name, uuid, output, streamsMade, unbuffered } = session;
  if (crash !== undefined && !isTakenIn(results)) {
    if (failed === undefined) {
      cli.output.note(`${program} succeeded: no snapshot was written`);
    }
    cli.output.value({ session: { name, uuid, output }, exit });
    return;
  }
  const directory = crash ?? output;
  if (directory === undefined) {
    noteSent(cli, session);
    cli.output.value({ session: { name, uuid, ...shortageOf(session) }, exit });
    return;
  }
  const summary = await readSummary(cli, directory, uuid);
  noteSummary(cli, { output: directory, streamsMade, unbuffered }, patterns, summary);
  if (!isWholeIn(results)) noteLost(cli);
  noteShortage(cli, session);
  const hint = summary.events === 0 ? { hint: hintOf(session, patterns) } : {};
  const snapshot = crash === undefined || summary.events === 0 ? {} : { snapshot: crash };
  cli.output.value({
    session: { name, uuid, output, ...shortageOf(session) },
    exit,
    ...snapshot,
    trace: summary,
    ...hint,
  });
}

/** What the relay has acknowledged; what is in the trace, only the relay knows. */
function noteSent(cli: Cli, session: SessionInfo): void {
  const { link } = session;
  const stored = count(link?.packetsStored ?? 0, 'packet');
  cli.output.note(`Sent the trace to ${whereText(session)}, which has stored ${stored} of it`);
  noteShortage(cli, session);
}

/** The first failure, whose sentence says where the session is, if that was not ended. */
function failureOf(
  results: readonly StepResult[],
  left: string | undefined,
): ClientFailure | undefined {
  const failed = failureIn(results);
  if (failed === undefined || left === undefined) return failed;
  return { ...failed, reason: `${failed.reason}; ${left}` };
}
