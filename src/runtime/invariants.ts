/** Invariants of a machine's context: they hold between its steps, not between the actions of one step. */
import type { AnyMachineSnapshot, AnyStateMachine, ContextFrom } from 'xstate';

/** From now on `check` is called after each step that changed the context. What it throws fails the actor. */
export function checkSteps<M extends AnyStateMachine>(
  machine: M,
  check: (after: ContextFrom<M>, before: ContextFrom<M>) => void,
): void {
  const step = machine.transition.bind(machine);
  machine.transition = (snapshot, event, scope) => {
    const next = step(snapshot, event, scope) as AnyMachineSnapshot;
    const before = snapshot.context as ContextFrom<M>;
    if (next.context !== before) check(next.context as ContextFrom<M>, before);
    return next;
  };
}
