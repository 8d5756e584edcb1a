/** The context that the programs of a run share with its observers. */
import type { SignalName } from '../../src/port/processes.ts';
import type { Inspect, System } from '../../src/runtime/system.ts';
import type { KernelBurst } from '../input/kernel.ts';
import type { CommandAccount, Ledger, StepAccount } from './ledger.ts';
import type { RelayLinkAccount, SenderAccount } from './relay-accounts.ts';

/** The actors of a process, of which observers see only counts. */
export type Actors = Pick<System, 'counts'>;

/** The context that the programs of a run share with its observers. */
export interface RunContext {
  readonly ledger: Ledger;
  /** Nanoseconds since the machine started; reading it takes no virtual time. */
  readonly now: () => number;
  /** The unique name of the process that has this id now. */
  readonly whoHas: (pid: number) => string;
  /** The registry that has this id, or had it last. */
  readonly whoServed: (pid: number) => string | undefined;
  /** Kills the process at its `n`th World call from now. */
  readonly killAtCall: (pid: number, n: number) => void;
  /** Called when a client sends a request. */
  readonly onAsked?: (op: string, account: CommandAccount) => void;
  /** Called when a step of a command is answered. */
  readonly onAnswered: (command: CommandAccount, step: StepAccount) => void;
  /** Called when a relay has acknowledged something to a sender. */
  readonly onAcknowledged?: (sender: SenderAccount, link: RelayLinkAccount) => void;
  /** Creates a symbolic link that the user owns. */
  readonly makeLink: (user: string, path: string, target: string) => void;
  /** Sends SIGTERM to the registries of this user. */
  readonly terminate: (uid: number) => void;
  /** Sends a signal to the commands that this user runs. */
  readonly interrupt: (uid: number, signal: SignalName) => void;
  /** The group in the configuration of the user's registries; undefined: the default group. */
  readonly groupOf: (uid: number) => string | undefined;
  /** Configures another group for the registries of this user, and sends them SIGHUP. */
  readonly regroup: (uid: number, group: string) => void;
  /** The kernel of the machine does this. */
  readonly kernelDoes: (bursts: readonly KernelBurst[]) => void;
  /** The actors of each process. */
  readonly systems: Map<string, Actors>;
  /** Inspects the actors of a process. */
  readonly inspect: ((pid: number) => Inspect) | undefined;
}
