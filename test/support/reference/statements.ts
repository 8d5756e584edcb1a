/**
 * The statements of RFC 0001 (R1, and the scenarios S1 to S4), RFC 0002 (R2) and RFC 0003 (R3), in our words, with the
 * command lines by which each is used beside the commands that name it in the table, and what is not there yet.
 */
export interface Statement {
  readonly id: string;
  readonly text: string;
  readonly lines?: readonly string[];
  /** What is not there yet. */
  readonly missing?: string;
}

const NO_PROBES =
  'probes, functions and contexts of kernel events; what asks for them is refused with NO_KERNEL';

export const STATEMENTS: readonly Statement[] = [
  {
    id: 'R1.1',
    text: 'A registry keeps every session with its name, UUID, traces, events and owner.',
  },
  {
    id: 'R1.2',
    text: 'Actions name a session by UUID or by name; lists show both.',
    lines: ['lttng list', 'lttng start UUID'],
  },
  {
    id: 'R1.3',
    text: 'The global registry of root serves root and the members of the group "tracing".',
    lines: ['lttng --group NAME'],
  },
  {
    id: 'R1.4',
    text: 'Other users have a registry of their own, which lttng starts.',
    lines: ['lttng --sessiond-path PATH', 'lttng --no-sessiond'],
  },
  {
    id: 'R1.5',
    text: 'A registry has two Unix sockets: for clients, and for the registration of applications.',
  },
  {
    id: 'R1.6',
    text: 'Members of the group trace every application, others their own.',
  },
  {
    id: 'R1.7',
    text: 'The registry creates all buffers and gives references to permitted consumers.',
  },
  { id: 'R1.8', text: 'Clients do everything through the registry.' },
  {
    id: 'R1.9',
    text: 'The registry knows keys, application, kind, session and owner of each trace.',
  },
  {
    id: 'R1.10',
    text: 'Applications register with the global registry and with that of their user.',
  },
  {
    id: 'R1.11',
    text: 'A second registry of the same scope does not start; one after a death takes over.',
  },
  {
    id: 'R1.12',
    text: 'An application talks to no registry that another user than root or its own provides.',
  },
  {
    id: 'R1.13',
    text: 'Versions are negotiated before anything else; an incompatible one is refused with its reason.',
    lines: ['lttng version'],
  },
  { id: 'R1.14', text: 'A registry that does not answer within 10 s is cut off.' },
  {
    id: 'R1.15',
    text: "The peer's credentials come from the socket, and the application passes a socket of its own.",
  },
  { id: 'R1.16', text: 'Without a registry an application waits at the common named pipe.' },
  {
    id: 'R1.17',
    text: 'A spawned application gets the UUID of its session.',
    lines: ['lttng record -- COMMAND'],
  },
  { id: 'R1.18', text: 'Buffers are allocated when a session needs them.' },
  {
    id: 'R1.19',
    text: 'A session has one consumer, whatever the number of its applications.',
  },
  {
    id: 'R1.20',
    text: 'lttng spawns the consumer with the credentials of its user.',
    lines: ['lttng start', 'lttng consume --continue'],
  },
  { id: 'R1.21', text: 'The library tells the consumer when buffers are ready.' },
  {
    id: 'R1.22',
    text: 'The consumer writes to files or to the network.',
    lines: ['lttng create -o PATH', 'lttng create -U URL'],
  },
  {
    id: 'R1.23',
    text: 'A snapshot copies the buffers of a running session with a consumer of its own.',
    lines: ['lttng consume --snapshot'],
  },
  {
    id: 'R1.24',
    text: "The registry passes the kernel's buffers to a kernel consumer.",
    lines: ['lttng add-event --kernel NAME', 'lttng record --kernel NAME -- COMMAND'],
  },
  {
    id: 'R1.25',
    text: 'Buffers are System V shared memory: of the application, and readable for the group.',
  },
  {
    id: 'R1.26',
    text: 'Shared memory carries tracing data and no messages.',
    missing: 'a test; the layout (`src/ring/layout.ts`) has no room for messages',
  },
  {
    id: 'R1.27',
    text: 'All applications of a user can share buffers.',
    lines: ['lttng add-channel NAME --buffers-uid', 'lttng add-channel NAME --buffers-pid'],
  },
  {
    id: 'R1.28',
    text: 'A public client library is the only way to the registry.',
  },
  {
    id: 'R1.29',
    text: 'Recording can be paused: it halts at once, and buffers and consumer stay.',
  },
  {
    id: 'S1',
    text: 'A user traces an application that lttng spawns.',
    lines: ['lttng record -- COMMAND'],
  },
  {
    id: 'S2',
    text: 'A user traces an application that runs already, in the group also one of another user.',
    lines: ["lttng add-event '*' --pid N"],
  },
  { id: 'S3', text: 'Two users trace the same application in sessions of their own.' },
  {
    id: 'S4',
    text: 'A user outside the group has a registry of their own, and traces their own applications.',
  },
  {
    id: 'R2.1',
    text: 'Basic options of every command.',
    lines: [
      'lttng -v',
      'lttng -q',
      'lttng -h',
      'lttng --group NAME',
      'lttng --no-sessiond',
      'lttng --sessiond-path PATH',
      'lttng --list-commands',
    ],
  },
  {
    id: 'R2.2',
    text: 'list shows sessions, applications and events.',
    lines: [
      'lttng list --events',
      'lttng list --pid N',
      'lttng list COMMAND',
      'lttng list --app',
      'lttng list --sessions',
      'lttng list --fields',
      'lttng list --kernel',
      'lttng list --kernel --syscall',
    ],
  },
  {
    id: 'R2.3',
    text: 'version shows versions, also of the library in programs.',
    lines: ['lttng version --pid N', 'lttng version COMMAND', 'lttng version --kernel'],
  },
  {
    id: 'R2.4',
    text: 'create makes a session and its directory, whose .lttng/config selects it.',
    lines: ['lttng create NAME --output PATH', 'lttng create --session NAME'],
  },
  {
    id: 'R2.5',
    text: 'start, stop and destroy take a session.',
    lines: ['lttng stop --session NAME'],
  },
  {
    id: 'R2.6',
    text: 'add-channel makes channels with their settings, also for some applications.',
    lines: [
      'lttng add-channel NAME --userspace COMMAND --overwrite',
      'lttng add-channel NAME --pid N --subbuf-size SIZE',
      'lttng add-channel NAME --kernel',
    ],
  },
  {
    id: 'R2.7',
    text: 'config shows the settings of a channel for a target.',
    lines: ['lttng config --channel NAME --pid N', 'lttng config --kernel --channel NAME'],
  },
  {
    id: 'R2.8',
    text: 'add-event and disable-event take names, wildcards, targets and a channel.',
    lines: [
      "lttng add-event 'a*,b' --userspace COMMAND",
      'lttng add-event NAME --marker',
      'lttng add-event --kernel --syscall NAME',
    ],
    missing: NO_PROBES,
  },
  {
    id: 'R2.9',
    text: 'add-context adds contexts to events or channels.',
    lines: [
      'lttng add-context -t vpid --channel NAME',
      'lttng add-context -t vpid --event NAME',
      'lttng add-context --list',
    ],
    missing: NO_PROBES,
  },
  {
    id: 'R2.10',
    text: 'consume starts and ends the consumer, or takes a snapshot.',
    lines: ['lttng consume PATH --continue', 'lttng consume --stop', 'lttng consume --snapshot'],
  },
  {
    id: 'R2.11',
    text: 'enable-consumer and disable-consumer say where the consumer writes.',
    lines: ['lttng enable-consumer -C URI -D URI'],
  },
  {
    id: 'R2.12',
    text: 'Targets that may slow the system are warned of.',
    lines: ["lttng add-event '*' --all"],
  },
  {
    id: 'R2.13',
    text: 'Beyond the RFC: record, run, view, status, JSON, completion, documented exit statuses.',
    lines: ['lttng --output-format json'],
  },
  {
    id: 'R3.1',
    text: 'URIs say where a trace goes.',
    lines: ['lttng create -U net://HOST:CTRL:DATA', 'lttng create -U file://PATH'],
  },
  {
    id: 'R3.2',
    text: 'Control is TCP only; control and data may have different addresses.',
    lines: ['lttng create -C tcp://HOST -D udp://HOST'],
  },
  { id: 'R3.3', text: 'The registry connects control and data, both or neither.' },
  {
    id: 'R3.4',
    text: 'The connected sockets are passed to the consumer, which can go back to files.',
  },
  {
    id: 'R3.5',
    text: "The protocol is that of LTTng's relay daemon.",
    lines: ['lttng-relayd', 'lttng view net://HOST'],
  },
  {
    id: 'R3.6',
    text: 'Traces from the network are stored by host and session.',
    lines: ['lttng-relayd --output PATH'],
  },
  { id: 'R3.7', text: 'A consumer has a URI, which enabling freezes and disabling releases.' },
  {
    id: 'R3.8',
    text: 'A URI may name hops, through which the connection goes.',
    lines: ['lttng create -U HOP,net://HOST', 'lttng-relayd --forward-to HOST'],
  },
  { id: 'R3.9', text: 'Host names are resolved; a bad one is one error.' },
  {
    id: 'R3.10',
    text: 'Data over UDP loses nothing silently.',
    lines: ['lttng create -C tcp://HOST -D udp://HOST'],
  },
];
