/** Mutants of saved sessions, of the session that commands use, and of commands that do not wait. */
import { mutantsOf } from './mutant.ts';

export const SAVED_MUTANTS = [
  ...mutantsOf('actors/sessiond/session/guards', [
    [
      'a command that shall not wait waits',
      'LTTng 2.13: --no-wait',
      ['event.operation.noWait === true', 'false'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/commands', [
    [
      'a command that shall not wait is not answered',
      'LTTng 2.13: --no-wait',
      ['!isUnawaited(event))', 'true)'],
    ],
  ]),
  ...mutantsOf('src/kept/current-session', [
    [
      'a session that is gone stays the current one',
      'LTTng 2.13: set-session',
      ['current.value?.uuid === gone', 'false'],
    ],
  ]),
  ...mutantsOf('src/kept/choice', [
    [
      'another session is used when the current one is gone',
      'LTTng 2.13: set-session',
      ['if (current.value === undefined)', 'if (true)'],
    ],
  ]),
  ...mutantsOf('bin/control/saved/auto-load', [
    [
      'a file that cannot be read ends the loading',
      'LTTng 2.13: lttng-sessiond --load',
      ['this.#world.log(', 'throw new Error('],
    ],
    [
      'a session that is there already is a failure',
      'LTTng 2.13: lttng-sessiond --load',
      ["failed?.code === 'SESSION_EXISTS'", 'false'],
    ],
    [
      'what is loaded may be of anyone',
      'LTTng 2.13: lttng-sessiond --load',
      [
        'new Loading(world, filesOf(world, path), path !== undefined)',
        'new Loading(world, filesOf(world, path), true)',
      ],
    ],
    ['only the first file is loaded', 'LTTng 2.13: lttng-sessiond --load', ['this.next();', '']],
  ]),
];
