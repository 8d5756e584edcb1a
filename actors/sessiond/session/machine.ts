/**
 * A recording session in the registry.
 *
 * ```
 *   inactive ──start──▶ starting ──applied──▶ active ──stop──▶ stopping ──flushed──▶ stopped ──start──▶ starting
 *      └───────────────── destroy, from any of the three ─────▶ destroying ──consumer finished──▶ destroyed
 * ```
 * None of the three is done without a consumer as long as there are buffers, which may hold what is written nowhere:
 * it is refused with NO_CONSUMER, on the way also, and `lttng` brings one and asks again. Nor does a registry that ends
 * give them up: it destroys its sessions but those, which the next one goes on with.
 *
 * Starting, stopping and destroying wait: first until every traced application has applied what it was told, one
 * whose connection broke included, or APPLY_MS_MAX has passed (a blocked event loop must not block the user, and the
 * same one does so once: until it has caught up no command waits for it), then
 * until the consumer has written what the buffers hold. Meanwhile other commands on the session are answered
 * SESSION_BUSY; but whoever destroys what is being destroyed waits for the same end. The registry owns the buffers
 * (R1.7): made when an application has something to record and the session is started (R1.18), removed when the
 * consumer let go of an ended stream, and with the session.
 */
import { and, not, setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, assign, on } from '../../../src/runtime/act.ts';
import {
  ABSENT_CHECK_MS_MAX,
  ABSENT_CHECK_MS_MIN,
  APPLY_MS_MAX,
  CONSUMER_MS_MAX,
  DRAIN_MS_MAX,
} from '../limits.ts';
import {
  answerHeld,
  change,
  refuseAlready,
  refuseBusy,
  refuseTooMuch,
  sendParts,
} from './actions.ts';
import {
  askFinish,
  askFlush,
  attachConsumer,
  awaitConsumer,
  dismissConsumer,
  failAwaiting,
  failDismissing,
  keepForNext,
  logAbandoned,
  logSlowConsumer,
  loseConsumer,
  noteAwaiting,
  openConsumer,
  refuseAwaiting,
  refuseConsumer,
  refuseContinue,
  refuseHeld,
  refuseNoConsumer,
  watchConsumer,
} from './consumer.ts';
import { initialContext, type SessionContext, type SessionInput } from './context.ts';
import type { SessionEvent } from './events.ts';
import { guards, isAbandon } from './guards.ts';
import { publish, publishAgain, tellEnded } from './publish.ts';
import { beginSnapshot, endSnapshot, noteAttached, refuseSnapshot } from './snapshots.ts';
import {
  addApp,
  checkAbsent,
  dropStream,
  endAbsent,
  keepStream,
  releaseStream,
  removeAllStreams,
  removeApp,
  removeReleased,
  requestStreams,
} from './streams.ts';

/** What a session does that is not on its way anywhere, and records nothing. */
const resting = {
  'session.command': [
    { guard: 'isStartAlone', actions: 'refuseNoConsumer' },
    { guard: 'isStartTooEarly', actions: 'refuseBusy' },
    { guard: 'isStart', target: 'starting', actions: 'holdReply' },
    { guard: 'isEndAlone', actions: 'refuseNoConsumer' },
    { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
    { guard: 'isStopAgain', target: 'stopping', actions: 'holdReply' },
    { guard: 'isStop', actions: 'refuseAlready' },
    {
      guard: 'isChange',
      actions: ['change', 'publishAgain'],
    },
  ],
  'registry.ending': [
    { guard: 'isAloneWithData', actions: 'keepForNext' },
    { target: 'destroying', actions: 'noteEnding' },
  ],
  'app.joined': { actions: ['addApp', { type: 'sendParts', params: { active: false } }] },
} as const;

export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent,
    emitted: {} as Effect,
  },
  guards,
  actions: {
    holdReply: on('session.command', ({ event, enqueue }) =>
      enqueue.assign({ answering: [event.replyTo], isAbandoned: isAbandon(event) }),
    ),
    /** Who destroys what is being destroyed waits with the others. */
    joinIn: assign(({ context, event }) => {
      assert(event.type === 'session.command', 'pre:session.joinIn:is-command');
      return {
        answering: [...context.answering, event.replyTo],
        isAbandoned: context.isAbandoned || isAbandon(event),
      };
    }),
    noteEnding: assign({ isEnding: true }),
    changePlace: assign(({ event }) => {
      assert(event.type === 'place.changed', 'pre:session.changePlace:is-changed');
      return { place: event.place };
    }),
    oweFlush: assign({ owesFlush: true }),
    noteFlushed: assign({ owesFlush: false }),
    noteLaggards: assign(({ context }) => ({
      apps: context.apps.map((traced) => ({
        ...traced,
        isLagging: traced.applied < traced.sent,
      })),
    })),
    noteApplied: assign(({ context, event }) => {
      assert(event.type === 'app.applied', 'pre:session.noteApplied:is-applied');
      return {
        apps: context.apps.map((traced) => {
          if (traced.app.link !== event.link) return traced;
          const applied = Math.max(traced.applied, event.version);
          return { ...traced, applied, isLagging: traced.isLagging && applied < traced.sent };
        }),
      };
    }),
    restShortest: assign({ absentRestMs: ABSENT_CHECK_MS_MIN }),
    restLonger: assign(({ context }) => ({
      absentRestMs: Math.min(2 * context.absentRestMs, ABSENT_CHECK_MS_MAX),
    })),
    addApp: act(addApp),
    checkAbsent: act(checkAbsent),
    endAbsent: act(endAbsent),
    answerHeld: act(answerHeld),
    refuseBusy: act(refuseBusy),
    refuseTooMuch: act(refuseTooMuch),
    refuseAlready: act(refuseAlready),
    refuseNoConsumer: act(refuseNoConsumer),
    refuseHeld: act(refuseHeld),
    dismissConsumer: act(dismissConsumer),
    watchConsumer: act(watchConsumer),
    failDismissing: act(failDismissing),
    logAbandoned: act(logAbandoned),
    keepForNext: act(keepForNext),
    awaitConsumer: act(awaitConsumer),
    change: act(change),
    attachConsumer: act(attachConsumer),
    refuseConsumer: act(refuseConsumer),
    refuseContinue: act(refuseContinue),
    openConsumer: act(openConsumer),
    loseConsumer: act(loseConsumer),
    removeApp: act(removeApp),
    requestStreams: act(requestStreams),
    keepStream: act(keepStream),
    dropStream: act(dropStream),
    releaseStream: act(releaseStream),
    removeAllStreams: act(removeAllStreams),
    removeReleased: act(removeReleased),
    beginSnapshot: act(beginSnapshot),
    refuseSnapshot: act(refuseSnapshot),
    noteAttached: act(noteAttached),
    endSnapshot: act(endSnapshot),
    sendParts: act(sendParts),
    askFlush: act(askFlush),
    askFinish: act(askFinish),
    logSlowConsumer: act(logSlowConsumer),
    publish: act(publish),
    publishAgain: act(publishAgain),
    tellEnded: act(tellEnded),
    failAwaiting: act(failAwaiting),
    noteAwaiting: act(noteAwaiting),
    refuseAwaiting: act(refuseAwaiting),
  },
  delays: { absentRest: ({ context }) => context.absentRestMs },
}).createMachine({
  id: 'session',
  context: ({ input }) => initialContext(input),
  type: 'parallel',
  states: {
    recording: {
      initial: 'beginning',
      on: {
        'memory.streamCreated': { actions: 'keepStream' },
        'memory.streamFailed': { actions: 'dropStream' },
      },
      states: {
        // A new session, or one that goes on where it was when its registry was killed.
        beginning: {
          always: [
            { guard: { type: 'wasRecorded', params: { state: 'active' } }, target: 'active' },
            { guard: { type: 'wasRecorded', params: { state: 'stopped' } }, target: 'stopped' },
            {
              guard: { type: 'wasRecorded', params: { state: 'destroying' } },
              target: 'destroying',
            },
            { target: 'inactive' },
          ],
        },
        inactive: {
          entry: { type: 'publish', params: { state: 'inactive' } },
          on: resting,
        },
        starting: {
          entry: [{ type: 'publish', params: { state: 'starting' } }, 'requestStreams'],
          initial: 'allocating',
          on: {
            'session.command': { guard: 'isOfRecording', actions: 'refuseBusy' },
            'app.joined': {
              actions: [
                'addApp',
                'requestStreams',
                { type: 'sendParts', params: { active: true } },
              ],
            },
          },
          states: {
            // Stream memory is made at once; its events come before this state is left.
            allocating: {
              always: {
                guard: ({ context }) => context.streams.every(({ memory }) => memory !== undefined),
                target: 'applying',
                // The last stream's event brought us here, but all applications wait for this word.
                actions: { type: 'sendParts', params: { active: true, everyone: true } },
              },
            },
            applying: {
              on: {
                'memory.streamCreated': {
                  actions: ['keepStream', { type: 'sendParts', params: { active: true } }],
                },
                'memory.streamFailed': {
                  actions: ['dropStream', { type: 'sendParts', params: { active: true } }],
                },
              },
              after: {
                [APPLY_MS_MAX]: { target: '#session.recording.active', actions: 'noteLaggards' },
              },
              always: { guard: 'isEveryoneDone', target: '#session.recording.active' },
            },
          },
          exit: { type: 'answerHeld', params: { state: 'active' } },
        },
        active: {
          entry: { type: 'publish', params: { state: 'active' } },
          on: {
            'session.command': [
              { guard: 'isEndAlone', actions: 'refuseNoConsumer' },
              { guard: 'isStop', target: 'stopping', actions: 'holdReply' },
              { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
              { guard: 'isStart', actions: 'refuseAlready' },
              {
                guard: 'isChange',
                actions: [
                  'change',
                  'requestStreams',
                  { type: 'sendParts', params: { active: true } },
                  'publishAgain',
                ],
              },
            ],
            'registry.ending': resting['registry.ending'],
            'app.joined': {
              actions: [
                'addApp',
                'requestStreams',
                { type: 'sendParts', params: { active: true } },
              ],
            },
            'memory.streamCreated': {
              actions: ['keepStream', { type: 'sendParts', params: { active: true } }],
            },
            'memory.streamFailed': {
              actions: ['dropStream', { type: 'sendParts', params: { active: true } }],
            },
          },
        },
        stopping: {
          entry: [
            'oweFlush',
            { type: 'publish', params: { state: 'stopping' } },
            { type: 'sendParts', params: { active: false } },
          ],
          initial: 'applying',
          on: {
            'session.command': { guard: 'isOfRecording', actions: 'refuseBusy' },
            'app.joined': { actions: ['addApp', { type: 'sendParts', params: { active: false } }] },
          },
          states: {
            applying: {
              after: { [APPLY_MS_MAX]: { target: 'flushing', actions: 'noteLaggards' } },
              always: { guard: 'isEveryoneDone', target: 'flushing' },
            },
            flushing: {
              entry: 'askFlush',
              always: [
                {
                  guard: 'needsNoConsumer',
                  target: '#session.recording.stopped',
                  actions: 'noteFlushed',
                },
                {
                  guard: 'hasNoConsumer',
                  target: '#session.recording.stopped',
                  actions: 'refuseHeld',
                },
              ],
              after: {
                [DRAIN_MS_MAX]: {
                  target: '#session.recording.stopped',
                  actions: 'logSlowConsumer',
                },
              },
              on: {
                'consumer.flushed': {
                  guard: 'isThisFlush',
                  target: '#session.recording.stopped',
                  actions: 'noteFlushed',
                },
              },
            },
          },
        },
        stopped: {
          entry: [
            { type: 'publish', params: { state: 'stopped' } },
            { type: 'answerHeld', params: { state: 'stopped' } },
          ],
          on: resting,
        },
        destroying: {
          entry: [
            { type: 'publish', params: { state: 'destroying' } },
            { type: 'sendParts', params: { active: false, gone: true } },
          ],
          initial: 'applying',
          on: {
            'session.command': [
              { guard: 'isDestroyTooMuch', actions: 'refuseTooMuch' },
              { guard: 'isDestroy', actions: 'joinIn' },
              { guard: 'isOfRecording', actions: 'refuseBusy' },
            ],
            'registry.ending': { actions: 'noteEnding' },
            'app.joined': {
              actions: ['addApp', { type: 'sendParts', params: { active: false, gone: true } }],
            },
          },
          states: {
            applying: {
              after: { [APPLY_MS_MAX]: { target: 'finishing', actions: 'noteLaggards' } },
              always: { guard: 'isEveryoneDone', target: 'finishing' },
            },
            finishing: {
              entry: 'askFinish',
              always: [
                { guard: and(['needsNoConsumer', 'isWritten']), target: 'unpinning' },
                { guard: 'needsNoConsumer', target: 'unpinning', actions: 'logAbandoned' },
                {
                  guard: 'isGivenBack',
                  target: '#session.recording.stopped',
                  actions: 'refuseHeld',
                },
              ],
              // Of a restored session: its consumer may come back, and otherwise its user has to ask again.
              after: {
                [DRAIN_MS_MAX]: [
                  { guard: 'hasNoConsumer', target: '#session.recording.stopped' },
                  { target: 'unpinning', actions: 'logSlowConsumer' },
                ],
              },
              on: { 'consumer.opened': { actions: 'askFinish' }, 'consumer.finished': 'unpinning' },
            },
            // Snapshots that have begun attach first; their links bound how long that takes.
            unpinning: { always: { guard: not('isPinned'), target: 'removing' } },
            removing: {
              entry: [
                'removeAllStreams',
                { type: 'answerHeld', params: { state: 'destroying' } },
                'refuseAwaiting',
                'tellEnded',
              ],
            },
          },
        },
      },
    },
    // Facts that hold whatever the recording does.
    following: {
      initial: 'watching',
      states: {
        watching: {
          on: {
            'app.joined': {},
            'place.changed': { actions: 'changePlace' },
            // One that is on its way is told again when it has arrived.
            'registry.ending': {},
            'app.left': { actions: 'removeApp' },
            'app.applied': { actions: 'noteApplied' },
            'consumer.attached': [
              { guard: 'takesNoConsumer', actions: 'refuseConsumer' },
              { actions: 'attachConsumer' },
            ],
            'consumer.opened': { actions: 'openConsumer' },
            'consumer.lost': { actions: 'loseConsumer' },
            'consumer.released': { actions: 'releaseStream' },
            'consumer.flushed': {},
            'consumer.finished': {},
            'snapshot.begun': [
              { guard: 'takesNoSnapshot', actions: 'refuseSnapshot' },
              { actions: 'beginSnapshot' },
            ],
            'snapshot.attached': { actions: ['noteAttached', 'removeReleased'] },
            'snapshot.ended': { actions: ['endSnapshot', 'removeReleased'] },
            'session.command': [
              { guard: 'isAwait', actions: 'awaitConsumer' },
              { guard: 'isContinueOfNone', actions: 'refuseContinue' },
              { guard: 'isContinueAlone', actions: 'refuseNoConsumer' },
              { guard: 'isContinue', actions: 'awaitConsumer' },
              { guard: 'isDismissal', actions: 'dismissConsumer' },
              { guard: 'isWatchAlone', actions: 'refuseNoConsumer' },
              { guard: 'isWatch', actions: 'watchConsumer' },
            ],
          },
        },
      },
    },
    // Threads whose connection broke, or that the registry before had: they come back by themselves, or have died.
    missing: {
      initial: 'looking',
      states: {
        looking: {
          entry: 'checkAbsent',
          always: { guard: not('hasAbsent'), target: 'nobody' },
          after: { absentRest: { target: 'looking', reenter: true, actions: 'restLonger' } },
          on: { 'process.checked': { actions: 'endAbsent' } },
        },
        nobody: {
          entry: 'restShortest',
          always: { guard: 'hasAbsent', target: 'looking' },
          on: { 'process.checked': {} },
        },
      },
    },
    dismissingConsumer: {
      initial: 'idle',
      states: {
        idle: {
          always: { guard: ({ context }) => context.dismissing.length > 0, target: 'waiting' },
        },
        waiting: {
          always: { guard: ({ context }) => context.dismissing.length === 0, target: 'idle' },
          after: { [DRAIN_MS_MAX]: { target: 'idle', actions: 'failDismissing' } },
        },
      },
    },
    awaitingConsumer: {
      initial: 'idle',
      states: {
        idle: {
          always: { guard: ({ context }) => context.awaiting.length > 0, target: 'waiting' },
        },
        waiting: {
          entry: 'noteAwaiting',
          always: { guard: ({ context }) => context.awaiting.length === 0, target: 'idle' },
          after: { [CONSUMER_MS_MAX]: { target: 'idle', actions: 'failAwaiting' } },
        },
      },
    },
  },
});
