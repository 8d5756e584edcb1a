/** Commands for the life of sessions. */
import { DESTINATION_OPTIONS } from '../options/destination.ts';
import { LIVE_OPTION } from '../options/live.ts';
import { SCHEDULE_OPTIONS } from '../options/rotation.ts';
import { MAX_SIZE_OPTION, RELAY_OPTIONS } from '../options/snapshot.ts';
import { command, option, text } from './declare.ts';
import {
  NO_WAIT_OPTION,
  OUTPUT_OPTION,
  PROGRAM_OPERAND,
  SESSION_OPERAND,
  SESSION_OPTION,
} from './shared.ts';

/** Where a command takes several sessions at once. */
const SESSIONS_OPERAND = {
  syntax: '[session]',
  help:
    'the session, by name or UUID, or those whose names match with "*" (default: that of .lttng/config, the ' +
    'current or the only one)',
  suggests: 'sessions',
} as const;
const ALL_OPTION = option('-a, --all', 'every session of yours');

export const CREATE = command({
  name: 'create',
  source: 'R2.4; LTTng 2.13',
  summary: 'create a session',
  description:
    'Creates a session and the directory of its trace. It becomes the current session. Commands that run in that ' +
    'directory use it even if another one is the current. With a URL the trace goes to a relay: the session is ' +
    'created if that can be reached.',
  operands: [
    {
      syntax: '[name]',
      help: 'name of the session (default: auto-DATE-TIME)',
      suggests: [],
    },
  ],
  options: [
    option('-s, --session <name>', 'name of the session, as an option'),
    OUTPUT_OPTION,
    option('--snapshot', 'create a flight recorder: only "lttng snapshot" writes events'),
    ...DESTINATION_OPTIONS,
    LIVE_OPTION,
  ],
  examples: [
    ['lttng create web && cd ~/lttng-traces/web', 'create a session and enter its directory'],
    ['lttng create web --snapshot', 'create a flight recorder'],
    ['lttng create web --live -U net://relay.example.com', 'create a live session at a relay'],
  ],
});

export const SET_SESSION = command({
  name: 'set-session',
  source: 'LTTng 2.13',
  summary: 'choose the session that commands use',
  description:
    'Makes a session the current one: commands that name none use it, except in a directory with a .lttng/config. ' +
    '"lttng create" makes the new session the current one, and "lttng destroy" of it leaves none.',
  operands: [{ syntax: '<session>', help: 'the session, by name or UUID', suggests: 'sessions' }],
  options: [],
  examples: [['lttng set-session web', 'use session web from now on']],
});

export const START = command({
  name: 'start',
  source: 'R2.5; LTTng 2.13',
  summary: 'start recording',
  description: 'Starts recording, or resumes it in a stopped session, until "lttng stop".',
  operands: [SESSIONS_OPERAND],
  options: [SESSION_OPTION, ALL_OPTION],
});

export const PAUSE = command({
  name: 'pause',
  source: 'R1.29',
  summary: 'halt recording, and keep buffers and consumer',
  description:
    'Halts recording at once, without waiting until the trace is written. Buffers and consumer stay, also without ' +
    'room on the disk. "lttng start" resumes recording, "lttng stop" writes what the buffers hold.',
  operands: [SESSIONS_OPERAND],
  options: [SESSION_OPTION, ALL_OPTION],
});

export const STOP = command({
  name: 'stop',
  source: 'R2.5; LTTng 2.13',
  summary: 'stop recording',
  description:
    'Stops recording and waits until the trace is written. "lttng start" resumes recording.',
  operands: [SESSIONS_OPERAND],
  options: [SESSION_OPTION, ALL_OPTION, NO_WAIT_OPTION],
});

export const DESTROY = command({
  name: 'destroy',
  source: 'R2.5; LTTng 2.13',
  summary: 'destroy a session; its trace stays',
  description:
    'Stops a session, waits until its trace is written, and removes the session. The trace stays.',
  operands: [SESSIONS_OPERAND],
  options: [
    SESSION_OPTION,
    ALL_OPTION,
    NO_WAIT_OPTION,
    option(
      '--abandon',
      'destroy it even if the events in its buffers cannot be written: they are lost, and counted',
    ),
  ],
  examples: [
    ["lttng destroy 'web-*'", 'destroy sessions by their names'],
    ['lttng destroy --all', 'destroy all of yours'],
  ],
});

export const RUN = command({
  name: 'run',
  source: 'R1.17, R2.13',
  summary: 'run a command in a session',
  description:
    'Runs a command in a session, so that it and its children are traced from their first statement. The exit ' +
    'status is that of the command.',
  operands: [PROGRAM_OPERAND],
  options: [SESSION_OPTION],
  passesThrough: true,
});

export const SNAPSHOT = command({
  name: 'snapshot',
  source: 'R1.23; LTTng 2.13',
  summary: 'copy what the buffers of a session hold',
  description:
    'Copies what the buffers of a session hold at this moment, the newest events, into a trace of its own. ' +
    'Programs and the consumer continue. A session that was created with --snapshot has no other trace. Snapshots ' +
    'go to the snapshot output of the session: that of a flight recorder is its directory, until you remove it and ' +
    'add another one. Without an output they go to $HOME/lttng-traces.',
  operands: [
    {
      syntax: '[action...]',
      help:
        'record [PATH], the default; add-output PATH; list-output; del-output 1, or its name; or the session whose ' +
        'buffers are copied',
      suggests: 'snapshots',
    },
  ],
  options: [
    option('-o, --output <path>', 'parent of the directory of the snapshot, as an option', {
      value: text('directories'),
    }),
    option(
      '-n, --name <name>',
      'first part of the names of snapshots; the time follows (default: SESSION-snapshot)',
    ),
    MAX_SIZE_OPTION,
    ...RELAY_OPTIONS,
    SESSION_OPTION,
  ],
  examples: [
    ['lttng snapshot web', 'copy what the buffers of session web hold'],
    ['lttng snapshot record -s web -m 4M', 'copy the newest 4 MiB'],
    ['lttng snapshot del-output 1 -s web', 'remove the output of a flight recorder'],
    ['lttng snapshot add-output /srv/snapshots -s web -m 64M', 'add another one'],
  ],
});

export const REGENERATE = command({
  name: 'regenerate',
  source: 'LTTng 2.13',
  summary: 'correct the times of a trace after a step of the clock',
  description:
    'Writes the metadata of the traces of a session anew, with the present offset between their clock and the time ' +
    'of day. All their events then show the times of the present clock. Archives keep theirs, and each snapshot has ' +
    'the present offset anyway. Refused for traces at a relay. There is no state dump.',
  operands: [
    { syntax: '<what>', help: 'metadata or statedump', suggests: ['metadata', 'statedump'] },
  ],
  options: [SESSION_OPTION],
});

export const ROTATE = command({
  name: 'rotate',
  source: 'LTTng 2.13',
  summary: 'archive what a session has recorded so far',
  description:
    'Moves what a session has recorded so far into OUTPUT/archives/BEGIN-END-NUMBER, which is a trace of its own: ' +
    'the consumer writes nothing more to it. Recording continues.',
  operands: [SESSIONS_OPERAND],
  options: [SESSION_OPTION, ALL_OPTION, NO_WAIT_OPTION],
});

export const ENABLE_ROTATION = command({
  name: 'enable-rotation',
  source: 'LTTng 2.13',
  summary: 'rotate a session by time or size',
  description:
    'Rotates a session by itself while it records: a while after the last time, or when the present part of its ' +
    'trace has a size. Each part becomes an archive, as with "lttng rotate".',
  operands: [SESSION_OPERAND],
  options: [...SCHEDULE_OPTIONS, SESSION_OPTION],
  examples: [['lttng enable-rotation web --timer 1h --size 1G', 'rotate each hour and each GiB']],
});

export const DISABLE_ROTATION = command({
  name: 'disable-rotation',
  source: 'LTTng 2.13',
  summary: 'rotate a session no more by itself',
  description: 'Ends the rotations of a session by time, by size, or both. Its archives stay.',
  operands: [SESSION_OPERAND],
  options: [
    option('--timer', 'rotations by time'),
    option('--size', 'rotations by size'),
    SESSION_OPTION,
  ],
});

export const CLEAR = command({
  name: 'clear',
  source: 'LTTng 2.13',
  summary: 'remove what a session has recorded so far',
  description:
    'Removes what a session has recorded since its last rotation, from its trace and from its buffers. Recording ' +
    'continues; archives of earlier rotations stay. Later snapshots have nothing of it, also of a flight recorder, ' +
    'whose earlier snapshots stay.',
  operands: [SESSIONS_OPERAND],
  options: [SESSION_OPTION, ALL_OPTION],
});

export const CONSUME = command({
  name: 'consume',
  source: 'R2.10',
  summary: 'start or end the consumer of a session',
  description:
    'Starts or ends the consumer of a session, which writes its trace. Applications record into the buffers with ' +
    'or without a consumer. A consumer continues exactly where the previous one ended, even if that was killed.',
  operands: [
    {
      syntax: '[path]',
      help: "directory of the session's trace (default: that of .lttng/config, of the current or the only session)",
      suggests: 'directories',
    },
  ],
  options: [
    option('--continue', 'start a consumer, unless the session has one'),
    option('--stop', 'write what the buffers hold, then end the consumer'),
    option(
      '--supervise',
      'with --continue: keep running, and start another consumer whenever one is lost',
    ),
    option('--snapshot', 'the same as "lttng snapshot"'),
    SESSION_OPTION,
  ],
});

export const RECOVER = command({
  name: 'recover',
  source: 'this project',
  summary: 'end sessions whose processes have died; their events are written',
  description:
    'Ends your sessions whose consumer and applications have all died, as after a crash, and first writes what ' +
    'their buffers hold. A session with living applications only needs "lttng consume --continue"; it is ended ' +
    'if you name it and it has no consumer. With a directory, also a session whose relay is lost is ended.',
  operands: [{ ...SESSION_OPERAND, help: 'only this session, by name or UUID' }],
  options: [
    SESSION_OPTION,
    option(
      '-o, --output <path>',
      'write to PATH/NAME instead of the directory or the relay of the session',
      { value: text('directories') },
    ),
  ],
});
