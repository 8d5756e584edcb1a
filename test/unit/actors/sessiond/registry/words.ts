/** Events that the step tests of a registry send, and effects that they expect. */

import type {
  AppIdentity,
  OwnedRegistryLocation,
} from '../../../../../actors/sessiond/messages.ts';
import type { RegistryInput } from '../../../../../actors/sessiond/registry/context.ts';
import { registryMachine } from '../../../../../actors/sessiond/registry/machine.ts';
import type { FileInfo } from '../../../../../src/port/files.ts';
import type { Credentials } from '../../../../../src/port/identity.ts';
import type {
  Operation,
  ReplyValue,
  SessionInfo,
} from '../../../../../src/wire/control/messages.ts';
import { stepsOf } from '../../../../support/step.ts';
import { exit, signalled, tell } from '../../../../support/step-events.ts';

export const DIRECTORY = '/run/lttng-ts';
export const RECORDS = `${DIRECTORY}/sessions`;
export const PLACE: OwnedRegistryLocation = {
  scope: 'global',
  directory: DIRECTORY,
  directoryMode: 0o755,
  clientPath: `${DIRECTORY}/client.sock`,
  appPath: `${DIRECTORY}/apps.sock`,
  pipePath: '/tmp/.lttng-ts-apps',
  uid: 0,
  groupId: 500,
};
export const INPUT: RegistryInput = {
  registry: 'registry',
  location: PLACE,
  pid: 77,
  areSocketsGiven: false,
};
export const ALICE: Credentials = { pid: 40, uid: 1000, gid: 1000 };
export const BOB: Credentials = { pid: 50, uid: 1001, gid: 1001 };
export const ROOT: Credentials = { pid: 60, uid: 0, gid: 0 };
export const APP: AppIdentity = {
  ...ALICE,
  link: 'app-0',
  tid: 41,
  startedAt: 9,
  processName: 'web',
};

export const steps = stepsOf(registryMachine);

export const inspected = (more: Partial<FileInfo>) => {
  const info: FileInfo = { kind: 'directory', uid: 0, gid: 0, mode: 0o755, byteLength: 0, ...more };
  return { type: 'file.inspected', path: DIRECTORY, info } as const;
};
export const directoryMade = { type: 'file.directoryMade', path: DIRECTORY } as const;
export const lockedWith = (note: string) =>
  ({ type: 'file.locked', path: `${DIRECTORY}/registry.lock`, note }) as const;
export const loaded = (records: { name: string; text: string }[] = [], isWhole = true) =>
  ({ type: 'journal.loaded', records, isWhole }) as const;
export const OWN_MARK = 'a1b2c3d4e5f6';
export const swept = (creators: readonly string[] = []) =>
  ({ type: 'memory.swept', creators, own: OWN_MARK }) as const;
export const listening = (listener: string) => ({ type: 'wire.listening', listener }) as const;
export const terminated = signalled('SIGTERM');
export const configured = (groupId: number | undefined) =>
  ({ type: 'configuration.read', groupId }) as const;

export const accepted = (listener: 'clients' | 'apps', peer: Credentials, isMember = false) =>
  ({ type: 'wire.accepted', listener, connection: 'wire-1', peer, isMember }) as const;
export const requested = (peer: Credentials, operation: Operation, id = 8) =>
  ({ type: 'request.received', link: 'client-0', id, peer, operation }) as const;
export const registered = { type: 'app.registered', app: APP } as const;
/** An application connects, and registers. */
export const joining = (app: AppIdentity = APP) =>
  [accepted('apps', ALICE), { ...registered, app }] as const;
export const appLost = { type: 'app.lost', link: APP.link, hasSaidSo: false } as const;

export const uuidOf = (index: number) =>
  `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
export const UUID = uuidOf(1);
export const SESSION = `session-${UUID}`;
export const infoOf = (owner: Credentials, name: string, uuid: string): SessionInfo => ({
  name,
  uuid,
  uid: owner.uid,
  state: 'inactive',
  output: `/home/alice/${name}`,
  channels: [],
  streams: 0,
  streamsMade: 0,
  writers: 0,
});
export const changed = (info: SessionInfo) =>
  ({ type: 'session.changed', session: `session-${info.uuid}`, info }) as const;
export const ended = (uuid: string) =>
  ({ type: 'session.ended', session: `session-${uuid}` }) as const;
export const creating = (peer: Credentials, name: string, id = 8) =>
  requested(peer, { op: 'session.create', name, output: `/home/alice/${name}` }, id);
export const uuidMade = (uuid: string, id = 8) =>
  ({ type: 'random.uuidMade', key: `session client-0 ${id}`, uuid }) as const;
/** A session that this user has created. */
export const made = (peer: Credentials, name: string, uuid = UUID) => [
  creating(peer, name),
  uuidMade(uuid),
  changed(infoOf(peer, name, uuid)),
];

/** The events that lead to a state. */
export const LOCKING = [directoryMade, inspected({})] as const;
export const RESTORING = [...LOCKING, lockedWith('')] as const;
export const LISTENING = [...RESTORING, loaded(), swept()] as const;
export const SERVING = [...LISTENING, listening('clients')] as const;

export const serving = (...effects: object[]) => ({ value: 'serving', effects });
export const notify = (state: string) => ({ type: 'process.notify', state });
const toClient = (event: object) => tell('client-0', event);
export const reply = (value: ReplyValue) => toClient({ type: 'reply.value', id: 8, value });
export const refusal = (code: string, reason: string) =>
  toClient({ type: 'reply.failure', id: 8, code, reason });
export const startSession = (peer: Credentials, name: string, uuid: string, more: object = {}) => ({
  type: 'actor.start',
  logic: 'session',
  id: `session-${uuid}`,
  input: {
    session: `session-${uuid}`,
    registry: 'registry',
    location: PLACE,
    apps: [],
    name,
    uuid,
    owner: { uid: peer.uid, gid: peer.gid },
    output: `/home/alice/${name}`,
    isFlightRecorder: false,
    ...more,
  },
});
/** The last effects of every registry. */
export const end = (code = 0) => [
  { type: 'wire.unlisten', listener: 'clients' },
  { type: 'wire.unlisten', listener: 'apps' },
  { type: 'journal.tidy' },
  exit(code),
];
