/** The recording region of a session: its states from `inactive` to `stopped`, and their transitions. */
import { and } from 'xstate';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { APPLY_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import { isPending } from './context.ts';
import { destroying } from './destroying.ts';
import type { sessionSetup } from './setup.ts';

/** Transitions of a session that records nothing and is not in a transitional state. */
const resting = {
  'session.command': [
    { guard: 'isStartAlone', actions: 'refuseNoConsumer' },
    { guard: 'isStartTooEarly', actions: 'refuseBusy' },
    { guard: 'isStartUnlinked', actions: 'refuseUnlinked' },
    { guard: 'isStart', target: 'starting', actions: 'holdReply' },
    { guard: 'isEndAlone', actions: 'refuseNoConsumer' },
    { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
    { guard: 'isStopAgain', target: 'stopping', actions: 'holdReply' },
    { guard: 'isStop', actions: 'refuseAlready' },
    { guard: 'isPause', actions: 'refuseAlready' },
    { guard: 'isKernelRule', actions: 'askKernel' },
    {
      guard: 'isChange',
      actions: ['change', 'publishAgain'],
    },
  ],
  'kernel.checked': [
    { guard: 'isFaulty', actions: 'refuseByKernel' },
    { actions: ['change', 'publishAgain'] },
  ],
  'registry.ending': [
    { guard: 'mustKeep', actions: 'keepForNext' },
    { target: 'destroying', actions: 'noteEnding' },
  ],
  'app.joined': { actions: ['addApp', { type: 'sendParts', params: { active: false } }] },
  'kernel.ready': { actions: ['joinWriters', { type: 'sendParts', params: { active: false } }] },
  'journal.gathered': {
    actions: ['recordStreams', { type: 'sendParts', params: { active: false } }],
  },
} as const satisfies ChartOf<typeof sessionSetup>['on'];

/** A change of what is recorded. */
const changedWhileActive = [
  'change',
  'requestStreams',
  { type: 'sendParts', params: { active: true } },
  'publishAgain',
] as const;

/** What a session does with applications while it ends its recording. */
const halting = {
  'session.command': { guard: 'isOfRecording', actions: 'refuseBusy' },
  'app.joined': resting['app.joined'],
  'kernel.ready': resting['kernel.ready'],
  'journal.gathered': resting['journal.gathered'],
} as const satisfies ChartOf<typeof sessionSetup>['on'];

export const recording = {
  initial: 'beginning',
  on: {
    'memory.streamCreated': { actions: 'keepStream' },
    'memory.streamFailed': { actions: 'dropStream' },
    'journal.gathered': { actions: 'recordStreams' },
    // The kernel answered while the session was on the way to another state.
    'kernel.checked': { actions: 'refuseBusy' },
  },
  states: {
    // A new session, or one that continues in its recorded state after its registry was killed.
    beginning: {
      always: [
        { guard: { type: 'wasRecorded', params: { state: 'active' } }, target: 'active' },
        { guard: { type: 'wasRecorded', params: { state: 'paused' } }, target: 'paused' },
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
          actions: ['addApp', 'requestStreams', { type: 'sendParts', params: { active: true } }],
        },
        'kernel.ready': {
          actions: [
            'joinWriters',
            'requestStreams',
            { type: 'sendParts', params: { active: true } },
          ],
        },
      },
      states: {
        // The effect handler creates stream memory at once; the session records it before it leaves this state.
        allocating: {
          always: {
            guard: ({ context }) => !context.streams.some(isPending),
            target: 'applying',
            // The event concerns one application, but all applications wait for this part.
            actions: { type: 'sendParts', params: { active: true, everyone: true } },
          },
        },
        applying: {
          on: {
            'journal.gathered': {
              actions: ['recordStreams', { type: 'sendParts', params: { active: true } }],
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
          { guard: 'isPause', target: 'pausing', actions: 'holdReply' },
          { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
          { guard: 'isStart', actions: 'refuseAlready' },
          { guard: 'isKernelRule', actions: 'askKernel' },
          { guard: 'isChange', actions: changedWhileActive },
        ],
        'kernel.checked': [
          { guard: 'isFaulty', actions: 'refuseByKernel' },
          { actions: changedWhileActive },
        ],
        'registry.ending': resting['registry.ending'],
        'app.joined': {
          actions: ['addApp', 'requestStreams', { type: 'sendParts', params: { active: true } }],
        },
        'kernel.ready': {
          actions: [
            'joinWriters',
            'requestStreams',
            { type: 'sendParts', params: { active: true } },
          ],
        },
        'journal.gathered': {
          actions: ['recordStreams', { type: 'sendParts', params: { active: true } }],
        },
        'memory.streamFailed': {
          actions: ['dropStream', { type: 'sendParts', params: { active: true } }],
        },
      },
    },
    // Until all applications have applied their parts; the buffers keep what the consumer has not written yet (R1.29).
    pausing: {
      entry: [
        'oweFlush',
        { type: 'publish', params: { state: 'pausing' } },
        { type: 'sendParts', params: { active: false } },
      ],
      on: halting,
      after: { [APPLY_MS_MAX]: { target: 'paused', actions: 'noteLaggards' } },
      always: { guard: 'isEveryoneDone', target: 'paused' },
    },
    paused: {
      entry: [
        { type: 'publish', params: { state: 'paused' } },
        { type: 'answerHeld', params: { state: 'paused' } },
      ],
      on: resting,
    },
    stopping: {
      entry: [
        'oweFlush',
        { type: 'publish', params: { state: 'stopping' } },
        { type: 'answerBegun', params: { state: 'stopping' } },
        { type: 'sendParts', params: { active: false } },
      ],
      initial: 'applying',
      on: halting,
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
              actions: ['logSlowConsumer', 'refuseUnwritten'],
            },
          },
          on: {
            'consumer.flushed': [
              {
                guard: and(['isThisFlush', 'isUnwritten']),
                target: '#session.recording.stopped',
                actions: 'refuseUnwritten',
              },
              {
                guard: 'isThisFlush',
                target: '#session.recording.stopped',
                actions: 'noteFlushed',
              },
            ],
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
    destroying,
  },
} satisfies ChartOf<typeof sessionSetup>;
