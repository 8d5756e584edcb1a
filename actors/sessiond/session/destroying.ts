/**
 * The end of a session: the applications let go of it, the consumer writes what the buffers hold, the snapshots that
 * have begun attach them, and the buffers are removed. Without a consumer it goes back to `stopped`, unless what the
 * buffers hold is given up.
 */
import { and, not } from 'xstate';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { APPLY_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import type { sessionSetup } from './setup.ts';

export const destroying = {
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
    // Snapshots that have begun attach first; their links bound how long that takes. Memory that is still being made is
    // there at once, and is removed with the rest.
    unpinning: { always: { guard: and([not('isPinned'), not('hasPending')]), target: 'removing' } },
    removing: {
      entry: [
        'removeAllStreams',
        { type: 'answerHeld', params: { state: 'destroying' } },
        'refuseAwaiting',
        'tellEnded',
      ],
    },
  },
} satisfies ChartOf<typeof sessionSetup>;
