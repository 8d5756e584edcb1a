/** Mutants of kernel parts: their link to the kernel's tracer, and what their consumer gets. */
import { mutantsOf } from './mutant.ts';

export const KERNEL_PART_MUTANTS = [
  ...mutantsOf('actors/sessiond/kernel-link/machine', [
    [
      'a consumer writes what is left before it has the pages',
      'R1.24',
      ['context.held.length > 0 && isFed(context)', 'context.held.length > 0'],
    ],
    ['the instances of a kernel part stay', 'R1.24', ["entry: 'remove',", '']],
  ]),
  ...mutantsOf('actors/sessiond/kernel-link/passing', [
    [
      'the next consumer of a kernel part gets no pages',
      'R1.24',
      [
        'passed: new Set(),\n        passing: [],\n        held: [],',
        'passing: [],\n        held: [],',
      ],
    ],
    ['the next consumer of a kernel part learns no formats', 'R1.24', ['told: new Set(),', '']],
  ]),
  ...mutantsOf('actors/sessiond/kernel-link/tracing', [
    ['a kernel part that is stopped records on', 'R1.24', ['isOn: false,', 'isOn: true,']],
    [
      'the kernel records before its events are enabled',
      'R1.24',
      ['changes: context.changes.slice(EVENTS_SET_MAX)', 'changes: []'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/kernel-part', [
    ['the ring of a kernel part overwrites', 'R1.24', ['{ ...shape, overwrite: false }', 'shape']],
  ]),
  ...mutantsOf('actors/sessiond/session/publish', [
    [
      'a restored kernel part is a session of users',
      'R1.24',
      ['...(kernel === undefined ? {} : { kernel }),', ''],
    ],
  ]),
  ...mutantsOf('actors/sessiond/registry/opening', [
    [
      'the instances of restored sessions are removed',
      'R1.24',
      ['kept: kept.map(({ uuid }) => partPrefix(directory, uuid)),', 'kept: [],'],
    ],
  ]),
  ...mutantsOf('actors/consumerd/consumer/setup', [
    [
      'a consumer of the kernel leaves with its registry',
      'R1.24',
      ['writers.some(({ pid }) => pid === KERNEL_PID)', 'false'],
    ],
  ]),
];
