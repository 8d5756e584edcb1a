/** A session that the viewer follows. */
import { NS_PER_MS_BIGINT, US_PER_MS } from '../../base/time.ts';
import type { ListedSession } from '../../wire/live/list-sessions.ts';
import { LIVE_POLL_MS, SILENCE_MS_MIN, SILENCE_PERIODS, STREAMS_ASK_MS } from './limits.ts';

export class FollowedSession {
  readonly id: bigint;
  /** Where its streams are, as the user would name it. */
  readonly directory: string;
  /** How long nothing new of a stream makes it silent. */
  readonly silenceMs: number;
  hasToldSilence = false;
  /** The relay has streams that the viewer does not know. */
  wantsStreams = false;
  /** Data streams that are followed. */
  streams = 0;
  /** No stream will come. */
  isOver = false;
  /** When the viewer asked for streams. */
  askedNs = 0n;

  constructor({ session, host, name, liveTimerUs }: ListedSession, relay: string) {
    this.id = session;
    this.directory = `${relay}/host/${host}/${name}`;
    const periodsMs = SILENCE_PERIODS * Math.ceil(liveTimerUs / US_PER_MS);
    this.silenceMs = Math.max(SILENCE_MS_MIN, periodsMs);
  }

  /**
   * Whether to ask for new streams: the relay says that it has some, or has not said so for a while. LTTng's relay says
   * it only with packets, and streams that rest have none.
   */
  isDue(nowNs: bigint): boolean {
    if (this.isOver) return false;
    const waitMs = this.streams === 0 ? LIVE_POLL_MS : STREAMS_ASK_MS;
    return this.wantsStreams || nowNs - this.askedNs >= BigInt(waitMs) * NS_PER_MS_BIGINT;
  }
}
