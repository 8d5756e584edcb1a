/**
 * Where a session's consumer writes, as states (R3.7).
 *
 * ```
 *   apart (files, or nowhere) ──enable a relay──▶ connecting ──▶ relay.connected ──connection lost──▶ relay.lost
 *     ▲  │ set                     ▲ │ no link   └──────────────── enable again ◀──────────────────────────┘
 *     │  └─enable files, disable─▶ changing ◀──────────────── disable ── relay (its destination is frozen)
 *     └──────────── the consumer has changed, or has not in time ────┘  (rotate, clear …: changing, and back)
 * ```
 * Setting changes only what the next enabling means. `relay.waiting` has no consumer yet, or one that has not opened:
 * a consumer that attaches is linked at once, and a consumer that still has its link keeps it.
 */

import type { ChartOf } from '../../../src/runtime/chart.ts';
import { OUTPUT_CHANGE_MS_MAX } from '../limits.ts';
import type { sessionSetup } from './setup.ts';

/** The consumer has changed its output as asked, or it has left: then the next one begins with this output. */
const usesFiles = {
  target: '#session.output.apart',
  actions: ['useFiles', 'answerHeldChange'],
} as const;
const usesNothing = {
  target: '#session.output.apart',
  actions: ['useNothing', 'answerHeldChange'],
} as const;

export const output = {
  initial: 'beginning',
  on: {
    // Of earlier attempts.
    'link.inviting': {},
    'link.passed': {},
    'link.settled': {},
    'consumer.reached': {},
    'consumer.changed': {},
  },
  states: {
    beginning: { always: [{ guard: 'isAtRelay', target: 'relay' }, { target: 'apart' }] },
    apart: {
      always: { guard: 'isRotationDue', target: 'changing.rotating', actions: 'rotate' },
      on: {
        'consumer.opened': [
          { guard: 'isRotationLeft', target: 'changing.rotating', actions: 'rotate' },
          { guard: 'isOriginal' },
          { guard: 'isDismissed' },
          { target: 'changing.back', actions: 'tellPresent' },
        ],
        'session.command': [
          { guard: 'isClearOfBuffers', actions: 'clearBuffers' },
          { guard: 'isRegenerationOfBuffers', actions: 'answerNow' },
          { guard: 'isRotationElsewhere', actions: 'refuseRotationElsewhere' },
          { guard: 'isOutputOfNone', actions: 'refuseContinue' },
          { guard: 'isSet', actions: 'setDestination' },
          { guard: 'isEnabledAlready', actions: 'answerNow' },
          { guard: 'isEnableFilesAlone', actions: ['useFiles', 'answerNow'] },
          { guard: 'isEnableAlone', actions: 'refuseNoConsumer' },
          { guard: 'isEnableTooEarly', actions: 'refuseBusy' },
          { guard: 'isEnableFiles', target: 'changing.toFiles', actions: ['hold', 'tellFiles'] },
          { guard: 'isEnable', target: 'connecting', actions: 'hold' },
          { guard: 'isRotationAlone', actions: 'refuseNoConsumer' },
          { guard: 'isRotationTooEarly', actions: 'refuseBusy' },
          {
            guard: 'isRotation',
            target: 'changing.rotating',
            actions: ['hold', 'rotate', 'answerRotating'],
          },
          { guard: 'isDisabledAlready', actions: 'refuseDisabled' },
          { guard: 'isDisableAlone', actions: ['useNothing', 'answerNow'] },
          { guard: 'isDisable', target: 'changing.toNowhere', actions: ['hold', 'tellNone'] },
        ],
      },
    },
    connecting: {
      entry: 'startLink',
      on: {
        'session.command': { guard: 'isOutputCommand', actions: 'refuseBusy' },
        'link.inviting': { guard: 'isThisLink', actions: 'invite' },
        'link.passed': { guard: 'isThisLink', actions: 'sayPassed' },
        'consumer.reached': { guard: 'isThisChange', actions: 'tellReached' },
        'consumer.changed': { guard: 'isThisChange', actions: 'tellChanged' },
        'link.settled': [
          {
            guard: 'isLinked',
            target: 'relay.connected',
            actions: ['useRelay', 'answerHeldChange', 'openConsumer'],
          },
          {
            guard: 'isThisLinkAtRelay',
            target: 'relay.lost',
            actions: ['noteLinkFailure', 'tellPresent', 'refuseHeldChange', 'openConsumer'],
          },
          {
            guard: 'isThisLink',
            target: 'apart',
            actions: ['noteLinkFailure', 'tellPresent', 'refuseHeldChange'],
          },
        ],
        'consumer.lost': [
          { guard: 'isAtRelay', target: 'relay', actions: ['endLink', 'noteApart', 'refuseLeft'] },
          { target: 'apart', actions: ['endLink', 'noteApart', 'refuseLeft'] },
        ],
      },
    },
    relay: {
      initial: 'waiting',
      on: {
        'consumer.lost': { target: '.waiting', actions: 'noteApart' },
        'session.command': [
          { guard: 'isSet', actions: 'refuseFrozen' },
          { guard: 'isRotation', actions: 'refuseRotationElsewhere' },
          { guard: 'isDisableAlone', target: 'apart', actions: ['useNothing', 'answerNow'] },
          { guard: 'isDisable', target: 'changing.toNowhere', actions: ['hold', 'tellNone'] },
        ],
      },
      states: {
        waiting: {
          on: {
            'consumer.outcome': {
              guard: 'isStillLinked',
              target: 'connected',
              actions: ['useRelay', 'openConsumer'],
            },
            'consumer.opened': [{ guard: 'isDismissed' }, { target: '#session.output.connecting' }],
            'session.command': [
              { guard: 'isEnableAlone', actions: 'refuseNoConsumer' },
              { guard: 'isEnable', actions: 'refuseBusy' },
            ],
          },
        },
        connected: {
          on: {
            'consumer.outcome': { guard: 'isLinkLost', target: 'lost', actions: 'noteLost' },
            'session.command': { guard: 'isEnable', actions: 'answerNow' },
          },
        },
        lost: {
          on: {
            'session.command': {
              guard: 'isEnable',
              target: '#session.output.connecting',
              actions: 'hold',
            },
          },
        },
      },
    },
    changing: {
      on: {
        'session.command': { guard: 'isOutputCommand', actions: 'refuseBusy' },
      },
      initial: 'back',
      states: {
        toFiles: {
          after: {
            [OUTPUT_CHANGE_MS_MAX]: {
              target: '#session.output.apart',
              actions: ['tellPresent', 'refuseSlow'],
            },
          },
          on: {
            'consumer.changed': [
              {
                guard: 'isChangeFailed',
                target: '#session.output.apart',
                actions: ['tellPresent', 'refuseFiles'],
              },
              { guard: 'isThisChange', ...usesFiles },
            ],
            'consumer.lost': usesFiles,
          },
        },
        toNowhere: {
          after: {
            [OUTPUT_CHANGE_MS_MAX]: {
              target: '#session.output.apart',
              actions: ['useNothing', 'refuseSlow'],
            },
          },
          on: {
            'consumer.changed': { guard: 'isThisChange', ...usesNothing },
            'consumer.lost': usesNothing,
          },
        },
        // The consumer archives the files of the chunk, removes them, or gives them another clock offset.
        rotating: {
          after: {
            [OUTPUT_CHANGE_MS_MAX]: {
              target: '#session.output.apart',
              actions: ['forgetRotation', 'refuseSlow'],
            },
          },
          on: {
            'session.command': {
              guard: 'isRotationLikeThis',
              actions: ['hold', 'answerRotating'],
            },
            'consumer.changed': [
              {
                guard: 'isChangeFailed',
                target: '#session.output.apart',
                actions: 'refuseRotation',
              },
              {
                guard: 'isThisChange',
                target: '#session.output.apart',
                actions: ['noteRotated', 'answerHeldChange'],
              },
            ],
            'consumer.lost': { target: '#session.output.apart', actions: 'refuseLeftRotation' },
          },
        },
        // A consumer that has attached learns where it writes: the registry that it knew may have changed that last.
        back: {
          after: {
            [OUTPUT_CHANGE_MS_MAX]: { target: '#session.output.apart', actions: 'openConsumer' },
          },
          on: {
            'consumer.changed': {
              guard: 'isThisChange',
              target: '#session.output.apart',
              actions: 'openConsumer',
            },
            'consumer.lost': '#session.output.apart',
          },
        },
      },
    },
  },
} satisfies ChartOf<typeof sessionSetup>;
