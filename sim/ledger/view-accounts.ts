/** What viewers of live sessions saw. */
import type { FollowSummary } from '../../src/effects/contract/viewer.ts';
import type { ViewSettings } from '../input/relay.ts';

/** One event that a viewer showed. */
export interface ShownEvent {
  /** Nanoseconds since the machine started. */
  readonly at: number;
  /** Path of its stream, which ends as that of the file at the relay. */
  readonly stream: string;
  readonly pid: number;
  readonly name: string;
  readonly counter: number;
  readonly text: string;
  /** Nanoseconds since 1970. */
  readonly epochNs: bigint;
}

/** From the start of a viewer to its end; it is started again when it could not follow a session to its end. */
export interface ViewAccount {
  readonly who: string;
  readonly settings: ViewSettings;
  readonly startedAt: number;
  readonly shown: ShownEvent[];
  /** What the output said of streams that could not be shown as they are. */
  readonly problems: string[];
  /** Left out: it did not end by itself. */
  endedAt?: number;
  /** The code of its failure. */
  failure?: string;
  summary?: FollowSummary;
}
