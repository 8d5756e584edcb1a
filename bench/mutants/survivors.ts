/** Why the simulator does not see a mutant, by the mutant's title: what it would take. */
export const REASONS: Readonly<Record<string, string>> = {
  'a flush is answered while another consumer holds the trace':
    'a registry that is killed, and a stop that the next one is told within 250 ms, before the consumer of the first ' +
    'one has looked for it, with events that this one has not written: C2 came to that in one of some thousand runs, ' +
    'and that run is kept (`test/sim/faults/regressions/stopped-while-another-consumer-writes.json`)',
};
