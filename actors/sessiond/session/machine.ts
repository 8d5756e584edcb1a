/**
 * A recording session in the registry.
 *
 * ```
 *   inactive ──start──▶ starting ──applied──▶ active ──stop──▶ stopping ──flushed──▶ stopped ──start──▶ starting
 *      │                                        └──pause──▶ pausing ──applied──▶ paused ──start──▶ starting
 *      │                                                                           └──stop──▶ stopping
 *      └───────────────── destroy, from any of the four ──────▶ destroying ──consumer finished──▶ destroyed
 * ```
 * A session needs a consumer to start, and also to stop or be destroyed while its buffers may hold unwritten data.
 * Without one it refuses the command with NO_CONSUMER, also in a transitional state; `lttng` starts a consumer and
 * repeats the request. A registry that ends destroys its sessions, but keeps those with data and no consumer for the
 * next registry.
 *
 * Starting, pausing, stopping and destroying wait: first until every traced application, also an absent one, has
 * applied its part, or until APPLY_MS_MAX has passed, so that a blocked event loop cannot block the user. An
 * application that misses the deadline is marked as lagging; later commands do not wait for it until it catches up.
 * Stopping and destroying then wait until the consumer has written the contents of the buffers. Meanwhile the session
 * refuses other commands with SESSION_BUSY, but a further request to destroy it waits for the same end. The registry
 * owns the buffers (R1.7): it creates them when a started session has a rule for an application (R1.18), and removes
 * them when the consumer releases an ended stream, and with the session.
 */
import { not } from 'xstate';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import { CONSUMER_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import { initialContext } from './context.ts';
import { checkSession } from './invariants.ts';
import { output } from './output.ts';
import { recording } from './recording.ts';
import { sessionSetup } from './setup.ts';

const chart = {
  id: 'session',
  type: 'parallel',
  states: {
    recording,
    // Events that every state of the recording handles alike.
    following: {
      initial: 'watching',
      states: {
        watching: {
          entry: 'inspectEnded',
          on: {
            'app.joined': {},
            'place.changed': { actions: 'changePlace' },
            // The registry repeats this to a session in a transitional state, when that state ends.
            'registry.ending': {},
            'app.left': { actions: 'removeApp' },
            'app.applied': { actions: 'noteApplied' },
            'kernel.ready': {},
            'kernel.applied': { actions: 'noteKernelApplied' },
            'kernel.checked': {},
            'kernel.tell': { actions: 'passToConsumer' },
            'kernel.released': {},
            'kernel.published': { actions: ['noteKernelPart'] },
            'consumer.reachedPages': { actions: 'passToKernelLink' },
            'consumer.tookPages': { actions: 'passToKernelLink' },
            'consumer.attached': [
              { guard: 'takesNoConsumer', actions: 'refuseConsumer' },
              { actions: 'attachConsumer' },
            ],
            'consumer.opened': [
              { guard: 'isOriginal', actions: ['noteBegin', 'openConsumer'] },
              // The region `output` first says where it writes.
              {},
            ],
            'consumer.lost': { actions: 'loseConsumer' },
            'consumer.full': { guard: 'hasSizeLimit', actions: 'noteDue' },
            'consumer.released': { actions: 'releaseStream' },
            'consumer.outcome': { actions: 'noteOutcome' },
            'consumer.flushed': {},
            'consumer.finished': {},
            'snapshot.begun': [
              { guard: 'takesNoSnapshot', actions: 'refuseSnapshot' },
              { actions: 'beginSnapshot' },
            ],
            'snapshot.attached': { actions: ['noteAttached', 'gatherReleased'] },
            'snapshot.ended': { actions: ['endSnapshot', 'gatherReleased'] },
            'memory.inspected': { actions: 'noteInspected' },
            'memory.measured': { actions: 'answerMeasured' },
            'memory.cleared': { actions: 'answerCleared' },
            'session.command': [
              { guard: 'isMeasure', actions: 'measureBuffers' },
              { guard: 'isScheduleElsewhere', actions: 'refuseRotationElsewhere' },
              { guard: 'isSchedule', actions: 'setSchedule' },
              { guard: 'isScheduleEnd', actions: 'endSchedule' },
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
    // Threads whose connection broke, or that the previous registry had: they register again, or have died.
    missing: {
      initial: 'looking',
      states: {
        looking: {
          entry: 'checkAbsent',
          always: { guard: not('hasAbsent'), target: 'none' },
          after: { absentRest: { target: 'looking', reenter: true, actions: 'restLonger' } },
          on: { 'process.threadsChecked': { actions: 'endAbsent' } },
        },
        none: {
          entry: 'restShortest',
          always: { guard: 'hasAbsent', target: 'looking' },
          on: { 'process.threadsChecked': {} },
        },
      },
    },
    // Threads without buffers, while the session records.
    unbuffered: {
      initial: 'none',
      states: {
        none: {
          entry: 'unbufferedShortest',
          always: { guard: 'lacksBuffers', target: 'resting' },
        },
        resting: {
          always: { guard: not('lacksBuffers'), target: 'none' },
          after: {
            unbufferedRest: { target: 'resting', reenter: true, actions: 'retryUnbuffered' },
          },
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
          after: {
            [CONSUMER_MS_MAX]: [
              // It has attached; its output has limits of its own.
              { guard: 'isOutputChanging', target: 'waiting', reenter: true },
              { target: 'idle', actions: 'failAwaiting' },
            ],
          },
        },
      },
    },
    // When a scheduled rotation is due; the region `output` has it done.
    rotating: {
      initial: 'never',
      states: {
        never: { always: { guard: 'hasRotationPeriod', target: 'waiting' } },
        waiting: {
          always: { guard: not('hasRotationPeriod'), target: 'never' },
          after: { rotationPeriod: { target: 'waiting', reenter: true, actions: 'noteDue' } },
        },
      },
    },
    output,
  },
} satisfies ChartOf<typeof sessionSetup>;

export const sessionMachine = sessionSetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
checkSteps(sessionMachine, checkSession);
