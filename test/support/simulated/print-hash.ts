/** Prints the hash of a run of the scenario with the seed in argv[2]; started by `determinism.test.ts`. */
import { runScenario } from './busy-machine.ts';

process.stdout.write(runScenario(Number(process.argv[2])).hash());
