/** What a run comes to, in words. */
import type { Finding } from '../oracles/finding.ts';
import type { RunReport } from './run.ts';

/** How to see a run again. */
export function replayCommand(scenario: string, seed: number, bug?: string): string {
  const planted = bug === undefined ? '' : ` --bug ${bug}`;
  return `lttng-sim run ${scenario} --seed ${seed}${planted}`;
}

/** Most findings that are told of one run: the first ones say it. */
const FINDINGS_SHOWN_MAX = 8;

/** A heading, and what is wrong, a line each. */
export function findingsText(heading: string, findings: readonly Finding[]): string {
  const shown = findings
    .slice(0, FINDINGS_SHOWN_MAX)
    .map(({ oracle, text }) => `  ${oracle}: ${text}`);
  const more = findings.length - shown.length;
  return [heading, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** A run that failed: what is wrong, and how to see it again. */
export function failureText(
  scenario: string,
  seed: number,
  { findings }: Pick<RunReport, 'findings'>,
  replay: string = replayCommand(scenario, seed),
): string {
  return `${findingsText(`${scenario} fails with seed ${seed}:`, findings)}\nReplay: ${replay}`;
}
