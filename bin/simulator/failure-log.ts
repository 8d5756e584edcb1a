/** The failures of `lttng-sim fuzz`: printed as they occur, and written to files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FailureFile } from '../../sim/run/failure-file.ts';
import { failureLines, replayCommand } from '../../sim/run/report.ts';
import { visibleJson } from '../../src/base/visible.ts';
import { quoted } from '../terminal/output.ts';
import { type Cli, isWritten } from './common.ts';

export class FailureLog {
  readonly #cli: Cli;
  readonly #directory: string | undefined;
  readonly #printed = new Set<string>();
  /** A job ended unexpectedly: an error of the simulator itself. */
  hasBroken = false;

  /** `directory`: for the failure files; undefined: no files are written. */
  constructor(cli: Cli, directory: string | undefined) {
    this.#cli = cli;
    this.#directory = directory;
  }

  get failures(): number {
    return this.#printed.size;
  }

  /** Prints a failure once; writes its file each time, because the minimised input follows. */
  add(seed: number, failure: FailureFile): void {
    const { scenario, oracle, bug } = failure;
    const name = `${scenario}-${seed}-${oracle}`;
    const path = this.#directory === undefined ? undefined : join(this.#directory, `${name}.json`);
    if (path !== undefined) {
      const write = (): void => writeFileSync(path, `${visibleJson(failure)}\n`, { mode: 0o600 });
      isWritten(this.#cli, path, write);
    }
    if (this.#printed.has(name)) return;
    const { output } = this.#cli;
    this.#printed.add(name);
    const { findings, difference, hash, steps } = failure;
    output.value({
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
      output.line(
        output.paint(
          'red',
          `${scenario} with seed ${seed} differed when repeated, from ${where} on`,
        ),
      );
    }
    if (findings.length > 0 || difference === undefined) {
      for (const line of failureLines(scenario, seed, failure, replay)) {
        output.line(output.paint('red', line));
      }
    }
  }
}
