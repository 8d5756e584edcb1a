/**
 * The turn of an actor: the environment of its actions during a step. A running system is one kind of turn
 * (`system.ts`). A pure step of a machine runs in another kind, which only keeps the emitted effects: so a step needs
 * no system, and its actions run unchanged.
 */

/** An effect that an actor emits and the runtime performs; `type` is `family.verb`. */
export interface RuntimeEffect {
  readonly type: string;
}

export interface Turn {
  /** Takes an effect that the actor emits. */
  keep(effect: RuntimeEffect): void;
  /** Whether there is an actor with this id. */
  has(id: string): boolean;
}

let present: Turn | undefined;

export function presentTurn(): Turn {
  if (present === undefined) throw new Error('Actors act in their turn alone');
  return present;
}

/** Runs `act` in this turn. */
export function takeTurn<T>(turn: Turn, act: () => T): T {
  const before = present;
  present = turn;
  try {
    return act();
  } finally {
    present = before;
  }
}

/** Emits an effect from the actor whose turn it is. */
export function emitNow(effect: RuntimeEffect): void {
  presentTurn().keep(effect);
}

/** Whether there is an actor with this id, in the system of the present turn. */
export function isThere(id: string): boolean {
  return presentTurn().has(id);
}
