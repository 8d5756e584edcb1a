/** The sessions and rules of users, and when each was active, derived from the answers to their commands. */
import type { StepResult } from '../../actors/client/plans/plan.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import type { RingShape } from '../../src/ring/layout.ts';
import type { ChannelSettings, Target, Tracefiles } from '../../src/wire/common.ts';
import { type Selection, selectionOf } from '../../src/wire/control/event-rules.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import { isUnawaited } from '../input/unawaited.ts';
import type { CommandAccount, Ledger, StepAccount, ThreadAccount } from './ledger.ts';
import { type RotationAccount, rotationsAfter } from './rotations.ts';
import { perhapsTracked, TRACKED_AT_FIRST, type TrackedAccount, trackedAfter } from './trackers.ts';
import { ended, NEVER, type Window } from './window.ts';

/** One pattern of a session's rules, and when it was enabled. */
export interface RuleAccount extends Window, Selection {
  readonly channel: string | undefined;
  readonly pattern: string;
  readonly target: Target;
}

/** The bounds of a stream's files. */
export interface BoundedFiles extends Tracefiles {
  readonly subbufferBytes: number;
}

/** A session, as derived from its user's commands. */
export interface SessionAccount {
  readonly name: string;
  readonly uuid: string;
  readonly user: string;
  readonly uid: number;
  readonly ahead?: number;
  readonly scope: RegistryScope;
  /** Empty: it writes into no files. */
  readonly output: string;
  /** Other directories in which it may have written, and whether it may have written to a relay. */
  readonly laterOutputs: readonly string[];
  readonly isRelayed: boolean;
  /** When the state becomes unknown: at a command on the session without an answer. Infinity: always known. */
  readonly doubtfulFrom: number;
  readonly isOverwriting: boolean;
  readonly isFlightRecorder: boolean;
  /** The processes of a user share buffers. */
  readonly isShared: boolean;
  /** The shape of the added channel. */
  readonly shape: RingShape | undefined;
  readonly switchTimerUs: number | undefined;
  /** Bounds of the files of its channels, by name, as they were asked. */
  readonly tracefiles: ReadonlyMap<string, BoundedFiles>;
  readonly rules: readonly RuleAccount[];
  /** Disabled channels, and the rules that apply when they are enabled. */
  readonly disabled: ReadonlyMap<string, readonly RuleAccount[]>;
  /** Events that the session gave up, as its user was told. */
  readonly abandoned: number;
  /** Processes that its final answer named as without buffers; undefined: it had no final answer, or named not all. */
  readonly unbuffered: ReadonlySet<number> | undefined;
  /** When the session recorded. */
  readonly windows: readonly Window[];
  /** Which processes it traced, and when, in the order of the commands. */
  readonly tracked: readonly TrackedAccount[];
  readonly rotations: readonly RotationAccount[];
}

/** The registry answers a change of an active session at once; applications have applied it after this time. */
export const CHANGE_APPLIED_MS_MAX = 100;

/** Commands that change neither which events are recorded nor when. */
const NEUTRAL: ReadonlySet<string> = new Set(['context.add', 'session.regenerate']);

/** The created sessions, derived from the commands of their users. */
export function sessionsIn({ commands, terminations }: Ledger): SessionAccount[] {
  const sessions: SessionAccount[] = [];
  /** When the last change of each session was answered. */
  const changedAt = new Map<string, number>();
  for (const { command, step, result } of inOrderOfAnswers(commands)) {
    const { user, uid, ahead = 0, scope = 'user' } = command;
    const { operation, askedAt, answeredAt = NEVER } = step;
    const info = result?.kind === 'reply' ? result.value.session : undefined;
    if (operation === undefined || NEUTRAL.has(operation.op)) continue;
    if (result?.kind === 'gone') {
      for (const [index, other] of sessions.entries()) {
        if (isMeant(other, operation, uid)) {
          sessions[index] = after(other, operation, askedAt, answeredAt);
        }
      }
      continue;
    }
    if (info === undefined) {
      if (!isUnanswered(result) && !isHalfDone(operation, result)) continue;
      for (const [index, other] of sessions.entries()) {
        if (isMeant(other, operation, uid)) sessions[index] = doubting(other, operation, askedAt);
      }
      continue;
    }
    const { name, uuid, output = '' } = info;
    const at = sessions.findIndex((other) => other.uuid === uuid);
    if (operation.op === 'session.create') {
      const ends = endsSince(terminations, scope === 'global' ? 0 : uid, askedAt);
      const fresh = {
        laterOutputs: [],
        isRelayed: operation.relay !== undefined,
        doubtfulFrom: Math.min(NEVER, ...ends),
        isOverwriting: operation.flightRecorder === true,
        isFlightRecorder: operation.flightRecorder === true,
        ...{ isShared: false, shape: undefined, switchTimerUs: undefined },
        tracefiles: new Map<string, BoundedFiles>(),
        rules: [],
        disabled: new Map(),
        windows: [],
        tracked: TRACKED_AT_FIRST,
        rotations: [],
        abandoned: 0,
        unbuffered: undefined,
      };
      sessions.push({ name, uuid, user, uid, ahead, scope, output, ...fresh });
      continue;
    }
    const session = sessions[at];
    if (session !== undefined && isUnawaited(operation)) {
      sessions[at] = doubting(session, operation, askedAt);
      continue;
    }
    const isQuestion = operation.op === 'session.get' || operation.op === 'session.measure';
    if (session === undefined || isQuestion) continue;
    // The answers of two concurrent changes do not show which one was first.
    const isSure = (changedAt.get(uuid) ?? -1) <= askedAt;
    changedAt.set(uuid, answeredAt);
    const abandoned = info.abandoned?.events ?? 0;
    const unbuffered = operation.op === 'session.destroy' ? namedIn(info) : undefined;
    const rotations = rotationsAfter(session.rotations, step, info);
    const held = opened(session, askedAt, answeredAt);
    const tracked = trackedAfter(session.tracked, operation, held, info);
    const changed = {
      ...after(session, operation, askedAt, answeredAt),
      ...{ abandoned, unbuffered, rotations, tracked },
    };
    sessions[at] = isSure ? changed : { ...changed, doubtfulFrom: 0 };
  }
  return sessions;
}

/** When users ended the registries of this user, while something may still have recorded. */
function endsSince(terminations: Ledger['terminations'], uid: number, since: number): number[] {
  return terminations
    .filter((end) => end.uid === uid && end.at >= since && end.isLast !== true)
    .map((end) => end.at);
}

function namedIn({ unbuffered }: SessionInfo): ReadonlySet<number> | undefined {
  if (unbuffered !== undefined && unbuffered.more > 0) return undefined;
  return new Set(unbuffered?.threads.map(({ pid }) => pid));
}

/**
 * Steps of all commands in the order of their answers: commands of several clients overlap. A session was there before
 * every answer about it, even if its creator learned so last.
 */
function inOrderOfAnswers(commands: readonly CommandAccount[]): {
  readonly command: CommandAccount;
  readonly step: StepAccount;
  readonly result: StepResult | undefined;
}[] {
  return commands
    .flatMap((command) =>
      command.steps.map((step, index) => ({ command, step, result: command.results[index] })),
    )
    .toSorted((one, other) => {
      const [first, second] = [knownSince(one.step), knownSince(other.step)];
      return first === second ? 0 : first - second;
    });
}

function knownSince({ operation, askedAt, answeredAt = NEVER }: StepAccount): number {
  return operation?.op === 'session.create' && answeredAt < NEVER ? askedAt : answeredAt;
}

/**
 * The consumer was lost, or cannot write: recording has ended, and a part of the events is not in the trace; or a part
 * of the streams has gone on in a new chunk.
 */
function isHalfDone({ op }: Operation, result: StepResult | undefined): boolean {
  return (
    ['session.stop', 'session.destroy', 'session.rotate', 'session.clear'].includes(op) &&
    result?.kind === 'failure' &&
    ['NO_CONSUMER', 'CONSUMER_FAILED', 'NOT_WRITTEN', 'NO_OUTPUT'].includes(result.code)
  );
}

/** Whether it is unknown if the registry executed the command. */
export function isUnanswered(result: StepResult | undefined): boolean {
  return (
    result === undefined ||
    (result.kind === 'failure' &&
      ['REGISTRY_LOST', 'NO_REGISTRY', 'NO_ANSWER', 'INTERRUPTED'].includes(result.code))
  );
}

export function isMeant(
  session: Pick<SessionAccount, 'uuid' | 'name' | 'uid'>,
  operation: Operation,
  uid: number,
): boolean {
  if (!('session' in operation)) return false;
  const { uuid, name } = session;
  return operation.session === uuid || (operation.session === name && session.uid === uid);
}

/** The rules that a command adds, with their window. */
function rulesOf(
  { channel, patterns, target, ...operation }: Extract<Operation, { op: 'event.enable' }>,
  held: Window,
): RuleAccount[] {
  const selection = selectionOf(operation);
  return patterns.map((pattern) => ({ channel, pattern, ...selection, target, ...held }));
}

/** The session after a command on it that the registry may have executed. */
function doubting(session: SessionAccount, operation: Operation, askedAt: number): SessionAccount {
  const { windows, rules, doubtfulFrom } = session;
  const perhaps = { askedAt, activeAt: NEVER, endAskedAt: NEVER, endedAt: NEVER };
  return {
    ...session,
    doubtfulFrom: Math.min(doubtfulFrom, askedAt),
    windows: operation.op === 'session.start' ? [...windows, perhaps] : windows,
    tracked: perhapsTracked(session.tracked, operation, perhaps),
    rotations: rotationsAfter(
      session.rotations,
      { operation, askedAt, answeredAt: undefined },
      undefined,
    ),
    rules: operation.op === 'event.enable' ? [...rules, ...rulesOf(operation, perhaps)] : rules,
  };
}

/** The session after a command on it that the registry executed. */
function after(
  session: SessionAccount,
  operation: Operation,
  askedAt: number,
  answeredAt: number,
): SessionAccount {
  const { windows } = session;
  switch (operation.op) {
    case 'channel.add':
      if (operation.orEnable === true && session.disabled.has(operation.channel.name)) {
        return withEnabled(session, operation.channel.name, opened(session, askedAt, answeredAt));
      }
      return {
        ...session,
        isOverwriting: session.isOverwriting || operation.channel.shape.overwrite,
        isShared: session.isShared || operation.channel.bufferScheme === 'uid',
        shape: operation.channel.shape,
        switchTimerUs: operation.channel.switchTimerUs,
        tracefiles: withBounds(session.tracefiles, operation.channel),
      };
    case 'consumer.set': {
      const { destination } = operation;
      return 'output' in destination
        ? { ...session, laterOutputs: [...session.laterOutputs, destination.output] }
        : { ...session, isRelayed: true };
    }
    case 'channel.disable': {
      const held = opened(session, askedAt, answeredAt);
      return operation.channels.reduce((each, name) => withDisabled(each, name, held), session);
    }
    case 'event.enable': {
      const { channel = '' } = operation;
      const held = opened(session, askedAt, answeredAt);
      const added = rulesOf(operation, held);
      // A rule that is enabled again has one window after the other.
      const isReplaced = (rule: RuleAccount): boolean =>
        added.some((other) => ruleText(rule) === ruleText(other));
      const waiting = session.disabled.get(channel)?.filter((rule) => !isReplaced(rule));
      if (waiting !== undefined) return withWaiting(session, channel, [...waiting, ...added]);
      return {
        ...session,
        rules: [...ended(session.rules, isReplaced, askedAt, held.activeAt), ...added],
      };
    }
    case 'event.disable': {
      const { channel = '', patterns, target } = operation;
      const isDisabled = (rule: RuleAccount): boolean =>
        rule.channel === operation.channel &&
        patterns.includes(rule.pattern) &&
        (target === undefined || JSON.stringify(rule.target) === JSON.stringify(target));
      const waiting = session.disabled.get(channel)?.filter((rule) => !isDisabled(rule));
      if (waiting !== undefined) return withWaiting(session, channel, waiting);
      const { activeAt: endedAt } = opened(session, askedAt, answeredAt);
      return { ...session, rules: ended(session.rules, isDisabled, askedAt, endedAt) };
    }
    case 'session.start': {
      const begun = { askedAt, activeAt: answeredAt, endAskedAt: NEVER, endedAt: NEVER };
      return { ...session, windows: [...windows, begun] };
    }
    case 'session.pause':
    case 'session.stop':
    case 'session.destroy':
      return {
        ...session,
        windows: ended(windows, () => true, askedAt, answeredAt),
      };
    default:
      return session;
  }
}

/** What distinguishes the rule from others of its session. */
function ruleText({ channel, pattern, target, ...rule }: RuleAccount): string {
  return JSON.stringify([channel, pattern, target, selectionOf(rule)]);
}

/** The window of a rule that is enabled by a command: applications that record apply it a little later. */
function opened({ windows }: SessionAccount, askedAt: number, answeredAt: number): Window {
  const isActive = windows.some(({ endAskedAt }) => endAskedAt === NEVER);
  const activeAt = answeredAt + (isActive ? CHANGE_APPLIED_MS_MAX * NS_PER_MS : 0);
  return { askedAt, activeAt, endAskedAt: NEVER, endedAt: NEVER };
}

function withWaiting(
  session: SessionAccount,
  channel: string,
  rules: readonly RuleAccount[],
): SessionAccount {
  return { ...session, disabled: new Map([...session.disabled, [channel, rules]]) };
}

/** The rules of the channel end, and wait. */
function withDisabled(session: SessionAccount, name: string, held: Window): SessionAccount {
  const isOf = (rule: RuleAccount): boolean => rule.channel === name;
  const waiting = session.rules.filter((rule) => isOf(rule) && rule.endAskedAt === NEVER);
  const rules = ended(session.rules, isOf, held.askedAt, held.activeAt);
  return withWaiting({ ...session, rules }, name, waiting);
}

/** The rules that waited for the channel apply. */
function withEnabled(session: SessionAccount, name: string, held: Window): SessionAccount {
  const disabled = new Map(session.disabled);
  disabled.delete(name);
  const again = (session.disabled.get(name) ?? []).map((rule) => ({ ...rule, ...held }));
  return { ...session, disabled, rules: [...session.rules, ...again] };
}

/** Whether its trace may be in several places. */
export function isMoved({ isRelayed, laterOutputs }: SessionAccount): boolean {
  return isRelayed || laterOutputs.length > 0;
}

/** Whether the rule applies to this thread, for any of its events (R2.8, R1.17). */
export function isFor(
  { target }: RuleAccount,
  session: SessionAccount,
  thread: ThreadAccount,
): boolean {
  switch (target.kind) {
    case 'all':
      return true;
    case 'pid':
      return target.pid === thread.pid;
    case 'command':
      return target.name === thread.processName;
    case 'spawned':
      return thread.sessionUuid === session.uuid;
  }
}

function withBounds(
  known: SessionAccount['tracefiles'],
  { name, shape: { subbufferBytes }, tracefiles }: ChannelSettings,
): SessionAccount['tracefiles'] {
  return tracefiles === undefined
    ? known
    : new Map([...known, [name, { ...tracefiles, subbufferBytes }]]);
}
