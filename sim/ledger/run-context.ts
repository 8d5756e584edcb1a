/** What programs of a run share with whoever observes it. */
import type { Inspect, System } from '../../src/runtime/system.ts';
import type { CommandAccount, Ledger, StepAccount } from './ledger.ts';

/** What can be counted of the actors of a process. */
export type Actors = Pick<System, 'counts'>;

/** What the programs of a run share with those who look on. */
export interface RunContext {
  readonly ledger: Ledger;
  /** Nanoseconds since the machine started; looking costs no time. */
  readonly now: () => number;
  /** A name for the process that has this id now, which no other has. */
  readonly whoHas: (pid: number) => string;
  /** The registry that has this id, or had it last. */
  readonly whoServed: (pid: number) => string | undefined;
  /** Kills the process at its `n`th World call from now. */
  readonly killAtCall: (pid: number, n: number) => void;
  /** A request was sent, just now. */
  readonly onAsked?: (op: string, account: CommandAccount) => void;
  /** A step of a command was answered, just now. */
  readonly onAnswered: (command: CommandAccount, step: StepAccount) => void;
  /** Sends SIGTERM to the registries of this user. */
  readonly terminate: (uid: number) => void;
  /** The group that the configuration of the user's registries names; undefined: none, so the usual one. */
  readonly groupOf: (uid: number) => string | undefined;
  /** Names another one there, and sends SIGHUP to the registries of this user. */
  readonly regroup: (uid: number, group: string) => void;
  /** The actors of each process. */
  readonly systems: Map<string, Actors>;
  /** Sees what happens inside the actors of a process. */
  readonly inspect: ((pid: number) => Inspect) | undefined;
}
