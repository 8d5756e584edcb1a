/** A mutant breaks one rule by changing the text of one compiled file. */

export interface Mutant {
  /** The broken rule; identifies the mutant. */
  readonly title: string;
  /** The requirement, or the paper or law that the rule comes from. */
  readonly rule: string;
  /** Path of the source file in the package, without its extension; `dist/` has the compiled file. */
  readonly file: string;
  /** Texts that occur exactly once, and their replacements. */
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
