/** Commands that record and show traces. */
import { CHANNEL_OPTIONS } from '../options/channel.ts';
import { DESTINATION_OPTIONS } from '../options/destination.ts';
import { LIVE_OPTION } from '../options/live.ts';
import { SELECTION_OPTIONS } from '../options/rule.ts';
import { command, list, option } from './declare.ts';
import { OUTPUT_OPTION, PROGRAM_OPERAND } from './shared.ts';

export const RECORD = command({
  name: 'record',
  source: 'R2.13',
  summary: 'run a command and record its events',
  description:
    'Runs a command in a session of its own, records the events of the command and its children, and reports what ' +
    'was recorded. The exit status is that of the command. With --kernel or --syscall, what the kernel does on all ' +
    'of the machine meanwhile is on the same timeline: for root and the members of its group.',
  operands: [PROGRAM_OPERAND],
  options: [
    option('-s, --session <name>', 'name of the session (default: COMMAND-DATE-TIME)'),
    OUTPUT_OPTION,
    option('-e, --event <name[,name]>', 'record only these events; "*" matches any text', {
      value: list('events'),
    }),
    ...SELECTION_OPTIONS,
    option(
      '-k, --kernel <name[,name]>',
      'also these events of the kernel, of all of the machine; "sched": all of a system; "syscall": all system calls',
      { value: list('kernel-events') },
    ),
    option('--syscall <name[,name]>', 'also these system calls', { value: list('syscalls') }),
    ...DESTINATION_OPTIONS,
    LIVE_OPTION,
    option('--on-crash', 'write only a snapshot, and only if the command fails'),
    ...CHANNEL_OPTIONS,
  ],
  passesThrough: true,
  examples: [
    ['lttng record -- node app.js', 'trace a program from its start to its end'],
    ['lttng record --on-crash -- node app.js', 'write a trace only if it fails'],
    ['lttng record --kernel sched,syscall -- node app.js', 'with the kernel on one timeline'],
    ["lttng record -e 'shop:*' -U net://relay.example.com -- npm start", 'send it to a relay'],
  ],
});

export const VIEW = command({
  name: 'view',
  source: 'R2.13; LTTng 2.13',
  summary: 'show a trace',
  description:
    'Shows the events of traces in the order of time. Without a path: the trace of the session of .lttng/config, ' +
    'or the newest one in $HOME/lttng-traces. With net://RELAY[:PORT]/host/HOST/SESSION: the events of a live ' +
    'session, from the first that the relay has until the session ends; "*" in HOST or SESSION matches any text. ' +
    'With net://RELAY[:PORT]: the live sessions of the relay.',
  operands: [
    {
      syntax: '[path...]',
      help: 'directories of traces, or directories that contain them; or one URL of a relay',
      suggests: 'directories',
    },
  ],
  options: [
    option('-f, --follow', 'wait for more events until interrupted'),
    option('--from-now', 'live session: only what is recorded from now on'),
    option('-e, --event <name[,name]>', 'show only these events; "*" matches any text', {
      value: list('events'),
    }),
    option('--dates', 'show dates before times of day (UTC)'),
    option('--no-color', 'show no colours on a terminal'),
  ],
  examples: [
    ['lttng view', 'show the newest trace'],
    ["lttng view -f -e 'shop:*' ~/lttng-traces/web", 'follow some events of a trace that grows'],
    ['lttng view net://relay.example.com', 'list the live sessions of a relay'],
  ],
});
