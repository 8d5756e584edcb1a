/** The parts of a run with faults that healing uses. */
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
  /** Findings about traces and isolation at this moment. */
  look(): Finding[];
}
