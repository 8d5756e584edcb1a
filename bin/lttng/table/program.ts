/** What `lttng` says of itself, and how examples are laid out. */
import { table } from '../../terminal/output.ts';
import { EXIT_CODES } from './information.ts';

type Example = readonly [line: string, meaning: string];

const RECORDING: readonly Example[] = [
  ['lttng record -- node app.js', 'trace a program from its start to its end'],
  ['lttng view', 'show the newest trace'],
  ['lttng record --on-crash -- node app.js', 'write a trace only if it fails'],
];
const SESSION: readonly Example[] = [
  ['lttng create web && cd ~/lttng-traces/web', 'create a session and enter its directory'],
  ["lttng add-event 'shop:*' --loglevel INFO", 'choose events'],
  ['lttng start && lttng run -- node app.js', 'record this and all running programs'],
  ['lttng stop && lttng view', ''],
  ['lttng destroy', ''],
];

/** A heading and the lines, aligned. */
export function examplesText(examples: readonly Example[]): string {
  return ['Examples:', ...table(examples.map(([line, meaning]) => [`  ${line}`, meaning]))].join(
    '\n',
  );
}

export const PROGRAM = {
  name: 'lttng',
  description:
    'Traces Node.js programs in production: controls recording sessions, shows their traces.',
  usage: '[options] COMMAND [options]',
  version: ['-V, --version', 'show the version of this package'],
  listCommands: ['--list-commands', 'list the names of all commands'],
  help: ['-h, --help', 'show help'],
  examples: [...RECORDING, ...SESSION],
  environment: [
    ['LTTNG_HOME', 'replaces HOME'],
    ['NO_COLOR', 'disables colours, also on terminals'],
    ['LTTNG_TS_RUNDIR', 'directory of the global registry (default: /run/lttng-ts)'],
    [
      'LTTNG_TS_PIPE',
      'named pipe where applications wait for a registry (default: /tmp/.lttng-ts-apps)',
    ],
  ],
  afterText: (): string => `
${examplesText([...RECORDING, ['', ''], ...SESSION])}

"lttng help COMMAND" describes a command, "lttng help ${EXIT_CODES}" lists the exit statuses.
Environment: LTTNG_HOME (instead of HOME), NO_COLOR.
`,
} as const;
