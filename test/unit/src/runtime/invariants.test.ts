/** Invariants of a machine's context: checked between steps, not between the actions of a step. */
import { expect, it } from 'vitest';
import { setup } from 'xstate';
import type { World } from '../../../../src/port/world.ts';
import { assign } from '../../../../src/runtime/act.ts';
import { checkSteps } from '../../../../src/runtime/invariants.ts';
import { startSystem } from '../../../../src/runtime/system.ts';

interface Pair {
  readonly left: number;
  readonly right: number;
}
type Event = { type: 'both' } | { type: 'one' } | { type: 'none' };

/** Returns the errors of a system whose machine keeps `left` and `right` equal, and the pairs that were checked. */
function run(...events: readonly Event[]) {
  const machine = setup({ types: { context: {} as Pair, events: {} as Event } }).createMachine({
    context: { left: 0, right: 0 },
    on: {
      both: {
        actions: [
          assign(({ context }) => ({ left: context.left + 1 })),
          assign(({ context }) => ({ right: context.right + 1 })),
        ],
      },
      one: { actions: assign(({ context }) => ({ left: context.left + 1 })) },
      none: {},
    },
  });
  const pairs: [before: Pair, after: Pair][] = [];
  checkSteps(machine, (after, before) => {
    pairs.push([before, after]);
    if (after.left !== after.right) throw new Error('unequal');
  });
  const errors: unknown[] = [];
  const system = startSystem({
    world: {} as World,
    logic: machine,
    id: 'root',
    input: undefined,
    handlers: () => ({}),
    onError: (error) => errors.push(error),
  });
  for (const event of events) system.send(event);
  return { errors, pairs };
}

const PAIRS = [0, 1, 2].map((n): Pair => ({ left: n, right: n }));

it('checks each step that changes the context, after all of its actions', () => {
  const { errors, pairs } = run({ type: 'both' }, { type: 'none' }, { type: 'both' });
  expect(errors).toEqual([]);
  expect(pairs).toEqual([
    [PAIRS[0], PAIRS[1]],
    [PAIRS[1], PAIRS[2]],
  ]);
});

it('fails the system at the step that violates an invariant', () => {
  const { errors, pairs } = run({ type: 'both' }, { type: 'one' }, { type: 'both' });
  expect(errors).toEqual([new Error('unequal')]);
  expect(pairs).toHaveLength(2);
});
