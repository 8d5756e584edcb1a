/** Why the simulator does not see a mutant, by the mutant's title: what it would take. */
export const REASONS: Readonly<Record<string, string>> = {};
