/** Why the simulator does not see a mutant, by the mutant's title: what it would take. */
export const REASONS: Readonly<Record<string, string>> = {
  'a process with the id of a dead one goes on in its trace':
    'no scenario gives a process id again, because the oracles find threads and streams by it; ' +
    '`test/registry/reused-id.test.ts` does, on the simulated machine, and fails with this mutant',
};
