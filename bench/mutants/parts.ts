/** Mutants of commands on sessions of two parts, programs and the kernel. */
import { mutantsOf } from './mutant.ts';

export const PART_MUTANTS = [
  ...mutantsOf('actors/client/plans/parts', [
    [
      'a part without a channel is started',
      'R1.24',
      ["hasChannels(part) && part.state !== 'active'", "part.state !== 'active'"],
    ],
    [
      'a part that does not stop keeps the other one recording',
      'R1.24',
      ["code !== 'INTERRUPTED' && code !== 'REGISTRY_LOST' && code !== 'NO_ANSWER'", 'false'],
    ],
    [
      'a session is destroyed before its kernel part',
      'R1.24',
      ['session: kernel.uuid, ...abandon }]),', 'session, ...abandon, ...unawaited }]),'],
      [
        "{ op: 'session.destroy', session, ...abandon, ...unawaited },",
        "{ op: 'session.destroy', session: kernel?.uuid ?? session, ...abandon },",
      ],
    ],
  ]),
  ...mutantsOf('actors/client/plans/kernel', [
    [
      'a refused command leaves the kernel part that it made',
      'R1.24',
      ['return isOurs ? undoing(done, part) : undefined;', 'return undefined;'],
    ],
    [
      'what is added to a recording session is not recorded',
      'R1.24',
      ["found.state === 'active' && part.state === 'inactive'", 'false'],
    ],
  ]),
  ...mutantsOf('actors/client/plans/ending', [
    [
      'an interruption keeps the rest of a session',
      'R1.24',
      ["result.code !== 'INTERRUPTED'", 'true'],
    ],
  ]),
];
