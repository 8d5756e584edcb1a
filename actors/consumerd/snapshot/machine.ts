/**
 * A snapshot (R1.23): root of an `ust-consumerd` that copies the content of a session's buffers, with the credentials
 * of the requesting user, and ends. The session's own consumer, if there is one, is not affected.
 *
 * ```
 *   joining: connecting ▶ greeting ▶ attaching ──session──▶ collecting ──finish──▶ copying ──▶ ended
 * ```
 * The snapshot needs the registry until every stream is attached; it copies without the registry.
 */

import { checkSteps } from '../../../src/runtime/invariants.ts';
import { SNAPSHOT_EXIT } from '../../../src/wire/exit-status.ts';
import { assertInvariants, initialContext, SNAPSHOT_JOIN_MS_MAX } from './context.ts';
import { snapshotSetup } from './setup.ts';

const notJoined = { target: '#snapshot.ended', actions: 'failToJoin' } as const;

export const snapshotMachine = snapshotSetup.createMachine({
  id: 'snapshot',
  context: ({ input }) => initialContext(input),
  initial: 'joining',
  states: {
    joining: {
      initial: 'connecting',
      after: { [SNAPSHOT_JOIN_MS_MAX]: notJoined },
      on: { 'process.signalled': '#snapshot.interrupted', 'wire.closed': notJoined },
      states: {
        connecting: {
          entry: 'connect',
          on: {
            'wire.opened': [{ guard: 'isOwnersRegistry', target: 'greeting' }, notJoined],
            'wire.openFailed': notJoined,
          },
        },
        greeting: {
          entry: 'greet',
          on: { 'wire.message': [{ guard: 'isWelcome', target: 'attaching' }, notJoined] },
        },
        attaching: {
          entry: 'attach',
          on: {
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'session' } },
                target: 'collecting',
                actions: 'open',
              },
              notJoined,
            ],
          },
        },
        collecting: {
          on: {
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'stream.add' } },
                actions: 'attachStream',
              },
              {
                guard: { type: 'isMessage', params: { type: 'finish' } },
                target: '#snapshot.copying',
              },
              notJoined,
            ],
          },
        },
      },
    },
    copying: {
      entry: 'copy',
      on: {
        'wire.closed': {},
        'wire.message': {},
        'snapshot.written': { target: 'ended', actions: 'noteWritten' },
        'snapshot.failed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({
              code: SNAPSHOT_EXIT.notWritten,
              reason: `cannot write ${event.error.subject} (${event.error.code})`,
            }),
          },
        },
        'process.signalled': { target: 'interrupted', actions: 'abandon' },
      },
    },
    interrupted: {
      entry: { type: 'fail', params: { code: SNAPSHOT_EXIT.interrupted, reason: 'interrupted' } },
      always: 'ended',
    },
    ended: { entry: 'exit' },
  },
});
checkSteps(snapshotMachine, assertInvariants);
