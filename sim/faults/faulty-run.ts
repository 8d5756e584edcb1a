/** A run with faults, as healing sees it. */
import type { ScenarioInput } from '../input/scenario.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Simulation } from '../machine/simulation.ts';
import type { Finding } from '../oracles/finding.ts';
import type { Injector } from './inject.ts';

export interface FaultyRun {
  readonly simulation: Simulation;
  readonly injector: Injector;
  readonly input: ScenarioInput;
  readonly ledger: Ledger;
  readonly findings: Finding[];
  /** What is wrong with the traces, and with who has what, at this moment. */
  look(): Finding[];
}
