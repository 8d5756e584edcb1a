/**
 * Effects and events of sockets and of the messages on them. `connection` and `listener` are ids that the actors
 * choose, unique in the process; the handler chooses those of accepted connections. `path` is absolute, `mode` holds
 * permission bits.
 */

import type { Credentials } from '../../port/identity.ts';
import type { OsError } from '../../port/os-error.ts';
import type { ProtocolName } from '../../wire/protocols.ts';

/** Each connection has one protocol, set by the effect that makes it: `protocol` names it and our side of it. */
export type WireEffect =
  /** `gid`: the socket's group. `wire.accepted` reports whether the peer is a member of it. */
  | {
      type: 'wire.listen';
      listener: string;
      path: string;
      mode: number;
      gid?: number;
      protocol: ProtocolName;
    }
  /** Changes the mode and the group of a listener's socket; without `gid` no peer is a member. */
  | { type: 'wire.regroup'; listener: string; path: string; mode: number; gid?: number }
  | { type: 'wire.unlisten'; listener: string }
  /** `wire.opened` names the peer if `identify` asks for it; otherwise `wire.identify` may ask later. */
  | {
      type: 'wire.open';
      connection: string;
      path: string;
      protocol: ProtocolName;
      identify: boolean;
    }
  /** Asks the kernel for the peer's credentials. */
  | { type: 'wire.identify'; connection: string }
  /** Makes the emitter the owner of the connection's events, which start now. Before that, only sending works. */
  | { type: 'wire.adopt'; connection: string }
  /** Creates a socket pair, keeps one end as `connection`, passes the other to the listener at `path`. */
  | { type: 'wire.passSocket'; connection: string; path: string; protocol: ProtocolName }
  /** Takes the socket that the process `from` passed to our listener under `token`. */
  | {
      type: 'wire.claimSocket';
      connection: string;
      listener: string;
      token: string;
      from: Credentials;
      protocol: ProtocolName;
    }
  /** Does nothing when the connection has ended; `wire.closed` is on its way. */
  | { type: 'wire.send'; connection: string; message: unknown }
  /** Sends the queued messages, then ends the connection; reports `wire.closed` only if an actor has adopted it. */
  | { type: 'wire.close'; connection: string };

/** `reason` is one sentence; `invalid` and `overflow` mean that we cut the peer off. */
export type WireClosed = {
  type: 'wire.closed';
  connection: string;
  cause: 'ended' | 'reset' | 'local' | 'invalid' | 'overflow';
  reason: string;
};

export type WireEvent =
  | { type: 'wire.listening'; listener: string }
  | { type: 'wire.listenFailed'; listener: string; error: OsError }
  | {
      type: 'wire.accepted';
      listener: string;
      connection: string;
      peer: Credentials;
      /** Whether the peer's user is in the listener's group, by primary or supplementary membership. */
      isMember: boolean;
    }
  | { type: 'wire.opened'; connection: string; peer?: Credentials }
  | { type: 'wire.openFailed'; connection: string; error: OsError }
  | { type: 'wire.identified'; connection: string; peer: Credentials }
  | { type: 'wire.identifyFailed'; connection: string; error: OsError }
  | { type: 'wire.socketPassed'; connection: string; token: string }
  | { type: 'wire.passSocketFailed'; connection: string; error: OsError }
  /** `startedAt`: when the passing process started (`Processes.startedAt`); 0: unknown. */
  | { type: 'wire.socketClaimed'; connection: string; startedAt: number }
  | { type: 'wire.claimSocketFailed'; connection: string; error: OsError }
  | { type: 'wire.message'; connection: string; message: unknown }
  | WireClosed;
