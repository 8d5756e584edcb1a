/**
 * Handler of `wire.*`: converts effects to calls of sockets, and what the sockets report to events. `connections/`
 * handles the messages: each connection is a link, and all links share one count of held bytes.
 */

import type { Credentials } from '../port/identity.ts';
import type { Connection, UnixListener } from '../port/unix-sockets.ts';
import type { World } from '../port/world.ts';
import { PROTOCOLS, type ProtocolName, type Protocols } from '../wire/protocols.ts';
import { HeldBytes } from './connections/held-bytes.ts';
import { Link } from './connections/link.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { WireEffect } from './contract/wire.ts';

/** `background`: connections that we open do not keep the process alive. `protocols`: the protocols by name. */
export function createWireHandler(
  world: World,
  deliver: Deliver,
  background: boolean,
  protocols: Protocols = PROTOCOLS,
): EffectHandler<WireEffect> {
  const handler = new WireHandler(world, deliver, background, protocols);
  return (effect, from) => handler.perform(effect, from);
}

type Of<Type extends WireEffect['type']> = Extract<WireEffect, { type: Type }>;

interface Listening {
  readonly socket: UnixListener;
  /** The group for `isMember` of `wire.accepted`. */
  gid: number | undefined;
}

class WireHandler {
  readonly #world: World;
  readonly #deliver: Deliver;
  readonly #background: boolean;
  readonly #protocols: Protocols;
  readonly #held = new HeldBytes();
  readonly #links = new Map<string, Link>();
  readonly #listeners = new Map<string, Listening>();
  #acceptedCount = 0;

  constructor(world: World, deliver: Deliver, background: boolean, protocols: Protocols) {
    this.#world = world;
    this.#deliver = deliver;
    this.#background = background;
    this.#protocols = protocols;
  }

  perform(effect: WireEffect, from: string): void {
    switch (effect.type) {
      case 'wire.listen':
        return this.#listen(effect, from);
      case 'wire.regroup':
        return this.#regroup(effect);
      case 'wire.unlisten':
        this.#listeners.get(effect.listener)?.socket.close();
        this.#listeners.delete(effect.listener);
        return;
      case 'wire.open':
        return this.#open(effect, from);
      case 'wire.identify':
        return this.#identify(effect.connection, from);
      case 'wire.adopt':
        return this.#adopt(effect.connection, from);
      case 'wire.passSocket':
        return this.#give(effect, from);
      case 'wire.claimSocket':
        return this.#take(effect, from);
      case 'wire.send':
        return this.#links.get(effect.connection)?.send(effect.message);
      case 'wire.close':
        return this.#close(effect.connection);
    }
  }

  #add(id: string, connection: Connection, protocol: ProtocolName): void {
    this.#links.set(id, new Link(this.#world, connection, this.#protocols[protocol], this.#held));
  }

  #listen(effect: Of<'wire.listen'>, from: string): void {
    const { listener, mode, gid } = effect;
    const options = gid === undefined ? { mode } : { mode, gid };
    const outcome = this.#world.unix.listen(effect.path, options, (connection) => {
      const identified = connection.peer();
      if (!identified.ok) {
        const { code } = identified.error;
        this.#world.log('socket.acceptFailed', { path: effect.path, reason: code });
        connection.drop();
        return;
      }
      const peer = identified.value;
      this.#acceptedCount += 1;
      const id = `accepted-${this.#acceptedCount}`;
      this.#add(id, connection, effect.protocol);
      const isMember = this.#isMember(peer, this.#listeners.get(listener)?.gid);
      this.#deliver(from, { type: 'wire.accepted', listener, connection: id, peer, isMember });
    });
    if (!outcome.ok) {
      this.#deliver(from, { type: 'wire.listenFailed', listener, error: outcome.error });
      return;
    }
    this.#listeners.set(listener, { socket: outcome.value, gid });
    this.#deliver(from, { type: 'wire.listening', listener });
  }

  #isMember(peer: Credentials, gid: number | undefined): boolean {
    return gid !== undefined && this.#world.users.isMember(peer.uid, peer.gid, gid);
  }

  /** Sets the owner's bits of the mode first, so that at no moment a user of neither group can connect. */
  #regroup({ listener, path, mode, gid }: Of<'wire.regroup'>): void {
    const listening = this.#listeners.get(listener);
    if (listening === undefined) return;
    listening.gid = gid;
    const { files, identity } = this.#world;
    const changes = [
      files.setMode(path, mode & 0o700),
      files.setOwner(path, identity.uid, gid ?? identity.gid),
      files.setMode(path, mode),
    ];
    for (const change of changes) {
      if (change.ok) continue;
      const { code, call, subject } = change.error;
      const fields = { code, call, path: subject };
      this.#world.log('socket.groupNotSet', fields);
      return;
    }
  }

  #open({ connection, path, protocol, identify }: Of<'wire.open'>, from: string): void {
    this.#world.unix.connect(path, { background: this.#background }, (outcome) => {
      if (!outcome.ok) {
        this.#deliver(from, { type: 'wire.openFailed', connection, error: outcome.error });
        return;
      }
      const peer = identify ? outcome.value.peer() : undefined;
      if (peer?.ok === false) {
        outcome.value.drop();
        this.#deliver(from, { type: 'wire.openFailed', connection, error: peer.error });
        return;
      }
      this.#add(connection, outcome.value, protocol);
      const named = peer === undefined ? {} : { peer: peer.value };
      this.#deliver(from, { type: 'wire.opened', connection, ...named });
    });
  }

  #identify(connection: string, from: string): void {
    const peer = this.#links.get(connection)?.peer();
    // Without a link `wire.closed` is on its way.
    if (peer === undefined) return;
    this.#deliver(
      from,
      peer.ok
        ? { type: 'wire.identified', connection, peer: peer.value }
        : { type: 'wire.identifyFailed', connection, error: peer.error },
    );
  }

  #adopt(id: string, owner: string): void {
    const link = this.#links.get(id);
    if (link === undefined || link.isAdopted) return;
    link.adopt({
      onMessage: (message) =>
        this.#deliver(owner, { type: 'wire.message', connection: id, message }),
      onClosed: (end) => {
        this.#links.delete(id);
        this.#deliver(owner, { type: 'wire.closed', connection: id, ...end });
      },
    });
  }

  #give({ connection, path, protocol }: Of<'wire.passSocket'>, from: string): void {
    const given = this.#world.unix.passSocket(path, { background: this.#background });
    if (!given.ok) {
      this.#deliver(from, { type: 'wire.passSocketFailed', connection, error: given.error });
      return;
    }
    this.#add(connection, given.value.own, protocol);
    this.#deliver(from, { type: 'wire.socketPassed', connection, token: given.value.token });
  }

  #take(effect: Of<'wire.claimSocket'>, from: string): void {
    const { connection, protocol } = effect;
    const listener = this.#listeners.get(effect.listener)?.socket;
    if (listener === undefined) return;
    const taken = listener.claimSocket(effect.token, effect.from);
    if (!taken.ok) {
      this.#deliver(from, { type: 'wire.claimSocketFailed', connection, error: taken.error });
      return;
    }
    this.#add(connection, taken.value, protocol);
    const started = this.#world.processes.startedAt(effect.from.pid);
    const startedAt = started.ok ? started.value : 0;
    this.#deliver(from, { type: 'wire.socketClaimed', connection, startedAt });
  }

  #close(id: string): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    // A link that was never adopted reports no end, so it must be removed here.
    if (!link.isAdopted) this.#links.delete(id);
    link.close();
  }
}
