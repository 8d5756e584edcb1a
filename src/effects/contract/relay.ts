/**
 * Effects and events of a relay: its listeners, the connections of its peers, and what they store. `connection` is an
 * id that the handler chooses. Packets never become events: the handler stores them as they arrive.
 */
import type { TcpAddress } from '../../port/network.ts';
import type { OsError } from '../../port/os-error.ts';
import type { ViewerRequest } from '../../wire/live/requests.ts';
import type { ForwardRequest } from '../../wire/relay/forward.ts';
import type { RelayRequest } from '../../wire/relay/requests.ts';
import type { WireClosed } from './wire.ts';

/** Which connections a listener accepts. */
export type RelayListener = 'control' | 'data' | 'live';

export interface ListenerAddress {
  readonly listener: RelayListener;
  readonly address: TcpAddress;
}

export type RelayEffect =
  /** Opens the output directory, which it creates if it is missing: `relay.storeOpened` or `…Failed`. */
  | {
      type: 'relay.openStore';
      output: string;
      grouping: 'host' | 'session';
      isClearAllowed: boolean;
      streamsMax: number;
    }
  /**
   * `relay.listening` or `relay.listenFailed`; then a `relay.accepted` for each connection. The host may be a name.
   */
  | ({ type: 'relay.listen' } & ListenerAddress)
  /** Writes the files that tell others of the relay and its listeners: `relay.announced` or `…Failed`. */
  | {
      type: 'relay.announce';
      pidFile: string | undefined;
      portDirectory: string | undefined;
      addresses: readonly ListenerAddress[];
    }
  /** Removes these files. */
  | { type: 'relay.withdraw' }
  /** Ends every listener. Accepted connections stay open. */
  | { type: 'relay.unlisten' }
  /** Makes the emitter the owner of the connection's events, which start now. */
  | { type: 'relay.adopt'; connection: string }
  /** Answers VERSION, or CONNECT of a viewer: the messages after it are of this revision. */
  | { type: 'relay.agree'; connection: string; minor: number }
  /**
   * The peer has a session: its requests, an index for each packet among them, are answered as they arrive. From now on
   * `relay.request` comes only of those about the version and the way.
   */
  | { type: 'relay.serve'; connection: string }
  /** Does what a request asks for, and replies. */
  | { type: 'relay.answer'; connection: string; request: RelayRequest }
  | { type: 'relay.answerViewer'; connection: string; request: ViewerRequest }
  /**
   * Connects to the next relay, and makes one connection of both: `relay.forwarded`, or `relay.forwardFailed` after a
   * reply that says why. Neither comes once the connection has ended.
   */
  | { type: 'relay.forward'; connection: string; request: ForwardRequest }
  /** Sends the queued replies, then ends the connection. A connection without an owner ends without an event. */
  | { type: 'relay.close'; connection: string }
  /** Gives up the packets that the streams of a control connection still wait for. */
  | { type: 'relay.abandon'; connection: string };

export type RelayEvent =
  | { type: 'relay.storeOpened' }
  | { type: 'relay.storeFailed'; error: OsError }
  /** `address`: with the port that the kernel chose for port 0. */
  | ({ type: 'relay.listening' } & ListenerAddress)
  | { type: 'relay.listenFailed'; listener: RelayListener; error: OsError }
  | { type: 'relay.announced' }
  | { type: 'relay.announceFailed'; error: OsError }
  | { type: 'relay.accepted'; listener: RelayListener; connection: string; peer: TcpAddress }
  | { type: 'relay.request'; connection: string; request: RelayRequest }
  | { type: 'relay.viewerRequest'; connection: string; request: ViewerRequest }
  /** What comes on the connection from now on is for the next relay. */
  | { type: 'relay.forwarded'; connection: string }
  | { type: 'relay.forwardFailed'; connection: string }
  /** As `wire.closed`; of a forwarded connection: both of its ends are closed. */
  | ({ type: 'relay.closed' } & Omit<WireClosed, 'type'>)
  /** After `relay.closed` of a control connection: its streams wait for no packet any more. */
  | { type: 'relay.settled'; connection: string };
