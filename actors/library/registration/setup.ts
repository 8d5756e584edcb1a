/** The parts that a registration's chart is made of: types, guards, actions, delays. */
import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, assign, emit, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import {
  APP_PROTOCOL_MAJOR,
  type StateMessage,
  UNABLE_CHARACTERS_MAX,
} from '../../../src/wire/app/messages.ts';
import { COMMON_PIPE_MODE, isOwnDirectory, PIPE_WAIT_MS_MAX } from '../../../src/wire/endpoints.ts';
import { LIST_ENTRIES_MAX } from '../../../src/wire/limits.ts';
import type { RegistrationInput, ToApplication } from '../messages.ts';
import {
  GONE_MS_MAX,
  main,
  own,
  PROBE_REST_MS_MAX,
  PROBE_REST_MS_MIN,
  type RegistrationContext,
  type RegistrationScene,
  registrationActions,
  TURNED_AWAY_MS,
  VAIN_REST_MS_MAX,
} from './context.ts';
import type { RegistrationEvent } from './events.ts';

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

type GuardScene = Pick<RegistrationScene, 'context' | 'event'>;

function stateOf(event: RegistrationEvent): StateMessage | undefined {
  return event.type === 'wire.message' && event.message.type === 'state'
    ? event.message
    : undefined;
}

function reasonOf({ message }: RegistrationEvent & { type: 'wire.message' }): string {
  if (message.type === 'refused') return message.reason;
  if (message.type !== 'welcome')
    return `the registry sent an unexpected "${message.type}" message`;
  return `this library speaks version ${APP_PROTOCOL_MAJOR}, the registry version ${message.major}`;
}

const guards = {
  /** Only the owner of the registry, and root, may replace the files of its directory. */
  isTheirsAlone: ({ context, event }: GuardScene) =>
    event.type === 'file.inspected' &&
    event.info !== undefined &&
    (isOwnDirectory(event.info, context.ownerUid) || isOwnDirectory(event.info, 0)),
  isOursToTrust: ({ context, event }: GuardScene) =>
    event.type === 'file.inspected' &&
    event.info?.kind === 'socket' &&
    event.info.uid === context.ownerUid,
  isMain: ({ context, event }: GuardScene) =>
    event.type === 'wire.opened' && event.connection === main(context),
  isExpectedPeer: ({ context, event }: GuardScene) =>
    event.type === 'wire.identified' && event.peer.uid === context.ownerUid,
  isWelcome: ({ event }: GuardScene) =>
    event.type === 'wire.message' &&
    event.message.type === 'welcome' &&
    event.message.major === APP_PROTOCOL_MAJOR,
  isRegistered: ({ event }: GuardScene) =>
    event.type === 'wire.message' && event.message.type === 'registered',
  /** The registry's backlog of connections is full, so it has not refused us. */
  isCrowded: ({ event }: GuardScene) => 'error' in event && event.error?.code === 'EAGAIN',
  isOwnChannel: ({ context, event }: GuardScene) =>
    'connection' in event && event.connection === own(context),
  /** Excludes late events of connections of earlier attempts. */
  isOfThisAttempt: ({ context, event }: GuardScene) =>
    'connection' in event && [main(context), own(context)].includes(event.connection),
  isEndless: ({ context, event }: GuardScene) =>
    context.portions.length + (stateOf(event)?.sessions.length ?? 0) > LIST_ENTRIES_MAX,
  goesOn: ({ event }: GuardScene) => stateOf(event)?.more === true,
  /** With this message the wanted state is complete. */
  isComplete: ({ context, event }: GuardScene) => {
    const message = stateOf(event);
    return (
      message !== undefined &&
      event.type === 'wire.message' &&
      event.connection === own(context) &&
      message.more !== true &&
      context.portions.length + message.sessions.length <= LIST_ENTRIES_MAX
    );
  },
  /** No session needs memory of this thread. */
  wantsNothing: ({ context, event }: GuardScene) =>
    context.portions.length === 0 && stateOf(event)?.sessions.length === 0,
  wasSignalled: ({ context }: GuardScene) => context.signalled,
  restsOn: ({ context }: GuardScene) => context.restLeftMs > GONE_MS_MAX,
};

const waitingActions = registrationActions({
  beginAttempt: assign(({ context }) => ({
    signalled: false,
    isTurnedAway: false,
    portions: [],
    wanted: undefined,
    attempt: context.attempt + 1,
  })),
  noteSignal: assign({ signalled: true }),
  rest: assign(({ context }) => ({ restLeftMs: context.restMs })),
  restOn: assign(({ context }) => ({ restLeftMs: context.restLeftMs - GONE_MS_MAX })),
  restLonger: assign(({ context: { restMs, isTurnedAway } }) => ({
    restMs: Math.min(2 * restMs, isTurnedAway ? PROBE_REST_MS_MAX : VAIN_REST_MS_MAX),
  })),
  restShortest: assign({ restMs: PROBE_REST_MS_MIN }),
  // Ends the last wait first, since the file at the path may be another one by now.
  awaitPipe: act(({ context: { pipePath }, enqueue }) => {
    enqueue.emit({ type: 'pipe.unawait', path: pipePath });
    enqueue.emit({ type: 'pipe.await', path: pipePath, mode: COMMON_PIPE_MODE });
  }),
  unawaitPipe: emit(({ context }) => ({ type: 'pipe.unawait', path: context.pipePath })),
  logNoPipe: on('pipe.failed', ({ event, enqueue }) =>
    enqueue.emit({
      type: 'log.write',
      event: 'registration.waitFailed',
      fields: { path: event.path, code: event.error.code },
    }),
  ),
  inspectDirectory: emit(({ context }) => ({
    type: 'file.inspect',
    path: directoryOf(context.socketPath),
  })),
  logUnsafe: on('file.inspected', ({ context: { scope }, event: { path, info }, enqueue }) => {
    if (info === undefined) return;
    const { uid, mode } = info;
    const fields = { scope, path, uid, mode: mode.toString(8) };
    enqueue.emit({ type: 'log.write', event: 'registration.unsafeDirectory', fields });
  }),
  inspectSocket: emit(({ context }) => ({ type: 'file.inspect', path: context.socketPath })),
  settle: act(({ context, enqueue }) => {
    if (context.settled) return;
    enqueue.assign({ settled: true });
    const { application, scope } = context;
    tell<ToApplication>(enqueue, application, { type: 'registration.settled', scope });
  }),
});

const handshakeActions = registrationActions({
  connect: emit(({ context }) => ({
    type: 'wire.open',
    connection: main(context),
    path: context.socketPath,
    protocol: 'app.library',
    identify: false,
  })),
  greet: act(({ context, enqueue }) => {
    const connection = main(context);
    enqueue.assign({ isTurnedAway: true });
    enqueue.emit({ type: 'wire.adopt', connection });
    const message = { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 };
    enqueue.emit({ type: 'wire.send', connection, message });
  }),
  passSocket: emit(({ context }) => ({
    type: 'wire.passSocket',
    connection: own(context),
    path: context.socketPath,
    protocol: 'channel.library',
  })),
  register: on('wire.socketPassed', ({ context, event: { token }, enqueue }) => {
    const { processName, tid, incarnation, sessionUuid } = context;
    const session = sessionUuid === undefined ? {} : { sessionUuid };
    const thread = { processName, tid, incarnation, libraryVersion: VERSION_TEXT, ...session };
    const message = { type: 'register', token, ...thread };
    enqueue.emit({ type: 'wire.send', connection: main(context), message });
  }),
  logRefusal: on('wire.message', ({ context, event, enqueue }) =>
    enqueue.emit({
      type: 'log.write',
      event: 'registration.refused',
      fields: { scope: context.scope, reason: reasonOf(event) },
    }),
  ),
  logStranger: on('wire.identified', ({ context, event, enqueue }) =>
    enqueue.emit({
      type: 'log.write',
      event: 'registration.wrongOwner',
      fields: {
        scope: context.scope,
        path: context.socketPath,
        'owner-uid': context.ownerUid,
        'found-uid': event.peer.uid,
      },
    }),
  ),
  closeOpened: on('wire.opened', ({ event, enqueue }) =>
    enqueue.emit({ type: 'wire.close', connection: event.connection }),
  ),
  closeMain: emit(({ context }) => ({ type: 'wire.close', connection: main(context) })),
  closeBoth: act(({ context, enqueue }) => {
    enqueue.emit({ type: 'wire.close', connection: main(context) });
    enqueue.emit({ type: 'wire.close', connection: own(context) });
  }),
});

const registeredActions = registrationActions({
  adoptOwn: emit(({ context }) => ({
    type: 'wire.adopt',
    connection: own(context),
  })),
  keepPortion: assign(({ context, event }) => ({
    portions: [...context.portions, ...(stateOf(event)?.sessions ?? [])],
  })),
  /** Replaces an earlier state that has not been applied. */
  keepState: act(({ context, event, enqueue }) => {
    const message = stateOf(event);
    assert(message !== undefined, 'pre:registration.keepState:is-state');
    const sessions = [...context.portions, ...message.sessions];
    enqueue.assign({ portions: [], wanted: { ...message, sessions } });
  }),
  applyState: act(({ context: { scope, wanted }, enqueue }) => {
    assert(wanted !== undefined, 'pre:registration.applyState:has-state');
    enqueue.assign({ wanted: undefined });
    enqueue.emit({ type: 'tracer.apply', scope, state: wanted });
  }),
  identify: emit(({ context }) => ({ type: 'wire.identify', connection: own(context) })),
  sayUnable: on('wire.identifyFailed', ({ context, event: { error }, enqueue }) => {
    const reason = (error.detail ?? error.code).slice(0, UNABLE_CHARACTERS_MAX);
    enqueue.assign({ wanted: undefined });
    enqueue.emit({ type: 'log.write', event: 'registration.unable', fields: { reason } });
    const message = { type: 'unable', reason };
    enqueue.emit({ type: 'wire.send', connection: own(context), message });
  }),
  sayApplied: on('tracer.applied', ({ context, event: { revision, refused }, enqueue }) =>
    enqueue.emit({
      type: 'wire.send',
      connection: own(context),
      message: {
        type: 'applied',
        revision,
        ...(refused.length === 0 ? {} : { refused: refused.slice(0, LIST_ENTRIES_MAX) }),
      },
    }),
  ),
  describe: emit(({ context }) => ({ type: 'tracer.describe', scope: context.scope })),
  announce: on('tracer.described', ({ context, event: { defined }, enqueue }) =>
    enqueue.emit({
      type: 'wire.send',
      connection: own(context),
      message: { type: 'tracepoints', defined },
    }),
  ),
  // Releases the streams before `leaving` is sent, so that the registry's last flush finds every event.
  releaseStreams: emit(({ context }) => ({
    type: 'tracer.apply',
    scope: context.scope,
    state: { type: 'state', revision: 0, sessions: [] },
  })),
  detach: emit(({ context }) => ({ type: 'tracer.detach', scope: context.scope })),
  logEndless: emit(({ context }) => ({
    type: 'log.write',
    event: 'registration.sessionsFull',
    fields: { scope: context.scope, 'sessions-max': LIST_ENTRIES_MAX },
  })),
  changeUser: on('user.changed', ({ event, enqueue }) => enqueue.assign({ ...event.registration })),
  sayLeaving: emit(({ context }) => ({
    type: 'wire.send',
    connection: own(context),
    message: { type: 'leaving' },
  })),
});

export const registrationSetup = setup({
  types: {
    context: {} as RegistrationContext,
    input: {} as RegistrationInput,
    events: {} as RegistrationEvent,
    emitted: {} as Effect,
  },
  guards,
  actions: { ...waitingActions, ...handshakeActions, ...registeredActions },
  delays: {
    rest: ({ context }) => Math.min(context.restLeftMs, GONE_MS_MAX),
    wait: ({ context }) => (context.isTurnedAway ? TURNED_AWAY_MS : PIPE_WAIT_MS_MAX),
  },
});
