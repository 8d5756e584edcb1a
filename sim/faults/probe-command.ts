/** Commands that healing runs on the simulated machine. */
import type { UserCommand } from '../input/command.ts';
import type { CommandAccount, Ledger } from '../ledger/ledger.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';

/** How long one such command may take, milliseconds. */
export const COMMAND_MS_MAX = 5000;
/** A directory without a registry: with it, a command bypasses the global registry. */
const NOWHERE = '/nowhere';
const LOOK_MS = 5;

interface Asking {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
}

/** Runs a command to its end, at most for the given time. */
export function ask(
  { simulation, ledger }: Asking,
  user: string,
  command: UserCommand,
  environment: Readonly<Record<string, string>>,
  msMax = COMMAND_MS_MAX,
): CommandAccount | undefined {
  const { label } = simulation.spawn(user, 'lttng', [JSON.stringify(command)], environment);
  const account = (): CommandAccount | undefined =>
    ledger.commands.find(({ who }) => who === label);
  for (let ms = 0; ms < msMax && account()?.doneAt === undefined; ms += LOOK_MS) {
    simulation.run({ forMs: LOOK_MS });
  }
  return account();
}

/** The environment in which a user's command finds only that user's own registry. */
export function elsewhere(uid: number): Readonly<Record<string, string>> {
  return uid === 0 ? {} : { LTTNG_TS_RUNDIR: NOWHERE };
}

export function isRegistry({ program }: SimProcess): boolean {
  return program === 'lttng-sessiond';
}
