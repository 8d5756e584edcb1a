/** Writes the page of a run. */
import { writeFileSync } from 'node:fs';
import type { Scenario } from '../../sim/input/scenario.ts';
import type { RunReport } from '../../sim/run/run.ts';
import type { PageCollector } from '../../sim/timeline/page/collect.ts';
import { pageOf } from '../../sim/timeline/page/html.ts';
import { VERSION_TEXT } from '../../src/base/version.ts';
import { type Cli, isWritten } from './common.ts';

/** A run and its report. */
interface ShownRun {
  readonly scenario: Pick<Scenario, 'id' | 'title'>;
  readonly seed: number;
  /** The command that repeats the run. */
  readonly replay: string;
  readonly report: RunReport;
}

/** Writes the page and prints its path; prints an error and returns false when that fails. */
export function writePage(
  cli: Cli,
  path: string,
  collector: PageCollector,
  run: ShownRun,
): boolean {
  const { scenario, seed, replay, report } = run;
  const page = collector.page({
    title: `${scenario.id} with seed ${seed}`,
    command: replay,
    facts: [
      ['what', scenario.title],
      ['verdict', report.findings.length === 0 ? 'ok' : 'failed'],
      ['steps', `${report.steps}`],
      ['virtual time', `${report.simulatedMs.toFixed(1)} ms`],
      ['events recorded', `${report.eventsRecorded}`],
      ['hash', report.hash],
      ['lttng-ts', VERSION_TEXT],
    ],
    findings: report.findings,
    hits: report.hits,
  });
  if (!isWritten(cli, path, () => writeFileSync(path, pageOf(page)))) return false;
  cli.output.note(`Page: ${path}`);
  return true;
}
