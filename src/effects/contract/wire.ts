/**
 * Effects and events of sockets and of the messages on them. `connection` and `listener` are ids that the actors
 * choose, unique in the process; the handler names accepted connections itself. `path` is absolute, `mode` permission
 * bits.
 */

import type { Credentials } from '../../port/identity.ts';
import type { OsError } from '../../port/os-error.ts';
import type { ProtocolName } from '../../wire/protocols.ts';

/** A connection speaks one protocol, from the effect that makes it: `protocol` names the side that we are. */
export type WireEffect =
  /** `gid`: the socket's group. Peers are told apart by whether they belong to it. */
  | {
      type: 'wire.listen';
      listener: string;
      path: string;
      mode: number;
      gid?: number;
      protocol: ProtocolName;
    }
  /** Gives the socket of a listener another mode, owner's group and group of members; without `gid` there is none. */
  | { type: 'wire.regroup'; listener: string; path: string; mode: number; gid?: number }
  | { type: 'wire.unlisten'; listener: string }
  | { type: 'wire.open'; connection: string; path: string; protocol: ProtocolName }
  /** Makes the emitter the owner of the connection's events, which start now. Until then it can only be sent to. */
  | { type: 'wire.adopt'; connection: string }
  /** Opens a socket of our own, keeps it as `connection`, gives its other end to user `toUid`'s listener at `path`. */
  | {
      type: 'wire.give';
      connection: string;
      path: string;
      toUid: number;
      protocol: ProtocolName;
    }
  /** Takes what the process `from` gave to our listener under `token`. */
  | {
      type: 'wire.take';
      connection: string;
      listener: string;
      token: string;
      from: Credentials;
      protocol: ProtocolName;
    }
  /** To a connection that has ended it does nothing; `wire.closed` is on its way. */
  | { type: 'wire.send'; connection: string; message: unknown }
  /** Sends what is queued, then ends; without `wire.closed` when nobody adopted it. */
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
  | { type: 'wire.opened'; connection: string; peer: Credentials }
  | { type: 'wire.openFailed'; connection: string; error: OsError }
  | { type: 'wire.given'; connection: string; token: string }
  | { type: 'wire.giveFailed'; connection: string; error: OsError }
  /** `startedAt`: when the giver's process started (`Processes.startedAt`); 0: it is not known. */
  | { type: 'wire.taken'; connection: string; startedAt: number }
  | { type: 'wire.takeFailed'; connection: string; error: OsError }
  | { type: 'wire.message'; connection: string; message: unknown }
  | WireClosed;
