/** Compares our actions with the actions of xstate that they replace. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as xstate from 'xstate';
import type { World } from '../../../../src/port/world.ts';
import { act, assign, emit } from '../../../../src/runtime/act.ts';
import { startSystem } from '../../../../src/runtime/system.ts';

interface Context {
  readonly count: number;
  readonly last?: string;
}
type Go = { type: 'go'; by: number };
type Said = { type: 'a.said'; text: string };
/** One call of an action. */
interface Word {
  readonly says: 'count' | 'last' | 'emit';
  readonly text?: string;
}
interface Mouth {
  assign(changes: Partial<Context>): void;
  emit(effect: Said): void;
}

const text = fc.string({ maxLength: 3 });
const word: fc.Arbitrary<Word> = fc.oneof(
  fc.constant({ says: 'count' as const }),
  fc.record({ says: fc.constantFrom('last' as const, 'emit' as const), text }),
);
/** An action makes several calls, or one. */
const action = fc.oneof(fc.array(word, { maxLength: 4 }), word);
const actions = fc.array(action, { maxLength: 3 });

interface Given {
  readonly context: Context;
  readonly event: Partial<Go>;
}
/** The functions that create actions. */
interface Creators {
  act(does: (given: Given & { readonly enqueue: Mouth }) => void): unknown;
  assign(changes: Partial<Context> | ((given: Given) => Partial<Context>)): unknown;
  emit(effect: Said | ((given: Given) => Said)): unknown;
}
const OURS = { act, assign, emit } as unknown as Creators;
const THEIRS = {
  act: xstate.enqueueActions,
  assign: xstate.assign,
  emit: xstate.emit,
} as unknown as Creators;

function textOf(said: string, { context, event }: Given): string {
  return `${said} ${context.count} ${event.by}`;
}

function actionOf(creators: Creators, one: Word | readonly Word[]): unknown {
  if (one instanceof Array) {
    return creators.act(({ context, event, enqueue }) => {
      const given = { context, event };
      for (const { says, text = '' } of one) {
        if (says === 'count') enqueue.assign({ count: context.count + 1 });
        else if (says === 'last') enqueue.assign({ last: textOf(text, given) });
        else enqueue.emit({ type: 'a.said', text: textOf(text, given) });
      }
    });
  }
  const { says, text = '' } = one;
  if (says === 'count') return creators.assign({ count: 7 });
  if (says === 'last') return creators.assign((given) => ({ last: textOf(text, given) }));
  return text === ''
    ? creators.emit({ type: 'a.said', text })
    : creators.emit((given) => ({ type: 'a.said', text: textOf(text, given) }));
}

/** All visible results of a machine with these actions on entry, on exit and on a transition. */
function seen(creators: Creators, [entry = [], exit = [], go = []]: (Word | readonly Word[])[][]) {
  const tellContext = creators.emit(({ context }) => ({
    type: 'a.said',
    text: JSON.stringify(context),
  }));
  const make = (words: (Word | readonly Word[])[]): unknown[] => [
    ...words.map((one) => actionOf(creators, one)),
    tellContext,
  ];
  const logic = xstate.createMachine({
    context: { count: 0 },
    entry: make(entry),
    initial: 'one',
    states: {
      one: { exit: make(exit), on: { go: { target: 'two', actions: make(go) } } },
      two: { entry: make(entry), on: { go: { target: 'one', actions: make(go) } } },
    },
  } as never) as xstate.AnyStateMachine;
  const said: unknown[] = [];
  const system = startSystem({
    world: { clock: {} as World['clock'], log: () => undefined },
    logic,
    id: 'root',
    input: undefined,
    handlers: () => ({ a: (effect: Said) => void said.push(effect.text) }),
    inspect: (_, { value }) => void said.push(value),
  });
  for (const by of [1, 2, 3]) system.send({ type: 'go', by });
  return said;
}

it('does what enqueueActions, assign and emit of xstate do', () => {
  fc.assert(
    fc.property(fc.tuple(actions, actions, actions), (machine) => {
      expect(seen(OURS, machine)).toEqual(seen(THEIRS, machine));
    }),
  );
});

it('keeps all members of an xstate snapshot, in the same order', () => {
  const keysAfter = (go: unknown): string[] => {
    const actor = xstate.createActor(
      xstate.createMachine({ context: { count: 0 }, on: { go: { actions: go } } } as never),
    );
    actor.start();
    const before = Object.keys(actor.getSnapshot());
    actor.send({ type: 'go' });
    expect(actor.getSnapshot().context).toEqual({ count: 1 });
    expect(Object.keys(actor.getSnapshot())).toEqual(before);
    return before;
  };
  expect(keysAfter(assign({ count: 1 }))).toEqual(keysAfter(xstate.assign({ count: 1 })));
});
