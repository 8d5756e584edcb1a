/** What a mutant is: one rule broken, as a change of the text of one compiled file. */

export interface Mutant {
  /** The rule as it is broken; names the mutant. */
  readonly title: string;
  /** The requirement, or the paper or law that the rule comes from. */
  readonly rule: string;
  /** Source file, seen from the package, without its ending: `dist/` has the compiled one. */
  readonly file: string;
  /** What is there exactly once, and what takes its place. */
  readonly edits: readonly Edit[];
}

export type Edit = readonly [was: string, becomes: string];

/** Mutants of one file: title, rule, edits. */
export function mutantsOf(
  file: string,
  mutants: readonly (readonly [title: string, rule: string, ...edits: Edit[]])[],
): Mutant[] {
  return mutants.map(([title, rule, ...edits]) => ({ title, rule, file, edits }));
}
