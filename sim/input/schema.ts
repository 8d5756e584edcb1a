/**
 * The schema of inputs and failure files. They are untrusted: a user may send the file of a failed run. The schema
 * bounds every value, and accepts only what a scenario could have drawn.
 */
import * as v from 'valibot';
import {
  channelSettings,
  counter,
  eventPattern,
  list,
  logLevel,
  path,
  sessionName,
  u32,
} from '../../src/wire/common.ts';
import { errorCode, operation } from '../../src/wire/control/messages.ts';
import { QUIRKS } from '../machine/core/quirks.ts';
import { FALSE_REPORTS, MALFORMATIONS, MISBEHAVIOURS, PIPE_MISUSES } from './attack.ts';
import { faultScript } from './fault-schema.ts';
import type { ScenarioInput, ScriptStep } from './scenario.ts';
import type { Workload } from './workload.ts';

/** A day of virtual time, milliseconds; a run ends long before. */
const TIME_MS_MAX = 86_400_000;
const EVENTS_AT_ONCE_MAX = 10_000;
const CROWD_MAX = 2048;
const CHARACTERS_MAX = 65_536;
/** The depth to which applications start applications. */
const WORKLOAD_DEPTH_MAX = 8;

const userName = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user name'));
const at = v.pipe(counter, v.maxValue(TIME_MS_MAX));
const callNumber = v.pipe(counter, v.minValue(1));
const variable = v.pipe(v.string(), v.regex(/^[A-Z_]{1,32}$/, 'an environment variable'));
const className = v.pipe(v.string(), v.regex(/^[a-z0-9_]{1,32}$/, 'a class of events'));

/** The schema of a workload whose applications may start applications to this depth. */
function workloadOf(depth: number): v.GenericSchema<unknown, Workload> {
  const upTo = (most: number) => v.pipe(counter, v.maxValue(most));
  const emit = v.strictObject({
    at,
    do: v.literal('emit'),
    count: upTo(EVENTS_AT_ONCE_MAX),
    of: className,
    characters: upTo(CHARACTERS_MAX),
    level: v.exactOptional(logLevel),
  });
  const rest = [
    v.strictObject({ at, do: v.literal('define'), of: className }),
    v.strictObject({ at, do: v.literal('write'), characters: upTo(CHARACTERS_MAX) }),
    v.strictObject({ at, do: v.literal('throw') }),
    v.strictObject({ at, do: v.literal('exit'), code: upTo(255) }),
  ] as const;
  const spawn = v.strictObject({
    at,
    do: v.literal('spawn'),
    workload: v.lazy(() => workloadOf(depth - 1)),
  });
  const step = v.variant('do', depth > 0 ? [emit, spawn, ...rest] : [emit, ...rest]);
  return v.strictObject({
    steps: list(step),
    processName: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
    killAtCall: v.exactOptional(callNumber),
  });
}

const workload = workloadOf(WORKLOAD_DEPTH_MAX);

const clientErrorCode = v.picklist([
  ...errorCode.options,
  'NO_REGISTRY',
  'REGISTRY_LOST',
  'NO_ANSWER',
  'CANNOT_RUN',
  'SNAPSHOT_FAILED',
  'INTERRUPTED',
]);

const command = v.variant('kind', [
  v.strictObject({
    kind: v.literal('record'),
    name: sessionName,
    output: path,
    channel: v.optional(channelSettings),
    patterns: list(eventPattern),
    workload,
    onCrash: v.exactOptional(path),
    tolerated: v.exactOptional(list(clientErrorCode)),
  }),
  v.strictObject({
    kind: v.literal('snapshot'),
    session: sessionName,
    output: path,
    tolerated: v.exactOptional(list(clientErrorCode)),
  }),
  v.strictObject({
    kind: v.literal('recover'),
    tolerated: v.exactOptional(list(clientErrorCode)),
  }),
  v.strictObject({
    kind: v.literal('list'),
    tolerated: v.exactOptional(list(clientErrorCode)),
  }),
  v.strictObject({
    kind: v.literal('operations'),
    operations: list(operation),
    expected: v.exactOptional(list(clientErrorCode)),
    tolerated: v.exactOptional(list(clientErrorCode)),
    startsNoRegistry: v.exactOptional(v.literal(true)),
  }),
]);

const version = v.exactOptional(
  v.strictObject({
    ahead: v.pipe(counter, v.maxValue(9)),
    minor: v.pipe(counter, v.maxValue(99)),
  }),
);
const socket = v.picklist(['client', 'app']);
const targetRegistry = v.strictObject({ directory: path, uid: u32 });
const attack = v.variant('kind', [
  v.strictObject({
    kind: v.literal('malformed-frame'),
    socket,
    malformation: v.picklist(MALFORMATIONS),
  }),
  v.strictObject({ kind: v.literal('unknown-version'), socket }),
  v.strictObject({ kind: v.literal('silent-connection'), socket, words: v.picklist([0, 1]) }),
  v.strictObject({
    kind: v.literal('attach-consumer'),
    session: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  }),
  v.strictObject({ kind: v.literal('false-confirmation') }),
  v.strictObject({
    kind: v.literal('rogue-application'),
    misbehaviour: v.picklist(MISBEHAVIOURS),
    of: v.exactOptional(targetRegistry),
  }),
  v.strictObject({
    kind: v.literal('lying-consumer'),
    session: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
    falseReport: v.picklist(FALSE_REPORTS),
    staysMs: at,
  }),
  v.strictObject({
    kind: v.literal('pinned-snapshot'),
    session: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  }),
  v.strictObject({
    kind: v.literal('pipe-misuse'),
    path,
    misuse: v.picklist(PIPE_MISUSES),
    staysMs: at,
  }),
  v.strictObject({ kind: v.literal('swapped-directory'), path, target: path, staysMs: at }),
  v.strictObject({
    kind: v.literal('connection-flood'),
    connections: v.pipe(counter, v.maxValue(CROWD_MAX)),
  }),
  v.strictObject({
    kind: v.literal('own-memory'),
    segments: v.pipe(counter, v.maxValue(CROWD_MAX)),
  }),
  v.strictObject({
    kind: v.literal('made-up-threads'),
    threads: v.pipe(counter, v.maxValue(CROWD_MAX)),
  }),
  v.strictObject({ kind: v.literal('foreign-command'), of: targetRegistry }),
  v.strictObject({ kind: v.picklist(['unread-replies', 'unfinished-frames']), of: targetRegistry }),
  v.strictObject({ kind: v.literal('shared-token') }),
  v.strictObject({
    kind: v.literal('claimed-token'),
    token: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  }),
  v.strictObject({ kind: v.literal('impostor-registry'), directory: path }),
  v.strictObject({ kind: v.literal('stray-consumer') }),
  v.strictObject({ kind: v.literal('writable-directory'), directory: path }),
  v.strictObject({ kind: v.literal('opened-path'), path }),
  v.strictObject({
    kind: v.literal('planted-socket'),
    path,
    swaps: v.exactOptional(v.literal(true)),
  }),
  v.strictObject({
    kind: v.literal('silent-registry'),
    directory: path,
    words: v.picklist([0, 1]),
  }),
]);

const scriptStep = v.variant('do', [
  v.strictObject({ at, do: v.literal('lttng'), command, version }),
  v.strictObject({
    at,
    do: v.literal('application'),
    workload,
    setUserId: v.exactOptional(
      v.strictObject({
        owner: userName,
        environment: v.record(variable, v.pipe(v.string(), v.maxLength(255))),
      }),
    ),
    version,
  }),
  v.strictObject({ at, do: v.literal('sessiond'), version }),
  v.strictObject({ at, do: v.literal('terminate'), version }),
  v.strictObject({
    at,
    do: v.literal('interrupt'),
    signal: v.picklist(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']),
    version,
  }),
  v.strictObject({ at, do: v.literal('regroup'), group: userName, version }),
  v.strictObject({ at, do: v.literal('attack'), attack, version }),
]);

/** Every member of inputs; the compiler rejects a missing one. */
const members = {
  seed: counter,
  users: list(v.strictObject({ name: userName, uid: u32, gid: u32, groups: list(userName) })),
  groups: v.record(userName, u32),
  scripts: list(v.strictObject({ user: userName, steps: list(scriptStep) })),
  samplesAt: list(at),
  isPaced: v.exactOptional(v.literal(true)),
  faults: v.exactOptional(faultScript),
  quirks: v.exactOptional(v.pipe(list(v.picklist(QUIRKS)), v.maxLength(QUIRKS.length))),
} satisfies Record<
  keyof ScenarioInput,
  v.GenericSchema | v.ExactOptionalSchema<v.GenericSchema, undefined>
>;

export const scenarioInput: v.GenericSchema<unknown, ScenarioInput> = v.pipe(
  v.strictObject(members),
  v.check(
    ({ users }) => isDistinct(users.map(({ name }) => name)),
    'users have names of their own',
  ),
  v.check(({ users }) => isDistinct(users.map(({ uid }) => uid)), 'users have ids of their own'),
  v.check(
    ({ users, groups }) =>
      users.every((user) => user.groups.every((name) => Object.hasOwn(groups, name))),
    'the groups of users are known',
  ),
  v.check(
    ({ users, scripts }) =>
      scripts
        .flatMap(({ user, steps }) => [user, ...steps.flatMap(ownerIn)])
        .every((user) => user === 'root' || users.some(({ name }) => name === user)),
    'the users of scripts are known',
  ),
);

function ownerIn(step: ScriptStep): string[] {
  return step.do === 'application' && step.setUserId !== undefined ? [step.setUserId.owner] : [];
}

function isDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}
