/** No program writes where a link leads that another user put in the place of a directory. */
import type { Ledger } from '../ledger/ledger.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const isolation = finder('isolation');

export function checkLinks({ adversaries }: Ledger, simulation: Simulation): Finding[] {
  const targets = adversaries.flatMap(({ attack }) =>
    attack.kind === 'swapped-directory' ? [attack.target] : [],
  );
  return simulation
    .listFiles()
    .filter(({ path }) => targets.some((target) => path.startsWith(`${target}/`)))
    .map(({ path, uid }) => isolation(`${path} of ${uid} was made through a link`));
}
