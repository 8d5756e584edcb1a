/** Commands for events and channels. */
import { CHANNEL_OPTIONS, channelOption } from '../options/channel.ts';
import { CONTEXT_NAMES } from '../options/context.ts';
import { DOMAIN_OPTIONS, userDomainOptions } from '../options/domain.ts';
import { SELECTION_OPTIONS, TARGET_OPTIONS, TYPE_OPTIONS } from '../options/rule.ts';
import { TRACKER_OPTIONS } from '../options/tracker.ts';
import { command, list, option } from './declare.ts';
import { processOperand, SESSION_OPTION } from './shared.ts';

const CHANNELS_OPERAND = {
  syntax: '<name[,name...]>',
  help: 'names of channels',
  suggests: 'channels',
} as const;

export const ADD_EVENT = command({
  name: 'add-event',
  aliases: ['enable-event'],
  source: 'R2.8; LTTng 2.13',
  summary: 'enable events',
  description:
    'Adds event rules to a session. An active session records matching events from now on. "*" in a name matches ' +
    'any text: quote such a name for the shell. \\* and \\, match the characters themselves. With --kernel, a name ' +
    'is that of a tracepoint, NAME or SYSTEM:NAME, and the filter is in the language of the kernel.',
  operands: [
    { syntax: '[name[,name...]]', help: 'names of events', suggests: 'events' },
    processOperand('trace every process with this name'),
  ],
  options: [
    SESSION_OPTION,
    channelOption('the channel (default: "default", created if missing)'),
    ...SELECTION_OPTIONS,
    ...TYPE_OPTIONS,
    ...TARGET_OPTIONS,
    ...DOMAIN_OPTIONS,
  ],
  examples: [
    ["lttng add-event 'shop:*' --loglevel INFO", 'events by name and level'],
    ["lttng add-event 'http:*' server.js --filter 'status >= 500'", 'of one program, by a field'],
    ['lttng add-event --kernel sched_switch', 'a tracepoint of the kernel'],
    ['lttng add-event --kernel --syscall openat', 'a system call'],
    ['lttng add-event --kernel --all', 'all tracepoints and all system calls'],
  ],
});

export const DISABLE_EVENT = command({
  name: 'disable-event',
  source: 'R2.8; LTTng 2.13',
  summary: 'disable events',
  description:
    'Disables event rules. Their names must be spelled exactly as they were for add-event. Without a target, rules ' +
    'of every target are disabled.',
  operands: [
    {
      syntax: '<name[,name...]>',
      help: 'names of events, as given to add-event',
      suggests: 'rules',
    },
    processOperand('only rules for this command'),
  ],
  options: [
    SESSION_OPTION,
    channelOption('the channel (default: "default")'),
    ...TYPE_OPTIONS,
    ...TARGET_OPTIONS,
    ...DOMAIN_OPTIONS,
  ],
});

export const ADD_CONTEXT = command({
  name: 'add-context',
  source: 'R2.9; LTTng 2.13',
  summary: 'add contexts to events',
  description:
    'Events carry more than their fields from now on: all events of a channel, or of all present channels; with ' +
    '--event, --pid or the name of a command, those of event rules. --list shows all contexts.',
  operands: [processOperand('only rules for this command')],
  options: [
    SESSION_OPTION,
    channelOption('the channel (default: all)'),
    option('-e, --event <name[,name]>', 'only events of these rules, named as for add-event', {
      value: list('rules'),
    }),
    option('-t, --type <name[,name]>', 'what they carry', { value: list(CONTEXT_NAMES) }),
    option('-l, --list', 'list all contexts'),
    ...TARGET_OPTIONS,
    ...userDomainOptions('Events of the kernel carry no contexts in this version'),
  ],
  examples: [
    ['lttng add-context -t vpid,procname', 'each event says which process it is of'],
    ['lttng add-context -t async_id -e node:http_server_*', 'put events to their request'],
  ],
});

export const ADD_CHANNEL = command({
  name: 'add-channel',
  aliases: ['enable-channel'],
  source: 'R2.6; LTTng 2.13',
  summary: 'add channels with buffers of their own',
  description:
    'Adds channels to a session: one ring buffer for each traced thread, with these settings. With --pid or the ' +
    'name of a command, its processes get buffers with these settings from now on, and others those of the ' +
    'channel. Without options, a channel that is disabled is enabled again. With --kernel, each CPU has buffers.',
  operands: [CHANNELS_OPERAND, processOperand('settings for every process with this name')],
  options: [SESSION_OPTION, ...CHANNEL_OPTIONS, ...TARGET_OPTIONS, ...DOMAIN_OPTIONS],
  examples: [
    ['lttng add-channel net --subbuf-size 64k', 'a channel with small buffers'],
    ['lttng add-channel net server.js --subbuf-size 4M', 'larger ones for one program'],
  ],
});

export const DISABLE_CHANNEL = command({
  name: 'disable-channel',
  source: 'R2.6; LTTng 2.13',
  summary: 'disable channels',
  description:
    'Records nothing into channels of a session, whatever their rules are. "lttng enable-channel NAME" enables one ' +
    'again, with its rules and settings.',
  operands: [CHANNELS_OPERAND],
  options: [SESSION_OPTION, ...DOMAIN_OPTIONS],
});

/** The kernel has no sets of processes. */
const TRACKED_DOMAIN_OPTIONS = userDomainOptions(
  'The kernel is traced for all processes; add-event --kernel --filter "common_pid == N" selects a thread',
);

export const TRACK = command({
  name: 'track',
  source: 'LTTng 2.13',
  summary: 'trace only these processes',
  description:
    'A session traces only the processes that are in each of its sets: of process ids, of users and of groups. A new ' +
    'session has everything in each set; the first values that are added to such a set become the set. With --all ' +
    'instead of values, a set has everything again. An active session follows at once.',
  operands: [],
  options: [SESSION_OPTION, ...TRACKER_OPTIONS, ...TRACKED_DOMAIN_OPTIONS],
  examples: [
    ['lttng track --vpid 4711', 'only this process'],
    ['lttng track --vuid www-data,alice', 'only programs of two users'],
    ['lttng track --vpid --all', 'every process again'],
  ],
});

export const UNTRACK = command({
  name: 'untrack',
  source: 'LTTng 2.13',
  summary: 'trace these processes no more',
  description:
    'Removes values from the sets that "lttng track" makes. With --all instead of values, a set is empty, and the ' +
    'session traces nothing. Values cannot be removed from a set that has everything.',
  operands: [],
  options: [SESSION_OPTION, ...TRACKER_OPTIONS, ...TRACKED_DOMAIN_OPTIONS],
  examples: [
    ['lttng untrack --vpid 4711', 'the other processes of the set are still traced'],
    ['lttng untrack --vpid --all', 'nothing is traced until "lttng track" names a process'],
  ],
});

export const CONFIG = command({
  name: 'config',
  source: 'R2.7',
  summary: 'show the settings of channels',
  description:
    'Shows the settings of a channel, or of all channels of a session: those that a process, or every process of a ' +
    'command, gets with its next buffers.',
  operands: [processOperand('as every process with this name has them')],
  options: [
    SESSION_OPTION,
    channelOption('the channel (default: all)'),
    ...TARGET_OPTIONS,
    ...DOMAIN_OPTIONS,
  ],
});
