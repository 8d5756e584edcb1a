/**
 * The turn of an actor: what its actions reach while it takes a step. A running system is one kind of turn
 * (`system.ts`). A pure step of a machine takes place in another one, which only keeps what the actions say: so a step
 * needs no system, and the actions find no difference.
 */

/** Anything an actor may emit for the runtime to perform; `type` is `family.verb`. */
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

/** Lets an actor act. What happens meanwhile is part of this turn. */
export function takeTurn<T>(turn: Turn, act: () => T): T {
  const before = present;
  present = turn;
  try {
    return act();
  } finally {
    present = before;
  }
}

/** From the actor whose turn it is. */
export function emitNow(effect: RuntimeEffect): void {
  presentTurn().keep(effect);
}

/** Whether there is an actor with this id, asked by one whose turn it is. */
export function isThere(id: string): boolean {
  return presentTurn().has(id);
}
