/** Refusals of the registry's actors: a reason fits its message, however long the names in it are. */
import { expect, it } from 'vitest';
import { refuse } from '../../../../actors/sessiond/reply.ts';
import type { Emit } from '../../../../src/runtime/tell.ts';
import { REFUSAL_CHARACTERS_MAX } from '../../../../src/wire/control/messages.ts';

it.each([
  [REFUSAL_CHARACTERS_MAX, REFUSAL_CHARACTERS_MAX],
  [REFUSAL_CHARACTERS_MAX + 1, REFUSAL_CHARACTERS_MAX],
])('sends %i characters of a reason as %i', (given, sent) => {
  const emitted: Parameters<Emit['emit']>[0][] = [];
  const enqueue: Emit = { emit: (effect) => void emitted.push(effect) };
  refuse(enqueue, { link: 'client-1', id: 7 }, { code: 'LIMIT', reason: 'x'.repeat(given) });
  expect(emitted).toEqual([
    {
      type: 'actor.tell',
      to: 'client-1',
      event: { type: 'reply.failure', id: 7, code: 'LIMIT', reason: 'x'.repeat(sent) },
    },
  ]);
});
