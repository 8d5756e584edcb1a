/** The failures of `lttng-sim fuzz`: told as they come, and kept as files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FailureFile } from '../../sim/failure.ts';
import { failureText, replayCommand } from '../../sim/report.ts';
import { type Output, quoted, toJson } from '../cli/output.ts';

export class FailureLog {
  readonly #output: Output;
  readonly #directory: string | undefined;
  readonly #told = new Set<string>();
  /** A job ended by itself: the simulator's own mistake. */
  hasBroken = false;

  /** `directory`: where files go; undefined: none are written. */
  constructor(output: Output, directory: string | undefined) {
    this.#output = output;
    this.#directory = directory;
  }

  get failures(): number {
    return this.#told.size;
  }

  /** Tells a failure once; writes its file each time, because a smaller input comes later. */
  add(seed: number, failure: FailureFile): void {
    const { scenario, oracle, bug } = failure;
    const name = `${scenario}-${seed}-${oracle}`;
    const path = this.#directory === undefined ? undefined : join(this.#directory, `${name}.json`);
    if (path !== undefined) writeFileSync(path, `${toJson(failure)}\n`, { mode: 0o600 });
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const { findings, difference, hash, steps } = failure;
    this.#output.value({
      scenario,
      seed,
      verdict: 'failed',
      oracle,
      hash,
      steps,
      findings,
      difference,
      file: path,
    });
    const replay =
      path === undefined ? replayCommand(scenario, seed, bug) : `lttng-sim replay ${quoted(path)}`;
    if (difference !== undefined) {
      const { after, step } = difference;
      const where = step === after + 1 ? `step ${step}` : `a step from ${after + 1} to ${step}`;
      this.#output.line(
        this.#output.paint(
          'red',
          `${scenario} with seed ${seed} was another run when repeated, from ${where} on`,
        ),
      );
    }
    if (findings.length > 0 || difference === undefined) {
      this.#output.line(this.#output.paint('red', failureText(scenario, seed, failure, replay)));
    }
  }
}
