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
  ...mutantsOf('src/kept/json-file', [
    [
      'a saved session does not outlive the machine',
      'LTTng 2.13: save',
      ['written.ok && isDurable', 'false'],
    ],
    [
      'a file of a user has its name before it is on the disk',
      'LTTng 2.13: save',
      ['appended.ok ? opened.value.sync() : appended', 'appended'],
    ],
    [
      'a file of a user is written in place',
      'LTTng 2.13: save',
      ['`${file}.${identity.pid}.new`', 'file'],
    ],
  ]),
  ...mutantsOf('src/kept/saved-session', [
    [
      'a session that records is saved as one that does not',
      'LTTng 2.13: save',
      ["state === 'active' || state === 'starting'", 'false'],
    ],
  ]),
  ...mutantsOf('actors/client/courses/keep', [
    [
      'a saved session is written over unasked',
      'LTTng 2.13: save --force',
      ['!replaces && world.files.info(file).ok', 'false'],
    ],
  ]),
  ...mutantsOf('actors/client/courses/create', [
    [
      'a load destroys the session that is there unasked',
      'LTTng 2.13: load --force',
      ['if (replaces)', 'if (true)'],
    ],
    [
      'a loaded session becomes the current one unasked',
      'LTTng 2.13: set-session',
      ['created.ok && isCurrent', 'created.ok'],
    ],
    [
      'a load that fails leaves its directory',
      'LTTng 2.13: load',
      ['directory.release();', 'void 0;'],
    ],
    [
      'a session stays that commands in its directory do not find',
      'R2.4',
      ["yield { plan, start: 'running-registry' };", ''],
    ],
    [
      'a session that a load replaces stays the current one',
      'LTTng 2.13: set-session',
      ['forgetSession(world, session)', 'void 0'],
    ],
  ]),
  ...mutantsOf('actors/client/courses/in-session', [
    [
      'a session that a command has destroyed stays the current one',
      'LTTng 2.13: set-session',
      ['forgetSession(world, gone.value)', 'void 0'],
    ],
  ]),
  ...mutantsOf('actors/client/plans/only-session', [
    [
      'one of several sessions is taken for the only one',
      'R2.4',
      ['only === undefined || another !== undefined', 'only === undefined'],
    ],
  ]),
  ...mutantsOf('actors/client/plans/load-saved', [
    ['a loaded session does not record', 'LTTng 2.13: load', ['if (!isRecording)', 'if (true)']],
    [
      'a loaded session traces every process',
      'LTTng 2.13: load',
      ['if (ids === undefined)', 'if (true)'],
    ],
    [
      'a loaded session is not rotated on schedule',
      'LTTng 2.13: load',
      ['rotation === undefined', 'true'],
    ],
    [
      'a channel is enabled when it is loaded',
      'LTTng 2.13: load',
      ['disabled.length === 0', 'true'],
    ],
    [
      'a loaded channel has no buffers of some programs',
      'R1.17',
      ['...targets.map(', '...[].map('],
    ],
    [
      'events of a loaded channel carry nothing',
      'LTTng 2.13: load',
      [
        "...(contexts === undefined ? [] : [{ op: 'context.add', session, channel, contexts }])",
        '',
      ],
    ],
    [
      'all rules are enabled when they are loaded',
      'LTTng 2.13: load',
      ['...[...names.values()].map(', '...[].map('],
    ],
    [
      'a loaded flight recorder has its first snapshot output',
      'LTTng 2.13: load',
      ['if (output === undefined)', 'if (true)'],
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
