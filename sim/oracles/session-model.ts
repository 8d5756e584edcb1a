/**
 * Model of sessions for the commands of users: the effect of each command, in one step or, if it waits, in two, and its
 * possible answers. It specifies the registries' behaviour in a shorter form; `linearizable.ts` compares both.
 */
import type { StepResult } from '../../actors/client/plans/plan.ts';
import type { Operation, ReplyValue } from '../../src/wire/control/messages.ts';
import { isUnawaited } from '../input/unawaited.ts';
import { type Change, changed } from './channel-model.ts';
import { codesWithoutConsumer, isUnwritten } from './lost-consumer.ts';
import {
  asTold,
  find,
  isNamed,
  type ModelSession,
  replaced,
  type Sessions,
} from './model-sessions.ts';
import { type ScheduleChange, withSchedule } from './schedule-model.ts';
import {
  newSnapshotOutput,
  type SnapshotOutputChange,
  withSnapshotOutput,
} from './snapshot-output-model.ts';
import { NEW_TRACKERS, type TrackerChange, withTracker } from './tracker-model.ts';

/** One operation of one client. */
export interface ClientRequest {
  readonly uid: number;
  readonly operation: Operation;
  /** Undefined: it was not answered. */
  readonly answer: StepResult | undefined;
  /** The session's consumer may be on its way when this arrives: a start must wait for it. */
  readonly mayMeetConsumer: boolean;
  /** Its consumer may be gone: a command in progress falls back, and is repeated when another consumer attaches. */
  readonly mayLoseConsumer: boolean;
}

/** The states in which a command that began in these ends. */
const FINISHED: Readonly<Partial<Record<ModelSession['state'], ModelSession['state']>>> = {
  starting: 'active',
  pausing: 'paused',
};

/** Errors of a session whose consumer has no link to its relay. */
const UNLINKED = [
  'SESSION_BUSY',
  'HOST_UNKNOWN',
  'RELAY_UNREACHABLE',
  'RELAY_FAILED',
  'RELAY_LOST',
  'CONSUMER_FAILED',
];

/** The session of a request that has begun and must still finish. */
export interface Finishing extends Pick<ModelSession, 'uid' | 'name'> {
  /** The session at the moment when this request joined another one that destroys it. */
  readonly joined?: ModelSession;
}

/** Sessions after the request took effect. */
export interface Effect {
  readonly sessions: Sessions;
  readonly finishing: Finishing | undefined;
  /** What the request has begun, and its client does not wait for: it finishes later, or falls back. */
  readonly left?: Finishing;
}

/** Possible effects of the request now, given its answer; empty: it cannot take effect now. */
export function begin(sessions: Sessions, request: ClientRequest): Effect[] {
  const { operation, uid, answer } = request;
  // Refused for a bound: scenarios that depend on the answers stay far below all bounds.
  if (answer?.kind === 'failure' && answer.code === 'LIMIT') return unchanged(sessions);
  switch (operation.op) {
    case 'app.list':
    case 'consumer.await':
    case 'consumer.continue':
    case 'consumer.watch':
    case 'consumer.stop':
    case 'consumer.enable':
    case 'consumer.disable':
    case 'kernel.open':
    case 'kernel.describe':
    case 'kernel.events':
    case 'kernel.formats':
      return unchanged(sessions);
    case 'consumer.set': {
      const found = find(sessions, uid, operation.session);
      const isSet = typeof found !== 'string' && answer?.kind !== 'failure';
      return unchanged(isSet ? replaced(sessions, { ...found, hasRelay: true }) : sessions);
    }
    case 'session.list':
      return listed(sessions, request, operation.from);
    case 'session.create': {
      const isTaken = sessions.some((other) => isNamed(other, uid, operation.name));
      if (isTaken) return refused(sessions, request, 'SESSION_EXISTS');
      const { name, output, relay, liveTimerUs, flightRecorder = false } = operation;
      const fresh = {
        uid,
        name,
        uuid: undefined,
        output,
        hasRelay: relay !== undefined,
        isFlightRecorder: flightRecorder,
        liveTimerUs,
        schedule: {},
        state: 'inactive',
        channels: [],
        trackers: NEW_TRACKERS,
        snapshotOutput: newSnapshotOutput(flightRecorder, output),
      } as const;
      return replied([...sessions, fresh], request, fresh);
    }
    default: {
      const found = find(sessions, uid, operation.session);
      if (typeof found === 'string') {
        const codes = [found];
        // Its session may have ended while it waited for a consumer; then only another user's session has the name.
        if (operation.op === 'session.start' && found === 'NOT_ALLOWED') codes.push('NO_SESSION');
        return codes.flatMap((code) => refused(sessions, request, code));
      }
      switch (operation.op) {
        case 'session.get':
        case 'session.measure':
          return replied(sessions, request, found);
        case 'session.rotate':
        case 'session.clear':
        case 'session.regenerate':
          return rotated(sessions, request, found);
        case 'rotation.enable':
        case 'rotation.disable':
          return scheduled(sessions, request, operation, found);
        default:
          return commanded(sessions, request, operation, found);
      }
    }
  }
}

/** The sessions after the request that began on this one has finished; undefined: its answer excludes that. */
export function finish(
  sessions: Sessions,
  request: ClientRequest,
  of: Finishing,
): Sessions | undefined {
  const session = sessions.find((other) => isNamed(other, of.uid, of.name));
  if (of.joined !== undefined && session?.state !== 'destroying') {
    const { answer } = request;
    const info = answer?.kind === 'reply' ? answer.value.session : undefined;
    const isTold = answer === undefined || (info && asTold(of.joined, info)) !== undefined;
    if (isTold) return sessions;
  }
  if (session === undefined) return undefined;
  if (isLostOnTheWay(request, session)) return fallBack(sessions, request, of);
  if (session.state === 'destroying') {
    return replied(sessions, request, session).map(({ sessions: after }) =>
      after.filter((other) => !isNamed(other, of.uid, of.name)),
    )[0];
  }
  const state = FINISHED[session.state] ?? 'stopped';
  const done: ModelSession = { ...session, state };
  return replied(replaced(sessions, done), request, done)[0]?.sessions;
}

/** The sessions when the request must be repeated: a session that was ending is stopped. */
export function fallBack(
  sessions: Sessions,
  { mayLoseConsumer, answer, operation }: ClientRequest,
  of: Pick<ModelSession, 'uid' | 'name'>,
): Sessions | undefined {
  const session = sessions.find((other) => isNamed(other, of.uid, of.name));
  const mayFallBack = mayLoseConsumer || isUnwritten(answer) || isUnawaited(operation);
  if (!mayFallBack || session === undefined || session.state in FINISHED) return undefined;
  return replaced(sessions, { ...session, state: 'stopped' });
}

type SessionOp = 'session.start' | 'session.pause' | 'session.stop' | 'session.destroy';
type ChangeOp = Change['op'] | TrackerChange['op'] | SnapshotOutputChange['op'];
type Command = Extract<Operation, { op: SessionOp | ChangeOp }>;

function commanded(
  sessions: Sessions,
  request: ClientRequest,
  operation: Command,
  session: ModelSession,
): Effect[] {
  const { state } = session;
  if (operation.op === 'session.destroy' && state === 'destroying') {
    if (isUnawaited(operation)) return replied(sessions, request, session);
    return underway(sessions, request, session, 'destroying').map((effect) => ({
      ...effect,
      finishing: { uid: session.uid, name: session.name, joined: session },
    }));
  }
  if (state in FINISHED || state === 'stopping' || state === 'destroying') {
    return refused(sessions, request, 'SESSION_BUSY');
  }
  const without = (): Effect[] =>
    (session.isFlightRecorder ? [] : codesWithoutConsumer(request.uid === session.uid)).flatMap(
      (code) => refused(sessions, request, code),
    );
  // The consumer was lost, or started and lost again: the command is refused, and the session is stopped nonetheless.
  const withoutAgain = (): Effect[] =>
    request.mayLoseConsumer
      ? without().flatMap((effect) => [
          effect,
          { ...effect, sessions: replaced(effect.sessions, { ...session, state: 'stopped' }) },
        ])
      : [];
  switch (operation.op) {
    case 'session.start':
      if (state === 'active') return refused(sessions, request, 'ALREADY');
      return [
        ...without(),
        ...(session.hasRelay ? UNLINKED.flatMap((code) => refused(sessions, request, code)) : []),
        ...(request.mayMeetConsumer ? refused(sessions, request, 'SESSION_BUSY') : []),
        ...underway(sessions, request, session, 'starting'),
      ];
    case 'session.pause':
      return state === 'active'
        ? underway(sessions, request, session, 'pausing')
        : refused(sessions, request, 'ALREADY');
    case 'session.stop':
      return [
        ...withoutAgain(),
        ...(state === 'active' || state === 'paused' ? [] : refused(sessions, request, 'ALREADY')),
        // A session that was stopped without a consumer may be stopped again.
        ...(state === 'active' ||
        state === 'paused' ||
        (state === 'stopped' && request.mayLoseConsumer)
          ? underway(sessions, request, session, 'stopping')
          : []),
      ];
    case 'session.destroy':
      return [...withoutAgain(), ...underway(sessions, request, session, 'destroying')];
    default:
      return settled(sessions, request, changedAtOnce(session, operation));
  }
}

/** Another consumer, or its own, may be missing; files may be in the way. */
function rotated(sessions: Sessions, request: ClientRequest, session: ModelSession): Effect[] {
  if (session.isFlightRecorder) {
    return request.operation.op === 'session.rotate'
      ? refused(sessions, request, 'NOT_ALLOWED')
      : [...refused(sessions, request, 'SESSION_BUSY'), ...replied(sessions, request, session)];
  }
  const isOwner = request.uid === session.uid;
  const codes = [
    'SESSION_BUSY',
    ...codesWithoutConsumer(isOwner),
    ...(request.mayLoseConsumer ? ['NO_OUTPUT'] : []),
    // There may never have been a consumer, and only the owner's client starts one.
    ...(session.hasRelay || !isOwner ? ['NOT_ALLOWED'] : []),
  ];
  return [
    ...codes.flatMap((code) => refused(sessions, request, code)),
    ...replied(sessions, request, session),
  ];
}

function scheduled(
  sessions: Sessions,
  request: ClientRequest,
  operation: ScheduleChange,
  session: ModelSession,
): Effect[] {
  const isElsewhere = session.isFlightRecorder || session.hasRelay;
  const elsewhere =
    operation.op === 'rotation.enable' && isElsewhere
      ? refused(sessions, request, 'NOT_ALLOWED')
      : [];
  if (operation.op === 'rotation.enable' && session.isFlightRecorder) return elsewhere;
  const schedule = withSchedule(session.schedule, operation);
  const effects = settled(sessions, request, schedule ? { ...session, schedule } : 'ALREADY');
  return [...elsewhere, ...effects];
}

/** The session after a change that is done at once, or the code of its refusal. */
function changedAtOnce(
  session: ModelSession,
  operation: Extract<Command, { op: ChangeOp }>,
): ModelSession | string {
  switch (operation.op) {
    case 'tracker.add':
    case 'tracker.remove': {
      const trackers = withTracker(session.trackers, operation);
      return trackers === undefined ? 'ALREADY' : { ...session, trackers };
    }
    case 'snapshot.add':
    case 'snapshot.remove': {
      const output = withSnapshotOutput(session.snapshotOutput, operation);
      return typeof output === 'string' ? output : { ...session, snapshotOutput: output.after };
    }
    default: {
      const channels = changed(session, operation);
      return typeof channels === 'string' ? channels : { ...session, channels };
    }
  }
}

function settled(
  sessions: Sessions,
  request: ClientRequest,
  done: ModelSession | string,
): Effect[] {
  if (typeof done === 'string') return refused(sessions, request, done);
  return replied(replaced(sessions, done), request, done);
}

function unchanged(sessions: Sessions): Effect[] {
  return [{ sessions, finishing: undefined }];
}

/** Without effect, with this code. For an unanswered request a refusal makes no difference. */
function refused(sessions: Sessions, { answer }: ClientRequest, code: string): Effect[] {
  return answer?.kind === 'failure' && answer.code === code ? unchanged(sessions) : [];
}

/** Refused after it began, because the session's consumer died meanwhile, or cannot write. */
function isLostOnTheWay(request: ClientRequest, session: ModelSession): boolean {
  const { answer, mayLoseConsumer } = request;
  const isLost =
    mayLoseConsumer &&
    answer?.kind === 'failure' &&
    codesWithoutConsumer(request.uid === session.uid).includes(answer.code);
  return isLost || isUnwritten(answer);
}

/** It begins, and finishes later. */
function underway(
  sessions: Sessions,
  request: ClientRequest,
  session: ModelSession,
  state: ModelSession['state'],
): Effect[] {
  const { answer, operation } = request;
  if (isUnawaited(operation)) {
    const begun = { ...session, state };
    const left = { uid: session.uid, name: session.name };
    return replied(replaced(sessions, begun), request, begun).map((effect) => ({
      ...effect,
      left,
    }));
  }
  const isLost = state !== 'starting' && isLostOnTheWay(request, session);
  if (answer !== undefined && answer.kind !== 'reply' && !isLost) return [];
  return [
    {
      sessions: replaced(sessions, { ...session, state }),
      finishing: { uid: session.uid, name: session.name },
    },
  ];
}

/** Its answer has this session as in `sessions`. */
function replied(sessions: Sessions, { answer }: ClientRequest, session: ModelSession): Effect[] {
  if (answer === undefined) return unchanged(sessions);
  const info = answer.kind === 'reply' ? answer.value.session : undefined;
  const told = info === undefined ? undefined : asTold(session, info);
  return told === undefined ? [] : unchanged(replaced(sessions, told));
}

function listed(sessions: Sessions, { uid, answer }: ClientRequest, from: number): Effect[] {
  if (answer === undefined) return unchanged(sessions);
  const value: ReplyValue | undefined = answer.kind === 'reply' ? answer.value : undefined;
  const infos = value?.sessions;
  if (infos === undefined) return [];
  let known = sessions;
  for (const info of infos) {
    const session = sessions.find((other) => isNamed(other, info.uid, info.name));
    const told = session === undefined ? undefined : asTold(session, info);
    if (told === undefined || (uid !== 0 && told.uid !== uid)) return [];
    known = replaced(known, told);
  }
  const visible = sessions.filter((session) => uid === 0 || session.uid === uid);
  const isWhole = from === 0 && value?.next === undefined;
  return isWhole && infos.length !== visible.length ? [] : unchanged(known);
}
