/** The xstate setup of a session: its types, guards, actions and delays. */
import { setup } from 'xstate';
import type { SessionInput } from '../messages.ts';
import { commandActions } from './commands.ts';
import { consumerActions } from './consumer.ts';
import type { SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';
import { guards } from './guards.ts';
import { kernelActions } from './kernel-actions.ts';
import { outputActions } from './output-actions.ts';
import { outputGuards } from './output-guards.ts';
import { partActions } from './parts.ts';
import { publishActions } from './publish.ts';
import { rotationActions } from './rotation-actions.ts';
import { periodMsOf, rotationGuards } from './rotation-guards.ts';
import type { SessionEffect } from './scene.ts';
import { snapshotActions } from './snapshots.ts';
import { streamActions } from './streams.ts';
import { threadActions } from './threads.ts';

export const sessionSetup = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent,
    emitted: {} as SessionEffect,
  },
  guards: { ...guards, ...outputGuards, ...rotationGuards },
  actions: {
    ...commandActions,
    ...consumerActions,
    ...kernelActions,
    ...outputActions,
    ...partActions,
    ...publishActions,
    ...rotationActions,
    ...snapshotActions,
    ...streamActions,
    ...threadActions,
  },
  delays: {
    absentRest: ({ context }) => context.absentRestMs,
    rotationPeriod: ({ context }) => periodMsOf(context.rotation),
    unbufferedRest: ({ context }) => context.unbufferedRestMs,
  },
});
