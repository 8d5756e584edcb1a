/** A session that the viewer follows. */
import { US_PER_MS } from '../../base/time.ts';
import type { ListedSession } from '../../wire/live/list-sessions.ts';
import { SILENCE_MS_MIN, SILENCE_PERIODS } from './limits.ts';

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
  nextAskNs = 0n;

  constructor({ session, host, name, liveTimerUs }: ListedSession, relay: string) {
    this.id = session;
    this.directory = `${relay}/host/${host}/${name}`;
    const periodsMs = SILENCE_PERIODS * Math.ceil(liveTimerUs / US_PER_MS);
    this.silenceMs = Math.max(SILENCE_MS_MIN, periodsMs);
  }

  /** Whether to ask for new streams: the relay has some, or there is none whose replies would say so. */
  isDue(nowNs: bigint): boolean {
    return !this.isOver && (this.wantsStreams || (this.streams === 0 && this.nextAskNs <= nowNs));
  }
}
