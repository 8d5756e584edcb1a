/**
 * Handler of `wire.*`: sockets, frames and schemas. A peer that breaks the protocol, or lets more than
 * SEND_QUEUE_BYTES_MAX pile up, is cut off here with a logged reason and its credentials; its owner learns that
 * the connection closed and why. So is the one that holds most of our memory when all peers together hold more
 * than HELD_BYTES_MAX.
 */

import type { Connection, UnixListener } from '../port/unix-sockets.ts';
import type { World } from '../port/world.ts';
import { decodeBody, encodeFrame, FrameParser } from '../wire/frames.ts';
import { HELD_BYTES_MAX, SEND_QUEUE_BYTES_MAX } from '../wire/limits.ts';
import { PROTOCOLS, type ProtocolName } from '../wire/protocols.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { WireClosed, WireEffect } from './contract/wire.ts';

interface Listening {
  readonly socket: UnixListener;
  /** Group whose members are told apart. */
  gid: number | undefined;
}

interface Link {
  readonly connection: Connection;
  /** Bytes are delivered from adoption on, to this actor. */
  owner?: string;
  closed?: Pick<WireClosed, 'cause' | 'reason'>;
  parser: FrameParser;
  /** What it makes us hold, as it was when we looked last. */
  heldBytes: number;
}

export function createWireHandler(
  world: World,
  deliver: Deliver,
  background: boolean,
): EffectHandler<WireEffect> {
  const links = new Map<string, Link>();
  const listeners = new Map<string, Listening>();
  let acceptedCount = 0;
  /** Of all links. */
  let heldBytes = 0;

  function add(id: string, connection: Connection): void {
    links.set(id, { connection, parser: new FrameParser(), heldBytes: 0 });
  }

  function forget(id: string, link: Link): void {
    links.delete(id);
    heldBytes -= link.heldBytes;
  }

  function listen(effect: WireEffect & { type: 'wire.listen' }, from: string): void {
    const { listener, mode } = effect;
    const options = effect.gid === undefined ? { mode } : { mode, gid: effect.gid };
    const outcome = world.unix.listen(effect.path, options, (connection) => {
      acceptedCount += 1;
      const id = `accepted-${acceptedCount}`;
      add(id, connection);
      const { peer } = connection;
      const gid = listeners.get(listener)?.gid;
      const isMember = gid !== undefined && world.users.isMember(peer.uid, peer.gid, gid);
      deliver(from, { type: 'wire.accepted', listener, connection: id, peer, isMember });
    });
    if (!outcome.ok) {
      deliver(from, { type: 'wire.listenFailed', listener, error: outcome.error });
      return;
    }
    listeners.set(listener, { socket: outcome.value, gid: effect.gid });
    deliver(from, { type: 'wire.listening', listener });
  }

  /** Nobody gets in meanwhile who is in neither group. */
  function regroup({ listener, path, mode, gid }: WireEffect & { type: 'wire.regroup' }): void {
    const listening = listeners.get(listener);
    if (listening === undefined) return;
    listening.gid = gid;
    const { files, identity } = world;
    const changes = [
      files.setMode(path, mode & 0o700),
      files.setOwner(path, identity.uid, gid ?? identity.gid),
      files.setMode(path, mode),
    ];
    for (const change of changes) {
      if (change.ok) continue;
      const { code, call, subject } = change.error;
      world.log('error', 'Cannot give a socket to another group', { code, call, path: subject });
      return;
    }
  }

  function open(effect: WireEffect & { type: 'wire.open' }, from: string): void {
    const { connection } = effect;
    world.unix.connect(effect.path, { background }, (outcome) => {
      if (!outcome.ok) {
        deliver(from, { type: 'wire.openFailed', connection, error: outcome.error });
        return;
      }
      add(connection, outcome.value);
      deliver(from, { type: 'wire.opened', connection, peer: outcome.value.peer });
    });
  }

  function adopt(id: string, protocol: ProtocolName, owner: string): void {
    const link = links.get(id);
    if (link === undefined || link.owner !== undefined) return;
    link.owner = owner;
    link.connection.start({
      onData(bytes) {
        if (link.closed !== undefined) return;
        const { bodies, trouble } = link.parser.push(bytes);
        for (const body of bodies) {
          if (!receive(id, link, protocol, body)) return;
        }
        if (trouble === undefined) weigh(link);
        else cutOff(link, 'invalid', trouble);
      },
      onClose(reason) {
        forget(id, link);
        const closed = link.closed ?? {
          cause: reason === 'refused' ? 'reset' : reason,
          reason: reason === 'local' ? 'closed on this side' : 'the peer closed the connection',
        };
        deliver(owner, { type: 'wire.closed', connection: id, ...closed });
      },
    });
  }

  function receive(id: string, link: Link, protocol: ProtocolName, body: Uint8Array): boolean {
    const message = decodeBody<unknown>(body, PROTOCOLS[protocol]);
    if (!message.ok) {
      cutOff(link, 'invalid', message.error);
      return false;
    }
    if (link.owner !== undefined) {
      deliver(link.owner, { type: 'wire.message', connection: id, message: message.value });
    }
    return link.closed === undefined;
  }

  function cutOff(link: Link, cause: 'invalid' | 'overflow', reason: string): void {
    const { pid, uid, gid } = link.connection.peer;
    world.log('warn', 'Cut off a peer', { cause, reason, pid, uid, gid });
    link.closed = { cause, reason };
    link.connection.drop();
    link.parser = new FrameParser();
    measure(link);
  }

  function measure(link: Link): void {
    const now = link.connection.pendingBytes + link.parser.heldBytes;
    heldBytes += now - link.heldBytes;
    link.heldBytes = now;
  }

  /** Sees to it that all links together stay within their bound. */
  function weigh(link: Link): void {
    measure(link);
    if (heldBytes <= HELD_BYTES_MAX) return;
    for (const other of links.values()) measure(other);
    while (heldBytes > HELD_BYTES_MAX) {
      const [first = link, ...others] = links.values();
      const greatest = others.reduce((a, b) => (b.heldBytes > a.heldBytes ? b : a), first);
      cutOff(greatest, 'overflow', `all peers together hold more than ${HELD_BYTES_MAX} bytes`);
    }
  }

  function send(effect: WireEffect & { type: 'wire.send' }): void {
    const link = links.get(effect.connection);
    if (link === undefined || link.closed !== undefined) return;
    const frame = encodeFrame(effect.message);
    if (!frame.ok) {
      cutOff(link, 'overflow', frame.error);
      return;
    }
    link.connection.send(frame.value);
    if (link.connection.pendingBytes > SEND_QUEUE_BYTES_MAX) {
      cutOff(
        link,
        'overflow',
        `more than ${SEND_QUEUE_BYTES_MAX} bytes wait for a peer that does not read`,
      );
    } else weigh(link);
  }

  function give(effect: WireEffect & { type: 'wire.give' }, from: string): void {
    const { connection } = effect;
    const given = world.unix.give(effect.path, effect.toUid, { background });
    if (!given.ok) {
      deliver(from, { type: 'wire.giveFailed', connection, error: given.error });
      return;
    }
    add(connection, given.value.own);
    deliver(from, { type: 'wire.given', connection, token: given.value.token });
  }

  function take(effect: WireEffect & { type: 'wire.take' }, from: string): void {
    const { connection } = effect;
    const listener = listeners.get(effect.listener)?.socket;
    if (listener === undefined) return;
    const taken = listener.take(effect.token, effect.from);
    if (!taken.ok) {
      deliver(from, { type: 'wire.takeFailed', connection, error: taken.error });
      return;
    }
    add(connection, taken.value);
    const started = world.processes.startedAt(effect.from.pid);
    const startedAt = started.ok ? started.value : 0;
    deliver(from, { type: 'wire.taken', connection, startedAt });
  }

  function close(id: string): void {
    const link = links.get(id);
    if (link === undefined) return;
    link.closed ??= { cause: 'local', reason: 'closed on this side' };
    // A connection that nobody adopted reports nothing; it is forgotten at once.
    if (link.owner === undefined) forget(id, link);
    link.connection.close();
  }

  return (effect, from) => {
    switch (effect.type) {
      case 'wire.listen':
        return listen(effect, from);
      case 'wire.regroup':
        return regroup(effect);
      case 'wire.unlisten':
        listeners.get(effect.listener)?.socket.close();
        listeners.delete(effect.listener);
        return;
      case 'wire.open':
        return open(effect, from);
      case 'wire.adopt':
        return adopt(effect.connection, effect.protocol, from);
      case 'wire.give':
        return give(effect, from);
      case 'wire.take':
        return take(effect, from);
      case 'wire.send':
        return send(effect);
      case 'wire.close':
        return close(effect.connection);
    }
  };
}
