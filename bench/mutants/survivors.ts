/** Why the simulator does not see a mutant, by the mutant's title: what it would take. At the moment it sees all. */
export const REASONS: Readonly<Record<string, string>> = {};
