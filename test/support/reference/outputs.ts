/** What commands of `lttng` print with `--output-format json`: each value, and the commands that print it. */
import * as v from 'valibot';
import {
  channelName,
  channelSettings,
  contextNames,
  counter,
  eventRule,
  path,
  sessionName,
  u32,
  uuid,
} from '../../../src/wire/common.ts';
import { kernelReplies } from '../../../src/wire/control/kernel.ts';
import { appInfo, sessionInfo } from '../../../src/wire/control/session-info.ts';

const text = v.string();
/** An integer of more than 53 bits. */
const digits = v.pipe(v.string(), v.regex(/^-?\d+$/));
const { destination, link, unwritten, lost, abandoned, unbuffered } = sessionInfo.entries;

const registry = v.nullable(
  v.strictObject({ scope: v.picklist(['global', 'user']), pid: u32, protocol: text }),
);
const trace = v.strictObject({
  events: counter,
  discardedEvents: digits,
  discardedPackets: digits,
  eventsByName: v.array(v.strictObject({ name: text, events: counter })),
  streams: counter,
  cpus: v.optional(counter),
  processes: counter,
  firstNs: v.optional(digits),
  lastNs: v.optional(digits),
  otherTraces: counter,
  problems: v.array(text),
});
const failure = v.strictObject({ code: v.pipe(text, v.regex(/^[A-Z_]+$/)), reason: text });
/** What the trace of a session lacks. */
const shortage = { destination, link, unwritten, lost, abandoned, unbuffered };
const recorded = v.strictObject({ name: sessionName, uuid, output: v.optional(text) });

/** Definitions that outputs refer to. */
export const PARTS = { SESSION: sessionInfo, APP: appInfo, TRACE: trace };

export const OUTPUTS = {
  session: v.strictObject({ session: sessionInfo }),
  list: v.strictObject({
    sessions: v.optional(v.array(sessionInfo)),
    apps: v.optional(v.array(appInfo)),
  }),
  'list-kernel': v.strictObject({
    kernelEvents: v.array(
      v.strictObject({
        name: text,
        inTraces: v.optional(text),
        fields: v.optional(
          v.array(
            v.strictObject({ name: text, inFilters: v.optional(text), type: text, kind: text }),
          ),
        ),
      }),
    ),
  }),
  'list-session': v.strictObject({
    session: sessionInfo,
    unmatched: v.optional(
      v.array(
        v.strictObject({
          channel: channelName,
          rule: eventRule,
          reason: text,
          nearest: v.optional(text),
        }),
      ),
    ),
  }),
  status: v.strictObject({
    registry,
    reason: v.optional(text),
    config: v.optional(
      v.strictObject({
        version: v.literal(1),
        session: v.strictObject({ name: sessionName, uuid }),
        output: path,
      }),
    ),
    current: v.optional(v.strictObject({ name: sessionName, uuid })),
    session: v.optional(sessionInfo),
    sessions: counter,
  }),
  explain: v.strictObject({
    process: v.strictObject({ pid: u32, name: text }),
    isRecorded: v.boolean(),
    ...failure.entries,
    remedy: v.optional(text),
  }),
  version: v.strictObject({
    version: text,
    protocols: v.strictObject({ control: counter, application: counter, ring: counter }),
    node: text,
    registry,
  }),
  kernel: v.strictObject({
    kernel: v.strictObject({ ...kernelReplies.kernel.wrapped.entries, lacks: v.array(text) }),
  }),
  libraries: v.strictObject({
    libraries: v.array(
      v.strictObject({ pid: u32, processName: text, libraryVersion: v.optional(text) }),
    ),
  }),
  config: v.strictObject({
    channels: v.array(
      v.strictObject({ ...channelSettings.entries, contexts: v.exactOptional(contextNames) }),
    ),
  }),
  record: v.strictObject({
    session: v.strictObject({
      ...recorded.entries,
      ...shortage,
      kernel: v.optional(v.strictObject(shortage)),
    }),
    exit: v.strictObject({ code: v.optional(counter), signal: v.optional(text) }),
    snapshot: v.optional(path),
    trace: v.optional(trace),
    hint: v.optional(text),
  }),
  snapshot: v.strictObject({
    session: v.strictObject({ name: sessionName, uuid }),
    snapshot: v.optional(path),
    isWhole: v.boolean(),
    isShort: v.boolean(),
    trace,
  }),
  recover: v.strictObject({
    recovered: v.array(
      v.strictObject({ session: recorded, trace: v.optional(trace), failure: v.optional(failure) }),
    ),
    alive: v.array(sessionInfo),
  }),
  save: v.strictObject({ saved: path, session: v.strictObject({ name: sessionName, uuid }) }),
  load: v.strictObject({ loaded: path, session: sessionInfo }),
  contexts: v.strictObject({
    contexts: v.array(v.strictObject({ name: text, about: text })),
  }),
  'view-event': v.strictObject({
    kind: v.literal('event'),
    timestamp: digits,
    host: v.optional(text),
    process: v.optional(text),
    pid: v.optional(counter),
    name: text,
    logLevel: v.optional(v.union([text, v.number()])),
    context: v.record(text, v.unknown()),
    fields: v.record(text, v.unknown()),
  }),
  'view-loss': v.strictObject({
    kind: v.picklist(['discarded-events', 'discarded-packets']),
    timestamp: digits,
    until: digits,
    count: digits,
    stream: path,
  }),
  'view-problem': v.strictObject({
    kind: v.literal('problem'),
    timestamp: v.optional(digits),
    text,
    fatal: v.boolean(),
    stream: v.optional(path),
  }),
  'view-relay': v.strictObject({
    sessions: v.array(
      v.strictObject({
        name: text,
        host: text,
        liveTimerUs: counter,
        streams: counter,
        viewers: counter,
      }),
    ),
  }),
  completion: v.strictObject({ shell: text, script: text }),
  commands: v.array(text),
  error: v.strictObject({ error: failure }),
};
export type OutputName = keyof typeof OUTPUTS;

/** The command lines that print each value. */
export const PRINTED_BY: Readonly<Record<OutputName, readonly string[]>> = {
  session: [
    'create',
    'set-session',
    'start',
    'pause',
    'stop',
    'destroy',
    'rotate',
    'clear',
    'snapshot add-output',
    'snapshot list-output',
    'snapshot del-output',
    'regenerate metadata',
    'enable-rotation',
    'disable-rotation',
    'consume',
    'add-event',
    'disable-event',
    'add-channel',
    'disable-channel',
    'enable-consumer',
    'disable-consumer',
    'add-context',
    'track',
    'untrack',
  ],
  list: ['list'],
  'list-kernel': ['list --kernel', 'list --kernel --syscall'],
  'list-session': ['list SESSION'],
  status: ['status'],
  explain: ['explain'],
  version: ['version'],
  kernel: ['version --kernel'],
  libraries: ['version COMMAND', 'version --pid N'],
  config: ['config'],
  record: ['record'],
  snapshot: ['snapshot', 'snapshot record', 'consume --snapshot'],
  recover: ['recover'],
  save: ['save'],
  load: ['load'],
  contexts: ['add-context --list'],
  'view-event': ['view'],
  'view-loss': ['view'],
  'view-problem': ['view'],
  'view-relay': ['view net://RELAY'],
  completion: ['completion'],
  commands: ['--list-commands'],
  error: ['every command, on standard error'],
};
