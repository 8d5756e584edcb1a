/** Effects on other actors of the process. The runtime itself performs them; none has an outcome. */

/** `to` and `id` are ids of actors, unique within their system. */
export type ActorEffect =
  /** Delivers the event after the present step. Does nothing when the actor is gone. */
  | { type: 'actor.tell'; to: string; event: { readonly type: string } }
  /** Ends the actor without sending it an event. */
  | { type: 'actor.stop'; id: string };

/** Starts an actor. `logic` is a key of the system's `logics`; each machine types the actors that it starts. */
export type StartEffect<Logic extends string = string, Input = unknown> = {
  type: 'actor.start';
  logic: Logic;
  id: string;
  input: Input;
};
