/** The parts that a client's chart is made of: types, guards, actions, delays. */
import { setup } from 'xstate';
import {
  closeOpened,
  connect,
  connectionGuards,
  disconnect,
  greetAs,
} from '../shared/registry-connection.ts';
import { candidateActions } from './candidates.ts';
import { childActions } from './children.ts';
import { act, type ClientContext, type ClientInput, type Emitted, on } from './context.ts';
import type { ClientEvent } from './events.ts';
import { guards } from './guards.ts';
import { requestActions } from './requests.ts';
import { stepActions } from './steps.ts';

export const clientSetup = setup({
  types: {
    context: {} as ClientContext,
    input: {} as ClientInput,
    events: {} as ClientEvent,
    emitted: {} as Emitted,
  },
  guards: { ...connectionGuards, ...guards },
  actions: {
    connect: act(connect),
    greet: act(greetAs('control.client')),
    disconnect: act(disconnect),
    closeOpened: on('wire.opened', closeOpened),
    ...candidateActions,
    ...stepActions,
    ...requestActions,
    ...childActions,
  },
  delays: {
    restMs: ({ context }) => (context.step?.kind === 'rest' ? context.step.ms : 0),
  },
});
