/** Handler of `relay.*`: listeners, connections by id, and the store that all of them share. */

import type {
  Pending,
  TcpAddress,
  TcpConnection,
  TcpListener,
  UdpSocket,
} from '../port/network.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { Announcement } from '../relay/announcement.ts';
import { isOfSession } from '../relay/answer.ts';
import { Forwarding } from '../relay/forwarding.ts';
import type { LiveRoom } from '../relay/live-memory.ts';
import { RelayStore } from '../relay/store.ts';
import type { ForwardPattern } from '../wire/relay/forward-pattern.ts';
import { DroppedDatagrams } from './connections/dropped-datagrams.ts';
import { Forwarder } from './connections/forwarder.ts';
import { HeldBytes } from './connections/held-bytes.ts';
import { ControlLink, DataLink } from './connections/relay-links.ts';
import { ViewerLink } from './connections/viewer-link.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { RelayEffect, RelayListener } from './contract/relay.ts';

/** `forwardTo`: see `Forwarding`. `liveMemory`: where live sessions are; absent: on the disk. */
export function createRelayHandler(
  world: World,
  deliver: Deliver,
  forwardTo: readonly ForwardPattern[],
  liveMemory: LiveRoom | undefined,
): EffectHandler<RelayEffect> {
  const handler = new RelayHandler(world, deliver, forwardTo, liveMemory);
  return (effect, from) => handler.perform(effect, from);
}

type Of<Type extends RelayEffect['type']> = Extract<RelayEffect, { type: Type }>;

const LINKS = { control: ControlLink, data: DataLink, live: ViewerLink };

class RelayHandler {
  readonly #world: World;
  readonly #deliver: Deliver;
  readonly #forwarder: Forwarder;
  readonly #held = new HeldBytes();
  readonly #links = new Map<string, ControlLink | DataLink | ViewerLink>();
  readonly #listeners: { close(): void }[] = [];
  readonly #pending = new Set<Pending>();
  readonly #announcement: Announcement;
  readonly #liveMemory: LiveRoom | undefined;
  #store: RelayStore | undefined;
  #acceptedCount = 0;

  constructor(
    world: World,
    deliver: Deliver,
    forwardTo: readonly ForwardPattern[],
    liveMemory: LiveRoom | undefined,
  ) {
    this.#world = world;
    this.#liveMemory = liveMemory;
    this.#deliver = deliver;
    this.#forwarder = new Forwarder(world, new Forwarding(world.random.uuid('relay'), forwardTo));
    this.#announcement = new Announcement(world);
  }

  perform(effect: RelayEffect, from: string): void {
    switch (effect.type) {
      case 'relay.openStore':
        return this.#openStore(effect, from);
      case 'relay.listen':
        return this.#listen(effect, from);
      case 'relay.announce':
        return this.#announce(effect, from);
      case 'relay.withdraw':
        return this.#announcement.withdraw();
      case 'relay.unlisten':
        return this.#unlisten();
      case 'relay.adopt':
        return this.#adopt(effect.connection, from);
      case 'relay.close':
        return this.#close(effect.connection);
      case 'relay.agree':
        return this.#agree(effect);
      case 'relay.serve':
        return this.#control(effect.connection)?.serve();
      case 'relay.answer':
        return this.#answer(effect);
      case 'relay.answerViewer':
        return this.#answerViewer(effect);
      case 'relay.forward':
        return this.#forward(effect, from);
      case 'relay.abandon':
        return this.#control(effect.connection)?.abandon();
    }
  }

  #agree({ connection, minor }: Of<'relay.agree'>): void {
    const link = this.#links.get(connection);
    if (link instanceof ControlLink || link instanceof ViewerLink) link.agree(minor);
  }

  #answer({ connection, request }: Of<'relay.answer'>): void {
    const link = this.#control(connection);
    if (link === undefined) return;
    if (isOfSession(request)) link.answer(request);
    else if (request.type === 'arrive') this.#forwarder.arrive(link, request);
  }

  #forward({ connection, request }: Of<'relay.forward'>, from: string): void {
    const link = this.#links.get(connection);
    if (link === undefined) return;
    this.#forwarder.forward(link, request, (isForwarded) =>
      this.#deliver(from, {
        type: isForwarded ? 'relay.forwarded' : 'relay.forwardFailed',
        connection,
      }),
    );
  }

  #answerViewer({ connection, request }: Of<'relay.answerViewer'>): void {
    const link = this.#links.get(connection);
    if (link instanceof ViewerLink && request.type !== 'connect') link.answer(request);
  }

  #control(connection: string): ControlLink | undefined {
    const link = this.#links.get(connection);
    return link instanceof ControlLink ? link : undefined;
  }

  #openStore(effect: Of<'relay.openStore'>, from: string): void {
    const opened = RelayStore.open(this.#world, { ...effect, liveMemory: this.#liveMemory });
    if (opened.ok) this.#store = opened.value;
    this.#deliver(
      from,
      opened.ok
        ? { type: 'relay.storeOpened' }
        : { type: 'relay.storeFailed', error: opened.error },
    );
  }

  #announce(effect: Of<'relay.announce'>, from: string): void {
    const written = this.#announcement.write(effect, effect.addresses);
    this.#deliver(
      from,
      written.ok
        ? { type: 'relay.announced' }
        : { type: 'relay.announceFailed', error: written.error },
    );
  }

  /**
   * A name may stand for several addresses: the first one counts. Where data connections are accepted, datagrams are
   * too (R3.10).
   */
  #listen({ listener, address }: Of<'relay.listen'>, from: string): void {
    const { network } = this.#world;
    const refused = (error: OsError): void =>
      this.#deliver(from, { type: 'relay.listenFailed', listener, error });
    const begun = (at: TcpAddress): void =>
      this.#deliver(from, { type: 'relay.listening', listener, address: at });
    const accept = (connection: TcpConnection): void => this.#accept(listener, connection, from);
    this.#await<readonly string[]>(
      (onOutcome) => network.resolve(address.host, onOutcome),
      ([host = address.host]) =>
        this.#await<TcpListener>(
          (onOutcome) => network.listen({ host, port: address.port }, accept, onOutcome),
          (socket) => {
            this.#listeners.push(socket);
            if (listener === 'data')
              this.#receive(socket.address, () => begun(socket.address), refused);
            else begun(socket.address);
          },
          refused,
        ),
      refused,
    );
  }

  #receive(address: TcpAddress, onDone: () => void, onFailed: (error: OsError) => void): void {
    const dropped = new DroppedDatagrams(this.#world);
    const onDatagram = (bytes: Uint8Array, sender: TcpAddress): void => {
      const reason = this.#store?.datagrams.receive(bytes);
      if (reason !== undefined) dropped.note(reason, sender);
    };
    // Nothing is sent from the socket, so there is no error to report.
    const listener = { onDatagram, onError: () => undefined };
    this.#await<UdpSocket>(
      (onOutcome) => this.#world.network.bindUdp(address, listener, onOutcome),
      (socket) => {
        this.#listeners.push(socket);
        if (this.#store !== undefined) this.#store.datagrams.isOpen = true;
        onDone();
      },
      onFailed,
    );
  }

  /** Begins something, and remembers it until its outcome. */
  #await<T>(
    begin: (onOutcome: (outcome: OsResult<T>) => void) => Pending,
    onDone: (value: T) => void,
    onFailed: (error: OsError) => void,
  ): void {
    const pending = begin((outcome) => {
      this.#pending.delete(pending);
      if (outcome.ok) onDone(outcome.value);
      else onFailed(outcome.error);
    });
    this.#pending.add(pending);
  }

  #accept(listener: RelayListener, connection: TcpConnection, from: string): void {
    const store = this.#store;
    if (store === undefined) {
      connection.drop();
      return;
    }
    this.#acceptedCount += 1;
    const id = `${listener}-${this.#acceptedCount}`;
    const Link = LINKS[listener];
    this.#links.set(id, new Link(this.#world, connection, store, this.#held));
    const { remote: peer } = connection;
    this.#deliver(from, { type: 'relay.accepted', listener, connection: id, peer });
  }

  #unlisten(): void {
    for (const pending of this.#pending) pending.cancel();
    this.#pending.clear();
    for (const listener of this.#listeners.splice(0)) listener.close();
  }

  #adopt(connection: string, owner: string): void {
    const link = this.#links.get(connection);
    if (link === undefined || link.isAdopted) return;
    link.adopt({
      onRequest: (request) => this.#deliver(owner, { type: 'relay.request', connection, request }),
      onViewerRequest: (request) =>
        this.#deliver(owner, { type: 'relay.viewerRequest', connection, request }),
      onClosed: (end) => {
        if (!(link instanceof ControlLink)) this.#links.delete(connection);
        this.#deliver(owner, { type: 'relay.closed', connection, ...end });
      },
      onSettled: () => {
        this.#links.delete(connection);
        this.#deliver(owner, { type: 'relay.settled', connection });
      },
    });
  }

  #close(connection: string): void {
    const link = this.#links.get(connection);
    if (link === undefined) return;
    if (link.isAdopted) link.close();
    else {
      this.#links.delete(connection);
      link.refuse();
    }
  }
}
