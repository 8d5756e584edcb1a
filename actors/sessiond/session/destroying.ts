/**
 * The end of a session: the applications detach its streams, the consumer writes the contents of the buffers, the
 * snapshots in progress attach them, and the session removes the buffers. Without a consumer it returns to `stopped`,
 * unless the user abandons the data.
 */
import { and, not } from 'xstate';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { APPLY_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import type { sessionSetup } from './setup.ts';

export const destroying = {
  entry: [
    { type: 'publish', params: { state: 'destroying' } },
    { type: 'answerBegun', params: { state: 'destroying' } },
    { type: 'sendParts', params: { active: false, gone: true } },
  ],
  initial: 'applying',
  on: {
    'session.command': [
      { guard: 'isDestroyTooMuch', actions: 'refuseTooMuch' },
      {
        guard: 'isDestroy',
        actions: ['joinIn', { type: 'answerBegun', params: { state: 'destroying' } }],
      },
      { guard: 'isOfRecording', actions: 'refuseBusy' },
    ],
    'registry.ending': { actions: 'noteEnding' },
    'journal.gathered': {
      actions: ['recordStreams', { type: 'sendParts', params: { active: false, gone: true } }],
    },
    'app.joined': {
      actions: ['addApp', { type: 'sendParts', params: { active: false, gone: true } }],
    },
    'kernel.ready': {},
  },
  states: {
    applying: {
      after: { [APPLY_MS_MAX]: { target: 'finishing', actions: 'noteLaggards' } },
      always: { guard: 'isEveryoneDone', target: 'finishing' },
    },
    finishing: {
      entry: 'askFinish',
      always: [
        { guard: 'needsNoConsumer', target: 'unpinning' },
        {
          guard: 'isGivenBack',
          target: '#session.recording.stopped',
          actions: 'refuseHeld',
        },
        { guard: 'owesFinish', actions: 'askFinish' },
      ],
      // A restored session waits for its consumer to reconnect; without one its user must repeat the command.
      after: {
        [DRAIN_MS_MAX]: [
          { guard: 'hasNoConsumer', target: '#session.recording.stopped' },
          { guard: 'isAbandoned', target: 'unpinning', actions: 'logSlowConsumer' },
          {
            target: '#session.recording.stopped',
            actions: ['logSlowConsumer', 'closeConsumer', 'refuseUnwritten'],
          },
        ],
      },
      on: {
        'consumer.opened': { guard: 'isOriginal', actions: 'askFinish' },
        'consumer.finished': [
          {
            guard: 'keepsUnwritten',
            target: '#session.recording.stopped',
            actions: ['closeConsumer', 'refuseUnwritten'],
          },
          'unpinning',
        ],
      },
    },
    // Snapshots in progress attach first; SNAPSHOT_ATTACH_MS_MAX of their links bounds the wait. Pending memory is
    // made at once, and removed with the rest.
    unpinning: {
      always: [
        {
          guard: and([not('isPinned'), not('hasPending'), 'givesUp']),
          target: 'counting',
        },
        { guard: and([not('isPinned'), not('hasPending')]), target: 'releasing' },
      ],
    },
    // The handler answers at once.
    counting: {
      entry: 'countUnread',
      on: {
        'memory.counted': { target: 'releasing', actions: 'noteAbandoned' },
      },
    },
    // Of a kernel part: the kernel link bounds the wait.
    releasing: {
      entry: 'releaseInstances',
      always: { guard: not('isKernelPart'), target: 'removing' },
      on: { 'kernel.released': 'removing' },
    },
    removing: {
      on: { 'journal.gathered': {} },
      entry: [
        'removeAllStreams',
        { type: 'answerHeld', params: { state: 'destroying' } },
        'refuseAwaiting',
        'tellEnded',
      ],
    },
  },
} satisfies ChartOf<typeof sessionSetup>;
