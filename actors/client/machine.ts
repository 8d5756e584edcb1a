/**
 * A command of `lttng`: finds the registry that serves this user, or starts it, and carries out a plan (R1.4,
 * R1.8, R1.20). Root of its process.
 *
 * ```
 *   finding.connecting ──refused, absent──▶ next registry … ▶ spawning ⇄ retrying
 *        └──welcome──▶ working: choosing ▶ requesting, spawningConsumer, resting, running ▶ … ▶ done
 *                            └──registry lost, and needed again──▶ returning ──welcome──▶ working
 * ```
 * The client tries a user's registries in order: the global one, then the user's own, which it starts if it does not
 * answer. Root has only the global one. A registry that dies while a command runs has recorded its sessions: the next
 * registry at the same path continues them, and the command continues too. The outcome of a request under way is then
 * unknown, and the request fails; only a request to destroy the command's own session is sent again.
 */

import { checkSteps } from '../../src/runtime/invariants.ts';
import { assertInvariants, initialContext } from './context.ts';
import { finding, returning, spawning } from './finding.ts';
import { clientSetup } from './setup.ts';
import { working } from './working.ts';

export const clientMachine = clientSetup.createMachine({
  id: 'client',
  context: ({ input }) => initialContext(input),
  initial: 'finding',
  // Late events, which need no reaction.
  on: {
    'wire.closed': {},
    'wire.message': {},
    'wire.openFailed': {},
    'wire.opened': { actions: 'closeOpened' },
    'process.spawned': {},
    'process.ended': {},
    'process.spawnFailed': {},
  },
  states: {
    finding,
    spawning,
    returning,
    working,
    done: { entry: ['report', 'disconnect'], on: { 'process.signalled': {} } },
  },
});
checkSteps(clientMachine, assertInvariants);
