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
import { not } from 'xstate';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { CONSUMER_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import { initialContext } from './context.ts';
import { recording } from './recording.ts';
import { sessionSetup } from './setup.ts';

const chart = {
  id: 'session',
  type: 'parallel',
  states: {
    recording,
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
} satisfies ChartOf<typeof sessionSetup>;

export const sessionMachine = sessionSetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
