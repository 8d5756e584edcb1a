/**
 * The kernel's side of a kernel part (R1.24): brings the kernel's tracer to what the session wants, passes the pages of
 * its streams to the consumer, and removes the instances at the end.
 *
 * ```
 *   tracing    opening ▶ settled ──news──▶ taking ▶ halting, to stop ▶ renewing ▶ preparing ▶ setting, changing
 *                        ▲  ▲── unable ◀── the kernel cannot be asked ──┘                      │ recording, to start
 *                        └─────────────────────────────────────────────────────────────────────┘
 *   passing    idle ──streams without a reader──▶ opening ▶ inviting ▶ passing ▶ taking ──▶ idle
 *                ▲── resting ◀── the consumer does not take them
 *   both are serving ──the session ends──▶ releasing ──removed, or tried for too long──▶ over
 * ```
 * A session stops at once: what records is switched off first, and events are disabled afterwards. It starts in the
 * other order, so that all events begin at one moment. Messages that make the consumer write everything wait until it
 * has the pages. The link changes the kernel in small portions, and between two of them a newer wish replaces the rest.
 * It compares each wish with what the kernel has. So the link of the next registry makes only what this one had not
 * made when it was killed; meanwhile the kernel records, and the consumer reads.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import {
  INSTANCES_RELEASE_MS_MAX,
  KERNEL_RETRY_MS,
  PAGES_RETRY_MS,
  PAGES_TAKE_MS_MAX,
  PASSAGE_REACH_MS_MAX,
} from '../limits.ts';
import type { KernelLinkInput } from '../messages.ts';
import {
  checkKernelLink,
  hasNews,
  initialContext,
  isFed,
  type KernelLinkContext,
  unpassed,
} from './context.ts';
import type { KernelLinkEvent } from './events.ts';
import { passingActions } from './passing.ts';
import { tracingActions } from './tracing.ts';

const kernelLinkSetup = setup({
  types: {
    context: {} as KernelLinkContext,
    input: {} as KernelLinkInput,
    events: {} as KernelLinkEvent,
    emitted: {} as Effect,
  },
  guards: {
    hasNews: ({ context }) => hasNews(context),
    isReplaced: ({ context }) => context.wanted !== context.taken,
    isActive: ({ context }) => context.taken?.isActive === true,
    hasChanges: ({ context }) => context.changes.length > 0,
    hasUnpassed: ({ context }) => unpassed(context).length > 0,
    canForward: ({ context }) => context.held.length > 0 && isFed(context),
    isPassing: ({ context }) => context.passing.length > 0,
    isPresent: ({ context, event }) => 'token' in event && event.token === context.token,
    isTaken: ({ context, event }) =>
      event.type === 'pages.taken' && event.token === context.token && event.failed === undefined,
    isUntaken: ({ context, event }) =>
      event.type === 'pages.taken' && event.token === context.token && event.failed !== undefined,
  },
  actions: { ...tracingActions, ...passingActions },
});

const tracing = {
  initial: 'opening',
  states: {
    opening: {
      entry: 'describe',
      on: {
        'kernel.described': { target: 'settled', actions: 'keepDescription' },
        'kernel.failed': { target: 'settled', actions: 'noteUnusable' },
      },
    },
    settled: { always: { guard: 'hasNews', target: 'taking' } },
    taking: {
      entry: 'take',
      always: [{ guard: 'isActive', target: 'renewing' }, 'halting'],
    },
    halting: {
      entry: 'halt',
      on: {
        'kernel.recordingSet': { target: 'renewing', actions: ['noteRecording', 'sayApplied'] },
      },
    },
    // CPUs may have come since.
    renewing: {
      entry: 'describe',
      on: {
        'kernel.described': { target: 'preparing', actions: 'keepDescription' },
        'kernel.failed': { target: 'unable', actions: ['noteUnusable', 'sayApplied'] },
      },
    },
    preparing: {
      entry: 'prepare',
      on: { 'kernel.prepared': { target: 'setting', actions: 'keepPrepared' } },
    },
    setting: {
      always: [
        { guard: 'isReplaced', target: 'settled' },
        { guard: 'hasChanges', target: 'changing' },
        { guard: 'isActive', target: 'recording' },
        'settled',
      ],
    },
    changing: {
      entry: 'setNext',
      on: { 'kernel.eventsSet': { target: 'setting', actions: 'noteSet' } },
    },
    recording: {
      entry: 'record',
      on: {
        'kernel.recordingSet': { target: 'settled', actions: ['noteRecording', 'sayApplied'] },
      },
    },
    unable: {
      after: { [KERNEL_RETRY_MS]: 'settled' },
      always: { guard: 'isReplaced', target: 'settled' },
    },
  },
} as const satisfies ChartOf<typeof kernelLinkSetup>;

const passing = {
  initial: 'idle',
  on: {
    'consumer.here': { target: '.idle', actions: 'noteConsumer' },
    'consumer.gone': { target: '.idle', actions: 'forgetConsumer' },
  },
  states: {
    idle: { always: { guard: 'hasUnpassed', target: 'going' } },
    going: {
      initial: 'opening',
      exit: 'closePassage',
      on: { 'pages.taken': { guard: 'isUntaken', target: 'resting', actions: 'noteUntaken' } },
      states: {
        opening: {
          entry: 'openPassage',
          on: {
            'kernel.passageOpened': 'inviting',
            'kernel.passageFailed': {
              target: '#kernel-link.serving.passing.resting',
              actions: 'noteUntaken',
            },
          },
        },
        inviting: {
          entry: 'invite',
          after: {
            [PASSAGE_REACH_MS_MAX]: {
              target: '#kernel-link.serving.passing.resting',
              actions: 'noteUntaken',
            },
          },
          on: { 'pages.reached': { guard: 'isPresent', target: 'passing' } },
        },
        passing: {
          entry: 'pass',
          on: {
            'kernel.pagesPassed': { target: 'sorting', actions: 'notePassed' },
            'kernel.passFailed': {
              target: '#kernel-link.serving.passing.resting',
              actions: 'noteUntaken',
            },
          },
        },
        sorting: {
          always: [{ guard: 'isPassing', target: 'taking' }, '#kernel-link.serving.passing.idle'],
        },
        taking: {
          entry: 'sayPassed',
          after: {
            [PAGES_TAKE_MS_MAX]: {
              target: '#kernel-link.serving.passing.resting',
              actions: 'noteUntaken',
            },
          },
          on: {
            'pages.taken': {
              guard: 'isTaken',
              target: '#kernel-link.serving.passing.idle',
              actions: 'noteTaken',
            },
          },
        },
      },
    },
    resting: { after: { [PAGES_RETRY_MS]: 'idle' } },
  },
} as const satisfies ChartOf<typeof kernelLinkSetup>;

const chart = {
  id: 'kernel-link',
  initial: 'serving',
  // Late answers, and what a link that ends need not know.
  on: {
    'kernel.wanted': {},
    'kernel.described': {},
    'kernel.failed': {},
    'kernel.prepared': {},
    'kernel.eventsSet': {},
    'kernel.recordingSet': {},
    'kernel.passageOpened': {},
    'kernel.passageFailed': {},
    'kernel.pagesPassed': {},
    'kernel.passFailed': {},
    'pages.reached': {},
    'pages.taken': {},
    'consumer.here': {},
    'consumer.gone': {},
    'consumer.write': {},
    'part.over': {},
  },
  states: {
    serving: {
      type: 'parallel',
      on: {
        'kernel.wanted': { actions: 'keepWanted' },
        'consumer.write': { actions: 'hold' },
        'kernel.check': { actions: 'check' },
        'kernel.rulesChecked': { actions: 'sayChecked' },
        'kernel.release': 'releasing',
        'part.over': 'over',
      },
      states: {
        tracing,
        passing,
        forwarding: { always: { guard: 'canForward', actions: 'forward' } },
      },
    },
    releasing: {
      entry: 'remove',
      after: { [INSTANCES_RELEASE_MS_MAX]: { actions: 'sayReleased' } },
      on: { 'kernel.removed': { target: 'over', actions: 'sayReleased' } },
    },
    over: { type: 'final', entry: ['closePassage', 'sayEnded'] },
  },
} satisfies ChartOf<typeof kernelLinkSetup>;

export const kernelLinkMachine = kernelLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
checkSteps(kernelLinkMachine, checkKernelLink);
