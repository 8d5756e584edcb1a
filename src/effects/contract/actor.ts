/** Effects on other actors of the process. The runtime performs them itself; none has an outcome. */

/** `to` and `id` are ids of actors, each of which a system has once. */
export type ActorEffect =
  /** Delivers the event after what is under way. To an actor that is gone it does nothing. */
  | { type: 'actor.tell'; to: string; event: { readonly type: string } }
  /** Ends the actor without an event to it. */
  | { type: 'actor.stop'; id: string };

/** Starts an actor. `logic` is its name among the system's `logics`; a machine types the ones that it starts. */
export type StartEffect<Logic extends string = string, Input = unknown> = {
  type: 'actor.start';
  logic: Logic;
  id: string;
  input: Input;
};
