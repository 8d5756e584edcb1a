/** Commands that keep sessions in files, and create them again. */
import { command, option, text } from './declare.ts';
import { SESSION_OPTION } from './shared.ts';

export const SAVE = command({
  name: 'save',
  source: 'LTTng 2.13',
  summary: 'save sessions in files, for "lttng load"',
  description:
    'Writes what you have said of a session into NAME.json: where its trace goes, its channels, rules and contexts, ' +
    'its rotations, and whether it records. What it has recorded is not in it.',
  operands: [
    {
      syntax: '[session]',
      help: 'the session, by name or UUID (default: every session of yours)',
      suggests: 'sessions',
    },
  ],
  options: [
    option('-o, --output-path <path>', 'directory of the files (default: $HOME/.lttng-ts/saved)', {
      value: text('directories'),
    }),
    option('-f, --force', 'replace a file that is there'),
    SESSION_OPTION,
    option('-a, --all', 'every session of yours (default)'),
  ],
  examples: [
    ['lttng save web', 'keep session web'],
    ['lttng save -o backup -f', 'keep all of yours in another directory'],
  ],
});

export const LOAD = command({
  name: 'load',
  source: 'LTTng 2.13',
  summary: 'create sessions again that "lttng save" has saved',
  description:
    'Creates a session as it was saved, and starts it if it was recording. If any of that is refused, the session ' +
    'is not there afterwards. A file that cannot be loaded does not keep the others back.',
  operands: [
    {
      syntax: '[session]',
      help: 'the session, by name (default: all of the directory)',
      suggests: 'saved',
    },
  ],
  options: [
    option(
      '-i, --input-path <path>',
      'a file, also of LTTng 2.13, or the directory of the files (default: $HOME/.lttng-ts/saved)',
      { value: text('files') },
    ),
    option('-f, --force', 'first destroy a present session of the same name; its trace stays'),
    option('--override-name <name>', 'name of the created session'),
    option(
      '--override-url <url>',
      'send the trace to net://HOST[:CTRL-PORT[:DATA-PORT]], or write it into file://PATH',
    ),
    option('-s, --session <session>', 'the session, by name', { value: text('saved') }),
    option('-a, --all', 'all saved sessions of the directory (default)'),
  ],
  examples: [
    ['lttng load web', 'create session web again'],
    ['lttng load web --override-name web2', 'create another one like it'],
    ['lttng load -i web.json -f', 'replace the present one by that of a file'],
  ],
});
