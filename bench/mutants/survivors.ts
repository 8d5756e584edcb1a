/** Why the simulator does not detect a mutant, and what it would need, by the title of the mutant. */
export const REASONS: Readonly<Record<string, string>> = {};
