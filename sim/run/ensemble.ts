/**
 * *Sometimes* assertions: in enough runs of a scenario each of its declared marks happens at least once. An ensemble in
 * which a mark never happens proves nothing about that situation, although every law holds.
 */

import type { Mark } from '../input/mark.ts';
import type { Scenario } from '../input/scenario.ts';

/** In so many runs of a scenario each of its marks must happen; in fewer, a mark may be missing by chance. */
export const MARKS_RUNS_MIN = 200;

/** Runs of one scenario, and in how many of them each mark happened. */
export interface Tally {
  runs: number;
  readonly marks: Partial<Record<Mark, number>>;
}

/** By the scenario's id. */
export type Tallies = Record<string, Tally>;

/** Marks of a scenario that never happened, in the scenario's order; at least one. */
export interface Unseen {
  readonly scenario: string;
  readonly runs: number;
  readonly marks: readonly Mark[];
  /** The runs were enough, so the scenario is blind to these marks. */
  readonly isBlind: boolean;
}

export function countRun(tallies: Tallies, scenario: string, marks: readonly Mark[]): void {
  const counted = marks.map((mark) => [mark, 1] as const);
  addTally(tallies, scenario, { runs: 1, marks: Object.fromEntries(counted) });
}

export function addTally(tallies: Tallies, scenario: string, { runs, marks }: Tally): void {
  const sum = (tallies[scenario] ??= { runs: 0, marks: {} });
  sum.runs += runs;
  for (const mark of Object.keys(marks) as Mark[]) {
    sum.marks[mark] = (sum.marks[mark] ?? 0) + (marks[mark] ?? 0);
  }
}

/** The declared marks of these scenarios that their runs never reached. */
export function unseenIn(tallies: Tallies, scenarios: readonly Scenario[]): Unseen[] {
  return scenarios.flatMap(({ id, marks: declared }) => {
    const { runs, marks: seen } = tallies[id] ?? { runs: 0, marks: {} };
    const marks = declared.filter((mark) => seen[mark] === undefined);
    if (marks.length === 0) return [];
    return [{ scenario: id, runs, marks, isBlind: runs >= MARKS_RUNS_MIN }];
  });
}

/** One sentence for the user. */
export function unseenText({ scenario, runs, marks, isBlind }: Unseen): string {
  const what = marks.join(', ');
  return isBlind
    ? `${scenario} is blind: in ${runs} runs it never reached ${what}.`
    : `${scenario}: not seen yet, in ${runs} of at least ${MARKS_RUNS_MIN} runs: ${what}.`;
}
