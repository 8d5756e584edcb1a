/**
 * A command of `lttng`: finds the registry that serves this user, or starts it, and carries out a plan (R1.4,
 * R1.8, R1.20). Root of its process.
 *
 * ```
 *   finding.connecting ──refused, absent──▶ next place … ▶ spawning ⇄ retrying
 *        └──welcome──▶ working: choosing ▶ requesting, bringingConsumer, resting, running ▶ … ▶ done
 *                            └──registry lost, and needed again──▶ returning ──welcome──▶ working
 * ```
 * A user's registries are tried in order: the global one, then the user's own, which is started when it does not
 * answer. Root has the global one alone. One that dies while a command runs has written down what it was told: the
 * next one of the same place goes on with it, and so does the command. What it has asked for is then unknown, and a
 * failure; only the end of its own session it asks for again.
 */
import { initialContext } from './context.ts';
import { finding, returning, spawning } from './finding.ts';
import { clientSetup } from './setup.ts';
import { working } from './working.ts';

export const clientMachine = clientSetup.createMachine({
  id: 'client',
  context: ({ input }) => initialContext(input),
  initial: 'finding',
  // What comes late or is nobody's concern any more.
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
