/** Effects that start, tell and stop actors. */

/** Other actors of the same process, which go by their ids. The runtime performs these itself. */
export type ActorEffect =
  /** To an actor that may be gone. */
  | { type: 'actor.tell'; to: string; event: { readonly type: string } }
  /** Without a word to the actor. */
  | { type: 'actor.stop'; id: string };

/** `logic`: its name among the `logics` of the system. A machine that starts actors says which, and with what input. */
export type StartEffect<Logic extends string = string, Input = unknown> = {
  type: 'actor.start';
  logic: Logic;
  id: string;
  input: Input;
};
