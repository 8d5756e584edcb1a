/** The parts that a client's chart is made of: types, guards, actions, delays. */
import { setup } from 'xstate';
import { act, on } from '../../src/runtime/act.ts';
import {
  closeOpened,
  connectAs,
  connectionGuards,
  disconnect,
  greet,
} from '../shared/registry-connection.ts';
import { candidateActions } from './candidates.ts';
import { childActions } from './children.ts';
import { type ClientContext, type ClientInput, clientActions, type Emitted } from './context.ts';
import type { ClientEvent } from './events.ts';
import { guards } from './guards.ts';
import { requestActions } from './requests.ts';
import { stepActions } from './steps.ts';

const connectionActions = clientActions({
  connect: act((scene) => connectAs(scene, 'control.client')),
  greet: act((scene) => greet(scene)),
  disconnect: act((scene) => disconnect(scene)),
  closeOpened: on('wire.opened', (scene) => closeOpened(scene)),
});

export const clientSetup = setup({
  types: {
    context: {} as ClientContext,
    input: {} as ClientInput,
    events: {} as ClientEvent,
    emitted: {} as Emitted,
  },
  guards: { ...connectionGuards, ...guards },
  actions: {
    ...connectionActions,
    ...candidateActions,
    ...stepActions,
    ...requestActions,
    ...childActions,
  },
  delays: {
    restMs: ({ context }) => (context.step?.kind === 'rest' ? context.step.ms : 0),
  },
});
