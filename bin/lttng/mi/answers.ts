/**
 * The answer of each command in the XML of LTTng, the content of its element `output`: one small function a command,
 * of the command line and of the values that the command prints as JSON. Without values, the command has failed or not
 * run yet; then a usage failure says that the XML cannot have what the command line asks for.
 *
 * To add a command: its values in {@link Values}, its function in {@link ANSWERS}.
 */
import { dirname } from 'node:path';
import { DEFAULT_CHANNEL } from '../../../actors/sessiond/session/defaults.ts';
import { hasWildcard } from '../../../src/base/glob.ts';
import { VERSION } from '../../../src/base/version.ts';
import { isBuiltIn } from '../../../src/event/context.ts';
import type { AppInfo, SessionInfo } from '../../../src/wire/control/messages.ts';
import { TRACKERS } from '../../../src/wire/control/trackers.ts';
import type { KernelEvent } from '../../control/api/results.ts';
import { processesOf } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import { rulesIn, rulesOf } from '../options/added-rules.ts';
import { channelNames } from '../options/channel.ts';
import { contextsNamed } from '../options/context.ts';
import { disabledRules } from '../options/disabled-rules.ts';
import type { SessionOptions } from '../session-command.ts';
import { type Given, type OperandsOf, partsOf } from '../table/declare.ts';
import type { TRACK } from '../table/events.ts';
import type { LIST } from '../table/information.ts';
import { PROGRAM } from '../table/program.ts';
import type { Declared } from '../table/table.ts';
import { contextXml, kernelEventXml, processXml, ruleXml } from './events.ts';
import {
  channelXml,
  domainXml,
  isActive,
  schedulesOf,
  sessionXml,
  trackerXml,
  wholeSessionXml,
} from './sessions.ts';
import { type SnapshotValue, snapshotActionXml } from './snapshots.ts';
import type { Xml } from './xml.ts';

interface OfSession {
  readonly session: SessionInfo;
}
interface OfFile {
  readonly session: Pick<SessionInfo, 'name'>;
}

/** What each command prints as JSON, as far as the XML has it. */
interface Values {
  readonly version: { readonly version?: string };
  readonly list: {
    readonly session?: SessionInfo;
    readonly sessions?: readonly SessionInfo[];
    readonly apps?: readonly AppInfo[];
    readonly kernelEvents?: readonly KernelEvent[];
  };
  readonly create: OfSession;
  readonly 'set-session': OfSession;
  readonly destroy: OfSession;
  readonly start: OfSession;
  readonly stop: OfSession;
  readonly clear: OfSession;
  readonly rotate: OfSession;
  readonly 'enable-rotation': OfSession;
  readonly 'disable-rotation': OfSession;
  readonly regenerate: OfSession;
  readonly snapshot: SnapshotValue;
  readonly save: OfFile & { readonly saved: string };
  readonly load: OfFile & { readonly loaded: string };
  readonly 'add-channel': OfSession;
  readonly 'disable-channel': OfSession;
  readonly 'add-event': OfSession;
  readonly 'disable-event': OfSession;
  readonly 'add-context': { readonly contexts?: readonly { readonly name: string }[] };
  readonly track: OfSession;
  readonly untrack: OfSession;
}

/** What was parsed of a command line. `isDone`: the command did all of it. */
interface Asked<D extends Declared> {
  readonly options: Given<D>;
  readonly operands: OperandsOf<D>;
  readonly isDone: boolean;
}

type Answer<N extends keyof Values> = (
  asked: Asked<Extract<Declared, { readonly name: N }>>,
  values: readonly Values[N][],
) => Xml | undefined;

export const ANSWERS: { readonly [N in keyof Values]: Answer<N> } = {
  version: ({ options, operands: [process] }) => {
    const whose = options.kernel === true ? 'of the kernel' : 'of programs';
    if (options.pid !== undefined || process !== undefined || options.kernel === true) {
      throw usageFailure(`--mi=xml has no versions ${whose}; use --output-format json`);
    }
    return versionXml();
  },
  list: ({ options, operands: [name] }, [value]) => value && listXml(options, name, value),
  create: (_, [value]) => value && sessionXml(value.session),
  'set-session': (_, [value]) => value && ['sessions', ['session', ['name', value.session.name]]],
  destroy: (_, values) => sessionsXml(values, (session) => sessionXml(session)),
  start: (_, values) => sessionsXml(values, stateXml),
  stop: (_, values) => sessionsXml(values, stateXml),
  clear: (_, values) => sessionsXml(values, (session) => sessionXml(session)),
  rotate: ({ options, operands: [name] }, [value]) => {
    checkIsOne(options, name);
    return value && rotationXml(value.session, options.wait !== false);
  },
  'enable-rotation': ({ options: { timer, size } }, [value]) =>
    value && schedulesXml(value.session, schedulesOf({ everyUs: timer, atBytes: size })),
  'disable-rotation': ({ options: { timer, size } }, [value]) =>
    value &&
    schedulesXml(value.session, [
      ...(timer === true ? [['periodic'] as const] : []),
      ...(size === true ? [['size_threshold'] as const] : []),
    ]),
  regenerate: ({ operands: [what] }) => ['regenerate_action', ['name', what]],
  snapshot: ({ operands: [words] }, [value]) => snapshotActionXml(words, value),
  save: (_, values) =>
    fileXml(
      'save',
      values.map(({ session, saved }) => [session.name, saved]),
    ),
  load: ({ options: { overrideName, overrideUrl } }, values) =>
    fileXml(
      'load',
      values.map(({ session, loaded }) => [session.name, loaded]),
      [
        'overrides',
        overrideName === undefined ? undefined : ['name', overrideName],
        overrideUrl === undefined ? undefined : ['url', overrideUrl],
      ],
    ),
  'add-channel': ({ options, operands: [names], isDone }, [value]) => [
    'channels',
    ...channelNames(partsOf(names)).map((name): Xml => {
      const success: Xml = ['success', isDone];
      const part = options.kernel === true ? value?.session.kernel : value?.session;
      const channel = part?.channels.find(({ settings }) => settings.name === name);
      if (part === undefined || channel === undefined) return ['channel', ['name', name], success];
      return channelXml(channel, part, success);
    }),
  ],
  'disable-channel': ({ operands: [names], isDone }) => [
    'channels',
    ...channelNames(partsOf(names)).map(
      (name): Xml => ['channel', ['name', name], ...disabledXml(isDone)],
    ),
  ],
  'add-event': ({ options, operands, isDone }) => {
    const rules = rulesIn(rulesOf(options, ...operands));
    return [
      'events',
      ...rules.map((rule) => ruleXml({ ...rule, enabled: isDone }, ['success', isDone])),
    ];
  },
  'disable-event': ({ options, operands: [names], isDone }) => [
    'channel',
    ['name', options.channel ?? DEFAULT_CHANNEL.name],
    [
      'events',
      ...disabledRules(options, names).patterns.map(
        (name): Xml => ['event', ['name', name], ...disabledXml(isDone)],
      ),
    ],
  ],
  'add-context': ({ options: { type, list } }, [value]) => {
    const listed = value?.contexts?.map(({ name }) => name).filter(isBuiltIn) ?? [];
    return ['contexts', ...(list === true ? listed : contextsNamed(type ?? [])).map(contextXml)];
  },
  track: ({ options, isDone }) => trackedXml(options, isDone),
  untrack: ({ options, isDone }) => trackedXml(options, isDone),
};

function versionXml(): Xml {
  const { major, minor, patch } = VERSION;
  return [
    'version',
    ['string', `${major}.${minor}.${patch}`],
    ['major', major],
    ['minor', minor],
    ['commit'],
    ['patchLevel', patch],
    ['name', 'lttng-ts'],
    ['description', PROGRAM.description],
    ['url'],
    ['license', 'MIT'],
  ];
}

function listXml(
  { userspace, apps, events, pid, command, syscall }: Given<typeof LIST>,
  name: string | undefined,
  value: Values['list'],
): Xml {
  const { kernelEvents } = value;
  if (kernelEvents !== undefined) {
    const type = syscall === true ? 'SYSCALL' : 'TRACEPOINT';
    const listed = kernelEvents.map((event) => kernelEventXml(event, type));
    return ['domains', domainXml('KERNEL', 'GLOBAL', ['events', ...listed])];
  }
  if (value.session !== undefined) return ['sessions', wholeSessionXml(value.session)];
  const isAboutApps = (userspace ?? apps ?? events ?? pid ?? command) !== undefined;
  if (value.sessions !== undefined && (!isAboutApps || value.apps === undefined)) {
    return ['sessions', ...value.sessions.map((session) => sessionXml(session))];
  }
  const withFields = events === true || name !== undefined;
  const processes = processesOf(value.apps ?? []);
  const pids: Xml = ['pids', ...processes.map((process) => processXml(process, withFields))];
  return ['domains', domainXml('UST', 'PER_PID', pids)];
}

function sessionsXml(values: readonly OfSession[], xmlOf: (session: SessionInfo) => Xml): Xml {
  return ['sessions', ...values.map(({ session }) => xmlOf(session))];
}

function stateXml(session: SessionInfo): Xml {
  return ['session', ['name', session.name], ['enabled', isActive(session)]];
}

/** The XML has room for one answer. */
function checkIsOne({ all, session }: SessionOptions, name: string | undefined): void {
  if (all !== true && !hasWildcard(name ?? session ?? '')) return;
  throw usageFailure('--mi=xml is for one session here; use --output-format json for several');
}

/** A session that had recorded nothing has no new archive. */
/** `isDone`: it was waited for. Otherwise the archive is that of an earlier one. */
function rotationXml({ name, rotation }: SessionInfo, isDone: boolean): Xml {
  const archive = isDone ? rotation?.archive : undefined;
  return [
    'rotation',
    ['session_name', name],
    ['state', isDone ? 'COMPLETED' : 'ONGOING'],
    archive === undefined ? undefined : ['location', ['local', ['absolute_path', archive]]],
  ];
}

function schedulesXml({ name }: SessionInfo, schedules: readonly Xml[]): Xml {
  return [
    'rotation_schedule_results',
    ['session_name', name],
    ...schedules.map(
      (schedule): Xml => [
        'rotation_schedule_result',
        ['rotation_schedule', schedule],
        ['success', true],
      ],
    ),
  ];
}

/** Several files are all of a directory. */
function fileXml(
  name: string,
  files: readonly (readonly [session: string, file: string])[],
  ...more: readonly Xml[]
): Xml | undefined {
  const [only, another] = files;
  if (only === undefined) return undefined;
  const [session, path] = another === undefined ? only : ['*', dirname(only[1])];
  return [name, ['session', ['name', session]], ['path', path], ...more];
}

/** What a channel or an event is after an attempt to disable it. */
function disabledXml(isDone: boolean): readonly Xml[] {
  return [...(isDone ? [['enabled', false] as const] : []), ['success', isDone]];
}

function trackedXml(options: Given<typeof TRACK>, isDone: boolean): Xml {
  const success: Xml = ['success', isDone];
  return [
    'process_attr_trackers',
    ...TRACKERS.flatMap((tracker) => {
      const words = options[tracker];
      if (words === undefined) return [];
      const values: readonly Xml[] =
        words === true
          ? [['all', true]]
          : words.flatMap(partsOf).map((word) => [/^\d+$/.test(word) ? 'id' : 'name', word]);
      return [
        trackerXml(
          tracker,
          values.map((value) => [['type', value], success]),
        ),
      ];
    }),
  ];
}
