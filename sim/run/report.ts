/** Texts about the result of a run. */
import type { Finding } from '../oracles/finding.ts';
import type { RunReport } from './run.ts';

/** The command that repeats a run. */
export function replayCommand(scenario: string, seed: number, bug?: string): string {
  const planted = bug === undefined ? '' : ` --bug ${bug}`;
  return `lttng-sim run ${scenario} --seed ${seed}${planted}`;
}

/** Maximum number of findings that are printed for one run. */
const FINDINGS_SHOWN_MAX = 8;

/** A heading and the findings, one line each. */
export function findingLines(heading: string, findings: readonly Finding[]): string[] {
  const shown = findings
    .slice(0, FINDINGS_SHOWN_MAX)
    .map(({ oracle, text }) => `  ${oracle}: ${text}`);
  const more = findings.length - shown.length;
  return [heading, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** A failed run: its findings, and the command that repeats it. */
export function failureLines(
  scenario: string,
  seed: number,
  { findings }: Pick<RunReport, 'findings'>,
  replay: string = replayCommand(scenario, seed),
): string[] {
  return [...findingLines(`${scenario} fails with seed ${seed}:`, findings), `Replay: ${replay}`];
}

/** The lines of {@link failureLines}, for the message of an error. */
export function failureText(...run: Parameters<typeof failureLines>): string {
  return failureLines(...run).join('\n');
}
