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
  path,
  sessionName,
  u32,
} from '../../src/wire/common.ts';
import { errorCode } from '../../src/wire/control/error-code.ts';
import { operation } from '../../src/wire/control/messages.ts';
import { QUIRKS } from '../machine/core/quirks.ts';
import {
  FALSE_REPORTS,
  MALFORMATIONS,
  MISBEHAVIOURS,
  PIPE_MISUSES,
  RELAY_LIES,
  SENDER_LIES,
  VIEWER_LIES,
} from './attack.ts';
import { faultScript } from './fault-schema.ts';
import { KERNEL_EVENT_NAMES } from './kernel.ts';
import {
  HOSTS_MAX,
  hostName,
  hostPlace,
  lossyLinks,
  networkFaultScript,
  relaySettings,
  senderSettings,
  viewSettings,
} from './network-schema.ts';
import type { HostInput, ScenarioInput, ScriptStep } from './scenario.ts';
import { at } from './time-schema.ts';
import { workload } from './workload-schema.ts';

const CROWD_MAX = 2048;
const KERNEL_EVENTS_MAX = 10_000;

const userName = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user name'));
const variable = v.pipe(v.string(), v.regex(/^[A-Z_]{1,32}$/, 'an environment variable'));

const clientErrorCode = v.picklist([
  ...errorCode.options,
  'NO_REGISTRY',
  'REGISTRY_LOST',
  'NO_ANSWER',
  'CANNOT_RUN',
  'SNAPSHOT_FAILED',
  'INTERRUPTED',
]);

const tolerated = v.exactOptional(list(clientErrorCode));
const flag = v.exactOptional(v.literal(true));
/** Commands that read or write files of their user. */
const keptCommand = [
  v.strictObject({
    kind: v.literal('save'),
    session: v.exactOptional(sessionName),
    replaces: flag,
    tolerated,
  }),
  v.strictObject({
    kind: v.literal('load'),
    saved: sessionName,
    name: v.exactOptional(sessionName),
    replaces: flag,
    isCurrent: flag,
    tolerated,
  }),
  v.strictObject({ kind: v.literal('set-session'), session: sessionName, tolerated }),
  v.strictObject({ kind: v.literal('destroy'), session: v.exactOptional(sessionName), tolerated }),
  v.strictObject({ kind: v.literal('unnamed'), operations: list(operation), tolerated }),
] as const;

const command = v.variant('kind', [
  ...keptCommand,
  v.strictObject({
    kind: v.literal('record'),
    name: sessionName,
    output: path,
    channel: v.optional(channelSettings),
    patterns: list(eventPattern),
    workload,
    onCrash: v.exactOptional(path),
    tolerated,
  }),
  v.strictObject({
    kind: v.literal('snapshot'),
    session: sessionName,
    output: path,
    bytesMax: v.exactOptional(counter),
    tolerated,
  }),
  v.strictObject({
    kind: v.literal('recover'),
    tolerated,
  }),
  v.strictObject({
    kind: v.literal('list'),
    tolerated,
  }),
  v.strictObject({
    kind: v.literal('operations'),
    operations: list(operation),
    expected: v.exactOptional(list(clientErrorCode)),
    tolerated,
    startsNoRegistry: flag,
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
const networkAttack = [
  v.strictObject({
    kind: v.literal('lying-sender'),
    relay: hostName,
    lie: v.picklist(SENDER_LIES),
  }),
  v.strictObject({
    kind: v.literal('lying-viewer'),
    relay: hostName,
    lie: v.picklist(VIEWER_LIES),
  }),
  v.strictObject({ kind: v.literal('lying-relay'), lie: v.picklist(RELAY_LIES), staysMs: at }),
] as const;

const attack = v.variant('kind', [
  ...networkAttack,
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
  v.strictObject({ at, do: v.literal('relayd'), relay: relaySettings, version }),
  v.strictObject({ at, do: v.literal('sender'), sender: senderSettings, version }),
  v.strictObject({
    at,
    do: v.literal('kernel'),
    bursts: list(
      v.strictObject({
        cpu: counter,
        event: v.picklist(KERNEL_EVENT_NAMES),
        count: v.pipe(counter, v.maxValue(KERNEL_EVENTS_MAX)),
      }),
    ),
    version,
  }),
  v.strictObject({ at, do: v.literal('view'), view: viewSettings, version }),
]);

/** Every member of hosts; the compiler rejects a missing one. */
const ofHost = {
  users: list(v.strictObject({ name: userName, uid: u32, gid: u32, groups: list(userName) })),
  groups: v.record(userName, u32),
  scripts: list(v.strictObject({ user: userName, steps: list(scriptStep) })),
  isPaced: v.exactOptional(v.literal(true)),
  faults: v.exactOptional(faultScript),
  quirks: v.exactOptional(v.pipe(list(v.picklist(QUIRKS)), v.maxLength(QUIRKS.length))),
} satisfies MembersOf<HostInput>;

const network = v.pipe(
  v.strictObject({
    place: hostPlace,
    others: v.pipe(
      list(
        v.pipe(
          v.strictObject({ ...ofHost, place: hostPlace }),
          v.check((host) => troubleOf(host) === undefined, 'users of the host are consistent'),
        ),
      ),
      v.maxLength(HOSTS_MAX - 1),
    ),
    faults: v.exactOptional(networkFaultScript),
    lossyLinks: v.exactOptional(lossyLinks),
  }),
  v.check(({ place, others, lossyLinks: links = [] }) => {
    const names = [place, ...others.map((other) => other.place)].map(({ name }) => name);
    return links.every(({ from, to }) => names.includes(from) && names.includes(to));
  }, 'lossy links are between hosts of the run'),
  v.check(({ place, others }) => {
    const places = [place, ...others.map((other) => other.place)];
    const isApart = isDistinct(places.map(({ name }) => name));
    return isApart && isDistinct(places.flatMap(({ addresses }) => addresses));
  }, 'hosts have names and addresses of their own'),
);

/** The same for inputs. */
const members = {
  seed: counter,
  ...ofHost,
  samplesAt: list(at),
  network: v.exactOptional(network),
} satisfies MembersOf<ScenarioInput>;

type MembersOf<T> = Record<
  keyof T,
  v.GenericSchema | v.ExactOptionalSchema<v.GenericSchema, undefined>
>;

export const scenarioInput: v.GenericSchema<unknown, ScenarioInput> = v.pipe(
  v.strictObject(members),
  v.check(
    (input) => troubleOf(input) === undefined,
    ({ input }) => troubleOf(input as HostInput) ?? '',
  ),
);

/** What is wrong with the users and the groups of a host. */
function troubleOf({
  users,
  groups,
  scripts,
}: Pick<HostInput, 'users' | 'groups' | 'scripts'>): string | undefined {
  if (!isDistinct(users.map(({ name }) => name))) return 'users have names of their own';
  if (!isDistinct(users.map(({ uid }) => uid))) return 'users have ids of their own';
  const areKnown = users.every((user) => user.groups.every((name) => Object.hasOwn(groups, name)));
  if (!areKnown) return 'the groups of users are known';
  const named = scripts.flatMap(({ user, steps }) => [user, ...steps.flatMap(ownerIn)]);
  const isKnown = (user: string): boolean =>
    user === 'root' || users.some(({ name }) => name === user);
  return named.every(isKnown) ? undefined : 'the users of scripts are known';
}

function ownerIn(step: ScriptStep): string[] {
  return step.do === 'application' && step.setUserId !== undefined ? [step.setUserId.owner] : [];
}

function isDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}
