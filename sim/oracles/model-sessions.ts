/** Sessions of a registry as the model has them (`session-model.ts`), and how answers show them. */
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { isChannel, type ModelChannel } from './channel-model.ts';
import type { Schedule } from './schedule-model.ts';
import { isSnapshotOutput, type ModelSnapshotOutput } from './snapshot-output-model.ts';
import { areTracked, type ModelTrackers } from './tracker-model.ts';

export interface ModelSession {
  readonly uid: number;
  readonly name: string;
  /** Undefined: its creation was never answered. */
  readonly uuid: string | undefined;
  /** Undefined: it writes into no files. */
  readonly output: string | undefined;
  /** Its consumer sends to a relay, or did: the output may change, and a command may find that it has no link. */
  readonly hasRelay: boolean;
  readonly isFlightRecorder: boolean;
  readonly liveTimerUs: number | undefined;
  readonly schedule: Schedule;
  readonly state: SessionInfo['state'];
  readonly channels: readonly ModelChannel[];
  readonly trackers: ModelTrackers;
  readonly snapshotOutput: ModelSnapshotOutput;
}

/** All sessions of a registry, in the order of creation. */
export type Sessions = readonly ModelSession[];

/** The session with this key for this user (R1.2), or the code of the refusal. */
export function find(sessions: Sessions, uid: number, key: string): ModelSession | string {
  const byUuid = sessions.find(({ uuid }) => uuid === key);
  const own = sessions.find((session) => isNamed(session, uid, key));
  const named = sessions.filter(({ name }) => name === key);
  const session = byUuid ?? own ?? named[0];
  if (session === undefined) return 'NO_SESSION';
  if (uid !== 0 && session.uid !== uid) return 'NOT_ALLOWED';
  return byUuid === undefined && own === undefined && named.length > 1 ? 'AMBIGUOUS' : session;
}

export function isNamed(
  session: Pick<ModelSession, 'uid' | 'name'>,
  uid: number,
  name: string,
): boolean {
  return session.uid === uid && session.name === name;
}

export function replaced(sessions: Sessions, session: ModelSession): Sessions {
  return sessions.map((other) => (isNamed(other, session.uid, session.name) ? session : other));
}

/** The session with the data of an answer about it; undefined: the answer contradicts it. */
export function asTold(session: ModelSession, info: SessionInfo): ModelSession | undefined {
  const { uuid = info.uuid, channels } = session;
  const isSame =
    uuid === info.uuid &&
    isNamed(session, info.uid, info.name) &&
    (session.hasRelay || session.output === info.output) &&
    session.isFlightRecorder === (info.flightRecorder === true) &&
    session.liveTimerUs === info.liveTimerUs &&
    session.schedule.everyUs === info.rotation?.everyUs &&
    session.schedule.atBytes === info.rotation?.atBytes &&
    session.state === info.state &&
    areTracked(session.trackers, info.trackers) &&
    isSnapshotOutput(session.snapshotOutput, info.snapshotOutput) &&
    channels.length === info.channels.length &&
    info.channels.every((told, at) => isChannel(channels[at], told));
  return isSame ? { ...session, uuid } : undefined;
}
