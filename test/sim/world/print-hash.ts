/** Prints the hash of a run with the seed in argv[2]; a program of its own for `determinism.test.ts`. */
import { runScenario } from './scenario.ts';

process.stdout.write(runScenario(Number(process.argv[2])).hash());
