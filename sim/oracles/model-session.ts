/** One session of the model (`session-model.ts`), and what answers tell of it. */
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { isChannel, type ModelChannel } from './channel-model.ts';
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
}

/** When its trace is rotated without a command. */
export type Schedule = Readonly<Partial<Record<'everyUs' | 'atBytes', number>>>;

export function isNamed(
  session: Pick<ModelSession, 'uid' | 'name'>,
  uid: number,
  name: string,
): boolean {
  return session.uid === uid && session.name === name;
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
    channels.length === info.channels.length &&
    info.channels.every((told, at) => isChannel(channels[at], told));
  return isSame ? { ...session, uuid } : undefined;
}
