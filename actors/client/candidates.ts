/** A client tries one registry after the other, and starts the last one if it does not answer. */
import { assert } from '../../src/base/assert.ts';
import { act } from '../../src/runtime/act.ts';
import { clientActions, sessiondKey } from './context.ts';

export const candidateActions = clientActions({
  /** Keeps why the present candidate does not serve us. */
  noteReason: act(({ context, enqueue }, { reason }: { reason: string }) =>
    enqueue.assign({
      reasons: [...context.reasons, `${context.registry.clientPath}: ${reason}`],
    }),
  ),
  nextCandidate: act(({ context, enqueue }) => {
    const [registry, ...nextCandidates] = context.nextCandidates;
    assert(registry !== undefined, 'pre:client.nextCandidate:is-another');
    enqueue.assign({ registry, nextCandidates });
  }),
  spawnSessiond: act(({ context, enqueue }) => {
    assert(context.sessiond !== undefined, 'pre:client.spawnSessiond:allowed');
    const registriesStarted = context.registriesStarted + 1;
    enqueue.assign({ registriesStarted });
    enqueue.emit({
      type: 'process.spawn',
      key: sessiondKey({ registriesStarted }),
      ...context.sessiond,
      environment: context.environment,
      style: 'daemon',
    });
  }),
});
