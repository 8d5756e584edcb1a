/** Commands that inform. */
import { DOMAIN_OPTIONS } from '../options/domain.ts';
import { PID } from '../options/rule.ts';
import { command, option, text } from './declare.ts';
import { processOperand, SESSION_OPTION } from './shared.ts';

/** The topic of `lttng help` that is no command. */
export const EXIT_CODES = 'exit-codes';

/** The shells that complete commands. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const LIST = command({
  name: 'list',
  source: 'R2.2; LTTng 2.13',
  summary: 'show sessions, applications, tracepoints',
  description:
    'Shows the sessions and the number of applications; with a session, that session in full; with the name of a ' +
    'command, its processes and their tracepoints; with options, what they select. With --kernel, the tracepoints ' +
    'of the kernel, or its system calls.',
  operands: [
    {
      syntax: '[name]',
      help: 'show this session, or else the processes with this name',
      suggests: 'sessions',
    },
  ],
  options: [
    SESSION_OPTION,
    option('--sessions', 'show the sessions'),
    option('--apps', 'show the applications (also --app)', { spellings: ['--app'] }),
    option(
      '--events',
      'show the tracepoints of the applications, with their fields (also --fields)',
      { spellings: ['--fields'] },
    ),
    option('--pid <n>', 'show only this process', { value: PID }),
    option('--command <name>', 'show only processes with this name', {
      value: text('processes'),
    }),
    ...DOMAIN_OPTIONS,
    option('--syscall', 'with --kernel: show the system calls'),
  ],
  examples: [
    ['lttng list --kernel --fields', 'tracepoints of the kernel, with their fields'],
    ['lttng list --kernel --syscall', 'system calls'],
  ],
});

export const STATUS = command({
  name: 'status',
  source: 'R2.13; LTTng 2.13',
  summary: 'show the registry and the session that commands use here',
  description: 'Shows the registry and the session that commands use here. Starts no registry.',
  operands: [],
  options: [],
});

export const EXPLAIN = command({
  name: 'explain',
  source: 'this project',
  summary: 'say why a program is recorded or not',
  description:
    'Says why a process, or each process of a name, is recorded or not: one reason, and what to do about it. It ' +
    'starts no registry.',
  operands: [
    {
      syntax: '<pid|command>',
      help: 'a process id, or the name of a program or of its script',
      suggests: 'pids',
    },
  ],
  options: [],
  examples: [
    ['lttng explain 4711', 'a process'],
    ['lttng explain server.js', 'the processes of a script'],
  ],
});

export const VERSION = command({
  name: 'version',
  source: 'R2.3; LTTng 2.13',
  summary: 'show versions',
  description:
    'Shows the versions of this package, of its protocols, of Node.js, and the registry that answers; or the ' +
    'version of the library that programs have loaded. It starts no registry. With --kernel: what the kernel of ' +
    'this machine can trace, and what not, as the global registry says it, which root starts thereby.',
  operands: [processOperand('show the library of every process with this name')],
  options: [
    option('--pid <n>', 'show the library of this process', { value: PID }),
    ...DOMAIN_OPTIONS,
  ],
});

export const HELP = command({
  name: 'help',
  source: 'R2.1; LTTng 2.13',
  summary: 'describe a command',
  description: `Describes a command, or the topic ${EXIT_CODES}.`,
  operands: [
    { syntax: '[command]', help: 'name of a command, or of a topic', suggests: 'commands' },
  ],
  options: [],
});

export const COMPLETION = command({
  name: 'completion',
  source: 'R2.13',
  summary: 'print a script that completes commands in a shell',
  description:
    'Prints the script by which a shell completes commands, options, and the names of sessions, channels, events and ' +
    'processes that the running registry knows. Completion starts no registry.',
  operands: [{ syntax: '<shell>', help: SHELLS.join(', '), suggests: SHELLS }],
  options: [],
  examples: [
    ['eval "$(lttng completion bash)"', 'in ~/.bashrc'],
    ['source <(lttng completion zsh)', 'in ~/.zshrc, after compinit'],
    ['lttng completion fish > ~/.config/fish/completions/lttng.fish', 'once, for fish'],
  ],
});

/** For the scripts of `completion`. */
export const COMPLETE = command({
  name: '__complete',
  source: 'R2.13',
  summary: 'complete a command line',
  description: 'Completes a command line: for the scripts of "lttng completion".',
  operands: [{ syntax: '<word...>', help: 'the shell, and the words so far', suggests: [] }],
  options: [],
  passesThrough: true,
  isHidden: true,
});
