/** Interrupted commands: a `record` ends its session, or has a failure to report, which says where the session is. */
import type { Ledger } from '../ledger/ledger.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const leftovers = finder('leftovers');

/** `wasHit`: a fault hit the process of this name. */
export function checkInterruptions(
  { commands }: Ledger,
  simulation: Simulation,
  wasHit: (who: string) => boolean,
): Finding[] {
  const processes = simulation.processes();
  return commands.flatMap(({ who, results, leavesSession }): Finding[] => {
    const signal = processes.find(({ label }) => label === who)?.exit?.signal;
    if (signal !== undefined && !wasHit(who)) {
      return [leftovers(`${who} died of ${signal}, and undid nothing`)];
    }
    const isSilent = !results.some(({ kind }) => kind === 'failure');
    return leavesSession === true && isSilent
      ? [leftovers(`${who} left its session behind, and has no failure to report`)]
      : [];
  });
}
