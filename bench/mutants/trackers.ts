/** Mutants of the sets of processes that sessions trace. */
import { mutantsOf } from './mutant.ts';

export const TRACKER_MUTANTS = [
  ...mutantsOf('src/wire/control/trackers', [
    [
      'a session traces processes that are not in its set',
      'LTTng 2.13: track',
      ["return 'vpid';", 'return undefined;'],
    ],
    [
      'a session traces programs of users that are not in its set',
      'LTTng 2.13: track',
      ["return 'vuid';", 'return undefined;'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/trackers', [
    [
      'a set that is emptied has everything',
      'LTTng 2.13: untrack',
      ['[tracker]: [] }', '[tracker]: undefined }'],
    ],
    [
      'a value that is in the set already is added again',
      'LTTng 2.13: track',
      ['if (first !== undefined)', 'if (false)'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/context', [
    [
      'a restored session traces everything',
      'LTTng 2.13: track',
      ['trackers: restored?.trackers ?? {}', 'trackers: {}'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/channels', [
    [
      'an application that is not tracked keeps its rules',
      'LTTng 2.13: untrack',
      ['disabled === true || untrackedBy(trackers, app) !== undefined', 'disabled === true'],
    ],
  ]),
];
