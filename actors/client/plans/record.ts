/** The plan of `lttng record` and `lttng run`. */
import type { ChannelSettings, Target } from '../../../src/wire/common.ts';
import type { RelayDestination } from '../../../src/wire/control/destination.ts';
import type { Selection } from '../../../src/wire/control/event-rules.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { isRefusedEnd, madePartIn, nextEnd } from './ending.ts';
import { type ClientErrorCode, failureIn, type Plan, type Step, type StepResult } from './plan.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Environment of the child in the session with this UUID (R1.17). */
  readonly environmentIn: (sessionUuid: string) => Readonly<Record<string, string | undefined>>;
}

export interface RecordOptions {
  readonly name: string;
  /** The directory of the trace; undefined: it goes to the relay. */
  readonly output?: string | undefined;
  readonly relay?: RelayDestination | undefined;
  /** Viewers can follow the session at the relay. */
  readonly liveTimerUs?: number | undefined;
  readonly channel: ChannelSettings | undefined;
  readonly patterns: readonly string[];
  readonly selection: Selection;
  /** What it records of the kernel. */
  readonly kernel?: KernelRules | undefined;
  /** The directory of a snapshot when the command fails (R1.23); undefined: a consumer writes all events. */
  readonly onCrash?: string | undefined;
  readonly command: Command;
}

/** Names of tracepoints and of system calls, and what is said of both. */
export interface KernelRules extends Readonly<Record<'tracepoint' | 'syscall', readonly string[]>> {
  readonly selection: Selection;
}

type Request = Extract<Step, { kind: 'request' }>;

type OperationOf<Op extends Operation['op']> = Extract<Operation, { op: Op }>;

/** Kernel events are those of the machine. */
const ALL: Target = { kind: 'all' };
/** Only the applications that were started for the session. */
const SPAWNED: Target = { kind: 'spawned' };

/**
 * Creates a session, records all events of the command and its children, and destroys the session when the command
 * has ended or a step fails. Only when the snapshot fails the session stays: its buffers are the only record of the
 * crash. What it records of the kernel is of all of the machine, while the command runs.
 */
export function recordPlan(options: RecordOptions): Plan {
  const { name, output, relay, liveTimerUs, onCrash } = options;
  const place = relay === undefined ? { output } : { relay };
  const live = liveTimerUs === undefined ? {} : { liveTimerUs };
  const flightRecorder = onCrash === undefined ? {} : { flightRecorder: true as const };
  return (results) => {
    const session = sessionIn(results);
    if (session === undefined) {
      return results.length === 0
        ? request({ op: 'session.create', name, ...place, ...live, ...flightRecorder })
        : undefined;
    }
    const { uuid } = session;
    const part = madePartIn(results);
    const setUp = setUpOf(options, uuid, part);
    const done = results.slice(1);
    const ran = done[setUp.length - 1];
    const steps: readonly Step[] =
      onCrash === undefined || ran === undefined || !isCrash(ran)
        ? setUp
        : [...setUp, { kind: 'snapshot', session: uuid, output: onCrash }];
    const failedAt = done.slice(0, steps.length).findIndex(({ kind }) => kind === 'failure');
    // The snapshot failed: the session stays.
    if (failedAt >= setUp.length) return undefined;
    const next = steps[done.length];
    if (failedAt < 0 && next !== undefined) return next;
    // After the command, or after the first failure: destroy each part once, that of the kernel first.
    const begun = failedAt < 0 ? steps.length : failedAt + 1;
    return nextEnd(uuid, part, done.slice(begun));
  };
}

/** The steps from the creation of the session to the end of the command. `part`: of the kernel, when it is made. */
function setUpOf(
  { channel, patterns, selection, kernel, command }: RecordOptions,
  uuid: string,
  part = '',
): readonly Step[] {
  return [
    ...channelSteps(uuid, channel),
    ruleStep(uuid, channel, patterns, { ...selection, target: SPAWNED }),
    ...(kernel === undefined
      ? []
      : [
          request({ op: 'kernel.open', session: uuid }),
          ...channelSteps(part, channel && perCpu(channel)),
          ...(['tracepoint', 'syscall'] as const).flatMap((kind) => {
            const rule = { ...kernel.selection, target: ALL, kind };
            return kernel[kind].length === 0 ? [] : [ruleStep(part, channel, kernel[kind], rule)];
          }),
        ]),
    request({ op: 'session.start', session: uuid }),
    ...(kernel === undefined ? [] : [request({ op: 'session.start', session: part })]),
    runStep(command, uuid),
  ];
}

type Channel = RecordOptions['channel'];
type Rule = Pick<OperationOf<'event.enable'>, 'target' | 'kind'> & Selection;

function channelSteps(session: string, channel: Channel): Request[] {
  return channel === undefined ? [] : [request({ op: 'channel.add', session, channel })];
}

function perCpu(channel: ChannelSettings): ChannelSettings {
  const { bufferScheme: _, ...settings } = channel;
  return settings;
}

function ruleStep(
  session: string,
  channel: Channel,
  names: readonly string[],
  rule: Rule,
): Request {
  const patterns = [...names];
  const named = channel === undefined ? {} : { channel: channel.name };
  return request({ op: 'event.enable', session, ...named, patterns, ...rule });
}

/** Whether the session is left of what the plan did: it was created and not destroyed; or that is unknown. */
export function isLeftBehind(plan: Plan, results: readonly StepResult[]): boolean {
  const last = results.at(-1);
  const step = plan(results.slice(0, -1));
  if (last === undefined || step?.kind !== 'request') return results.length > 0;
  const { op } = step.operation;
  if (op === 'session.create') return last.kind === 'failure' && isUnknown(last.code);
  return op !== 'session.destroy' || isRefusedEnd(last) || plan(results) !== undefined;
}

/** Whether the registry may have done what was requested. */
function isUnknown(code: ClientErrorCode): boolean {
  return code === 'REGISTRY_LOST' || code === 'NO_ANSWER' || code === 'INTERRUPTED';
}

/** Whether the command failed: an uncaught error, a signal, or any other status except 0. */
function isCrash(result: StepResult): boolean {
  return result.kind === 'exit' && result.exit.code !== 0;
}

/** Copies the content of a session's buffers. */
export function snapshotPlan(session: string, output: string, bytesMax?: number): Plan {
  return (results) => {
    if (results.length === 0) return request({ op: 'session.get', session });
    const found = sessionIn(results);
    if (results.length > 1 || found === undefined) return undefined;
    const limit = bytesMax === undefined ? {} : { bytesMax };
    return { kind: 'snapshot', session: found.uuid, output, ...limit };
  };
}

/** Runs the command in an existing session. */
export function runPlan(session: string, command: Command): Plan {
  return (results) => {
    if (results.length === 0) return request({ op: 'session.get', session });
    const found = sessionIn(results);
    if (results.length > 1 || found === undefined || failureIn(results)) return undefined;
    return runStep(command, found.uuid);
  };
}

export function sessionIn(results: readonly StepResult[]): SessionInfo | undefined {
  const first = results[0];
  return first?.kind === 'reply' ? first.value.session : undefined;
}

function request(operation: Request['operation']): Request {
  return { kind: 'request', operation };
}

function runStep({ program, args, environmentIn }: Command, sessionUuid: string): Step {
  return { kind: 'run', program, args, environment: environmentIn(sessionUuid) };
}
