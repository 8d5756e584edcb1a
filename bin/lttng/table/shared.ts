/** Options and operands that commands of several groups share. */
import { option, text } from './declare.ts';

/** The option that names a session, the same in every command. */
export const SESSION_OPTION = option('-s, --session <session>', 'the session, by name or UUID', {
  value: text('sessions'),
});

export const SESSION_OPERAND = {
  syntax: '[session]',
  help: 'the session, by name or UUID (default: that of .lttng/config, the current or the only one)',
  suggests: 'sessions',
} as const;

/** Where a command may end before the registry has done all of it. */
export const NO_WAIT_OPTION = option(
  '-n, --no-wait',
  'return when the registry has begun, without waiting until it has done it',
);

export const OUTPUT_OPTION = option(
  '-o, --output <path>',
  'directory of the trace (default: $HOME/lttng-traces/NAME)',
  { value: text('directories') },
);

export const PROGRAM_OPERAND = {
  syntax: '<command...>',
  help: 'the program and its arguments, after --',
  suggests: 'programs',
} as const;

/** Processes by their name, which the RFC spells without an option. */
export const processOperand = (help: string) =>
  ({ syntax: '[command]', help, suggests: 'processes' }) as const;
