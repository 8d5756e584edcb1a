/** Relays of a run, and the programs that stream to them, as data. */
import type { ChannelSettings } from '../../src/wire/common.ts';
import type { Seek } from '../../src/wire/live/attach.ts';
import type { Workload } from './workload.ts';

/** Ports at which relays listen: those of the product. */
export const RELAY_PORTS = { control: 5342, data: 5343, live: 5344 } as const;

/** `lttng-relayd`. */
export interface RelaySettings {
  readonly output: string;
  readonly grouping: 'host' | 'session';
  /** Hosts that it forwards to; absent: none. */
  readonly forwardTo?: readonly string[];
  /** Bytes of memory for live sessions; absent: they are stored below its output. */
  readonly liveMemoryBytes?: number;
}

/** A user who follows the sessions of this name with the viewer. */
export interface ViewSettings {
  /** Host name of the relay. */
  readonly relay: string;
  readonly session: string;
  readonly seek: Seek;
  /** The period of the session. */
  readonly liveTimerUs: number;
  /** After that a viewer that could not follow a session to its end is not started again. */
  readonly untilMs: number;
}

/**
 * A program that records its own events and streams them to a relay: the product's tracer, consumer and relay sink in
 * one process. When it loses the relay it connects again, and goes on with what the relay did not acknowledge.
 */
export interface SenderSettings {
  /** Host name of the relay. */
  readonly relay: string;
  /** Host names of relays that the packets pass before that one (R3.8); absent: none. */
  readonly way?: readonly string[];
  readonly session: string;
  readonly channel: ChannelSettings;
  /** Its `emit` steps. */
  readonly workload: Workload;
}
