/** `lttng record -- COMMAND`: creates a session, runs a command in it, and reports what was recorded (R2.13). */
import { destinationText, isRelay } from '../../../src/wire/control/destination.ts';
import { ControlError } from '../../control/api/control-error.ts';
import type { Recording } from '../../control/api/results.ts';
import type { Relay, Session } from '../../control/api/session.ts';
import { count, SELF } from '../../terminal/output.ts';
import { exitStatusOf } from '../child-exit.ts';
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { channelShape, hasChannelOptions, noteOfFiles } from '../options/channel.ts';
import { destinationOf } from '../options/destination.ts';
import { liveSessionOf } from '../options/live.ts';
import { noteReplaceable } from '../options/replaceable.ts';
import { checkPatterns, selectionFrom } from '../options/rule.ts';
import type { Given } from '../table/declare.ts';
import type { RECORD } from '../table/recording.ts';
import { noteLost } from '../take-snapshot.ts';
import { noteShortage, shortageOf } from '../text/shortage.ts';
import { hintOf, noteSummary, readSummary } from '../trace-report.ts';
import { whereText } from '../where.ts';

interface Begun {
  readonly name: string;
  readonly directory: string | undefined;
}

export async function record(
  cli: Cli,
  options: Given<typeof RECORD>,
  words: readonly string[],
): Promise<void> {
  const [program = ''] = words;
  const asked = optionsIn(cli, options);
  const { onCrash, relay } = asked;
  let begun: Begun | undefined;
  const remains = (): string =>
    begun === undefined ? '' : whatRemains(begun, relay, onCrash === true);
  const begin = (session: Begun): void => {
    begun = session;
    if (session.directory !== undefined) noteReplaceable(cli, session.directory);
  };
  const recording = await cli.control
    .record(words, { ...asked, onBegin: begin })
    .catch((thrown: unknown) => {
      throw withRemains(cli, thrown, remains());
    });
  await report(cli, recording, { program, patterns: asked.events, onCrash, remains });
}

/** What the command line asks for; throws a usage failure when that is not valid. */
function optionsIn(cli: Cli, options: Given<typeof RECORD>) {
  const { world } = cli;
  const patterns = checkPatterns(options.event ?? ['*']);
  selectionFrom(patterns, options);
  const { loglevel: logLevel, loglevelOnly: logLevelOnly, exclude, filter, output } = options;
  const channel = hasChannelOptions(options) ? channelShape(options) : undefined;
  const filesNote = channel && noteOfFiles(options, channel);
  if (filesNote !== undefined) cli.output.note(filesNote);
  const destination = destinationOf(world, options);
  const live = liveSessionOf(world, options.live, output === undefined ? destination : { output });
  const sent = destination !== undefined && isRelay(destination) ? destination : undefined;
  const relay = live?.relay ?? sent;
  if (relay !== undefined && options.onCrash === true) {
    throw usageFailure('--on-crash writes a snapshot, which goes to no relay');
  }
  const directory = destination === undefined || isRelay(destination) ? options : destination;
  return {
    name: options.session,
    events: patterns,
    ...{ logLevel, logLevelOnly, exclude, filter, channel },
    ...(relay === undefined ? { output: directory.output } : {}),
    relay,
    liveTimerUs: live?.liveTimerUs,
    onCrash: options.onCrash,
    kernel: kernelOf(options),
  };
}

function kernelOf({ kernel, syscall, onCrash, live }: Given<typeof RECORD>) {
  if (kernel === undefined && syscall === undefined) return undefined;
  if (onCrash === true) throw usageFailure('--on-crash writes a snapshot, without the kernel');
  if (live !== undefined) throw usageFailure('A live session (--live) has nothing of the kernel');
  return {
    ...(kernel === undefined ? {} : { events: checkPatterns(kernel) }),
    ...(syscall === undefined ? {} : { syscalls: checkPatterns(syscall) }),
  };
}

/** An error that leaves the session behind says where that is. */
function withRemains(cli: Cli, thrown: unknown, remains: string): unknown {
  if (remains === '') return thrown;
  if (!(thrown instanceof ControlError)) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new Error(`${reason}; ${remains}`, { cause: thrown });
  }
  // The error that the command could not be started is reported after this one.
  if (thrown.cause instanceof ControlError) noteError(cli, thrown.cause, remains);
  return thrown.isSessionLeft
    ? new ControlError(thrown.code, `${thrown.message}; ${remains}`)
    : thrown;
}

function noteError({ output }: Cli, error: ControlError, remains: string): void {
  const { code, message, isSessionLeft } = error;
  output.error(code, isSessionLeft ? `${message}; ${remains}` : message);
}

/** Where a session is that `record` could not end. */
function whatRemains(
  { name, directory }: Begun,
  relay: Relay | undefined,
  isCrash: boolean,
): string {
  const ending = `"${SELF} destroy ${name}" ends it`;
  const output = directory ?? (relay === undefined ? '' : destinationText(relay));
  return isCrash
    ? `session ${name} may still have its buffers: "${SELF} snapshot -s ${name}" copies them, ${ending}`
    : `session ${name} may still record to ${output}: ${ending}`;
}

interface Asked {
  readonly program: string;
  readonly patterns: readonly string[];
  readonly onCrash: true | undefined;
  readonly remains: () => string;
}

async function report(
  cli: Cli,
  { session, exit, crash, isWhole, error }: Recording,
  { program, patterns, onCrash, remains }: Asked,
): Promise<void> {
  process.exitCode = exitStatusOf(exit);
  if (error !== undefined) noteError(cli, error, remains());
  const { name, uuid, output, streamsMade, unbuffered } = session;
  if (onCrash === true && crash === undefined) {
    if (error === undefined) cli.output.note(`${program} succeeded: no snapshot was written`);
    cli.output.value({ session: { name, uuid, output }, exit });
    return;
  }
  const directory = crash ?? output;
  if (directory === undefined) {
    noteSent(cli, session);
    cli.output.value({ session: { name, uuid, ...shortageOf(session) }, exit });
    return;
  }
  const summary = await readSummary(cli, directory, session);
  noteSummary(cli, { output: directory, streamsMade, unbuffered }, patterns, summary);
  if (!isWhole) noteLost(cli);
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
function noteSent(cli: Cli, session: Session): void {
  const { link } = session;
  const stored = count(link?.packetsStored ?? 0, 'packet');
  cli.output.note(`Sent the trace to ${whereText(session)}, which has stored ${stored} of it`);
  noteShortage(cli, session);
}
