/**
 * Relays and what is streamed to them: a relay has every byte that it acknowledged, in order; in the end each
 * event that a sender emitted is at its relay or counted as lost; relays write only below their outputs, and
 * hold no more than their peers explain.
 */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { World } from '../../src/port/world.ts';
import { BYTES_IN_FLIGHT_MAX } from '../../src/recorder/relay-sink.ts';
import { REPLY_BYTES_MAX } from '../../src/relay/limits.ts';
import { RELAY_PORTS } from '../input/relay.ts';
import type { RelayLinkAccount, SenderAccount } from '../ledger/relay-accounts.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import {
  joined,
  NOTHING,
  readTraces,
  type StreamContent,
  type TraceContent,
} from '../ledger/trace-content.ts';
import type { ViewAccount } from '../ledger/view-accounts.ts';
import { whoOn } from '../ledger/who.ts';
import type { TcpEnd } from '../machine/net/tcp-end.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import { isPrefix, type RelayedHost, RelayFiles } from './relay-files.ts';
import { isRelay, VANISHED_MS_MAX } from './relay-links.ts';
import { checkGivenBack, checkMemory, isKept, takenIn } from './relay-memory.ts';
import { checkRelayPeers } from './relay-peers.ts';
import { checkSender } from './relayed.ts';
import { checkView } from './views.ts';

const bounds = finder('bounds');
const conduct = finder('conduct');
const conservation = finder('conservation');
const isolation = finder('isolation');
const liveness = finder('liveness');
const readability = finder('readability');

/** Descriptors of a relay without peers: those of the runtime, its listeners, its socket for datagrams, its output. */
const DESCRIPTORS_BY_ITSELF = 25;
/** Timers, listeners and the like of a relay without peers. */
const HELD_BY_ITSELF = 16;
/** For each connection: itself, timers, and a half of the files and directories of its session's streams. */
const HELD_FOR_EACH = 8;
/** Control and data. */
const CONNECTIONS_OF_A_SESSION = 2;
/** A single packet may go beyond the window. */
const PACKET_BYTES_MAX = 1024 * 1024;

export class RelayWatch {
  readonly #hosts: readonly RelayedHost[];
  readonly #isCalm: boolean;
  readonly #isBlackedOut: boolean;
  readonly #files: ReadonlyMap<string, RelayFiles>;
  /** Root's view of each host with a relay. */
  readonly #readers = new Map<string, Pick<World, 'files'>>();
  #contents: ReadonlyMap<string, TraceContent> | undefined;

  /** `isCalm`: neither the network nor a host has faults. `isBlackedOut`: for a while no datagram arrives. */
  constructor(
    hosts: readonly RelayedHost[],
    { isCalm, isBlackedOut }: { readonly isCalm: boolean; readonly isBlackedOut: boolean },
  ) {
    this.#hosts = hosts;
    this.#isCalm = isCalm;
    this.#isBlackedOut = isBlackedOut;
    this.#files = new Map(
      hosts.map(({ name, simulation, ledger }) => [name, new RelayFiles(simulation, ledger)]),
    );
  }

  get hosts(): readonly RelayedHost[] {
    return this.#hosts;
  }

  get senders(): readonly SenderAccount[] {
    return this.#hosts.flatMap(({ ledger }) => ledger.senders);
  }

  get views(): readonly ViewAccount[] {
    return this.#hosts.flatMap(({ ledger }) => ledger.views);
  }

  /** What was streamed to the relays of all hosts; only after the run. */
  get streams(): readonly StreamContent[] {
    return [...this.#read().values()].flatMap(({ streams }) => streams);
  }

  /** Violations at this moment. */
  look(): Finding[] {
    return [
      ...this.senders.flatMap((sender) =>
        sender.links.flatMap((link) => this.checkStored(sender, link)),
      ),
      ...this.#hosts.flatMap((host) => [
        ...this.#checkPlaces(host),
        ...this.#checkHeld(host),
        ...checkMemory(host),
      ]),
    ];
  }

  /** After the run. */
  judge(): Finding[] {
    const contents = this.#read();
    return [
      ...this.look(),
      ...this.#checkReadable(contents),
      ...this.#checkForeign(contents),
      ...this.#checkUndisturbed(),
      ...(this.#isCalm ? this.#hosts.flatMap(checkGivenBack) : []),
      ...checkRelayPeers(this.#hosts),
      ...this.senders.flatMap((sender) => {
        const { streams = [] } = contents.get(sender.relay) ?? {};
        return checkSender(
          sender,
          streams.filter(({ session }) => session === sender.sessionUuid),
        );
      }),
      ...this.views.flatMap((view) =>
        checkView(view, contents.get(view.settings.relay)?.streams ?? [], {
          isCalm: this.#isCalm,
          isKept: isKept(this.#hosts, view),
          threads: this.#hosts.flatMap(({ ledger }) => ledger.threads),
        }),
      ),
      ...this.senders
        .filter(({ doneAt }) => doneAt === undefined)
        .map(({ who, relay }) => liveness(`${who} never got all of its events to ${relay}`)),
    ];
  }

  /** What a relay acknowledged can be read; what was on its way when a link ended may be incomplete. */
  #checkReadable(contents: ReadonlyMap<string, TraceContent>): Finding[] {
    const incomplete = this.senders.flatMap(({ relay, links }) =>
      links.flatMap(({ streams }) =>
        streams.flatMap((stream) => {
          if (stream.stored === stream.sent.length) return [];
          const path = this.#files.get(relay)?.of(stream)?.path;
          return path === undefined ? [] : [whoOn(relay, path)];
        }),
      ),
    );
    return [...contents].flatMap(([host, { problems }]) =>
      problems
        .map((text) => whoOn(host, text))
        .filter((text) => !incomplete.some((path) => text.startsWith(`${path}: `)))
        .filter((text) => this.#isCalm || !this.#isOfConsumer(text))
        .map((text) => readability(text)),
    );
  }

  /** A broken link of a consumer may have left an incomplete packet; `conservation.ts` knows what must be there. */
  #isOfConsumer(problem: string): boolean {
    const known = this.senders.flatMap(({ links }) => links.flatMap(({ streams }) => streams));
    const isSent = known.some((stream) =>
      [...this.#files.values()].some((files) => {
        const path = files.of(stream)?.path;
        return path !== undefined && problem.includes(`${path}: `);
      }),
    );
    return !isSent;
  }

  /** Without faults no peer loses its relay, whatever others do to that, and none is cut off that is not hostile. */
  #checkUndisturbed(): Finding[] {
    if (!this.#isCalm) return [];
    const hostile = new Set(
      this.#hosts.flatMap(({ ledger }) => ledger.adversaries.flatMap(({ ports }) => ports)),
    );
    const cutOff = this.#hosts.flatMap(({ name, simulation }) =>
      simulation.log
        .filter(
          ({ event, program, fields }) =>
            event === 'peer.cutOff' &&
            program === 'lttng-relayd' &&
            !hostile.has(Number(fields['port'])),
        )
        .map(({ fields }) =>
          conduct(`the relay of ${name} cut off ${fields['peer']}: it ${fields['reason']}`),
        ),
    );
    const givenUp = this.#hosts
      .filter(({ simulation }) => !this.#isBlackedOut && hasGivenUp(simulation))
      .map(({ name }) => conservation(`${name} gave packets up, although datagrams got through`));
    return [
      ...cutOff,
      ...givenUp,
      ...this.senders
        .filter(({ relay, links }) => links.length > 1 && !this.#lies(relay))
        .map(({ who, relay }) => conduct(`${who} lost ${relay}, although nothing had failed`)),
    ];
  }

  /** Sessions that may wait for packets which never come: of hostile peers, and of links that a fault broke. */
  #waitingAt(relay: string): number {
    const liars = this.#hosts
      .flatMap(({ ledger }) => ledger.adversaries)
      .filter(({ attack }) => attack.kind === 'lying-sender' && attack.relay === relay);
    const own = this.senders.filter((sender) => sender.relay === relay);
    const broken = this.#isCalm ? 0 : own.reduce((sum, { links }) => sum + links.length, 0);
    // A consumer that changes its output may leave a stream before it knows the relay's name for it, and one whose link
    // broke left its streams.
    const leaving = this.#isCalm
      ? ['consumer.disable']
      : ['consumer.disable', 'consumer.enable', 'session.create'];
    const left = this.#hosts
      .flatMap(({ ledger }) => ledger.commands.flatMap(({ steps }) => steps))
      .filter(({ operation }) => operation !== undefined && leaving.includes(operation.op));
    return liars.length + broken + left.length;
  }

  /** Whether something else than our relay listens on this host. */
  #lies(relay: string): boolean {
    const host = this.#hosts.find(({ name }) => name === relay);
    return host?.ledger.adversaries.some(({ attack }) => attack.kind === 'lying-relay') === true;
  }

  /** What the relays of all hosts have at this moment. */
  relayed(): TraceContent {
    return joined(this.#hosts.map((host) => this.#contentAt(host)));
  }

  #read(): ReadonlyMap<string, TraceContent> {
    this.#contents ??= new Map(this.#hosts.map((host) => [host.name, this.#contentAt(host)]));
    return this.#contents;
  }

  #contentAt({ name, simulation, ledger }: RelayedHost): TraceContent {
    const outputs = new Set(ledger.relays.map(({ output }) => output));
    if (outputs.size === 0) return NOTHING;
    const { files } = this.#readers.get(name) ?? simulation.login('root').world;
    this.#readers.set(name, { files });
    return joined([...[...outputs].map((output) => readTraces(files, output)), takenIn(ledger)]);
  }

  /** The file of each stream begins with what was acknowledged, and has nothing else than what was sent. */
  checkStored({ who, relay }: SenderAccount, link: RelayLinkAccount): Finding[] {
    return link.streams.flatMap((stream) => {
      const file = this.#files.get(relay)?.of(stream);
      const acknowledged = byteLengthOf(stream.sent.slice(0, stream.stored));
      if (file === undefined) {
        if (acknowledged === 0) return [];
        return [conservation(`${relay} has no file with what it acknowledged to ${who}`)];
      }
      const { path, bytes } = file;
      if (!isPrefix(bytes, stream.sent)) {
        return [conservation(`${relay}:${path} has other bytes than ${who} sent`)];
      }
      if (bytes.byteLength >= acknowledged) return [];
      const text = `has ${bytes.byteLength} of ${acknowledged} bytes that it acknowledged to ${who}`;
      return [conservation(`${relay}:${path} ${text}`)];
    });
  }

  /** A relay writes below its output alone. */
  #checkPlaces({ name, ledger }: RelayedHost): Finding[] {
    if (ledger.relays.length === 0) return [];
    const outside = this.#files.get(name)?.outside() ?? [];
    return outside.map((path) =>
      isolation(`a relay wrote ${name}:${path}, which is not below its output`),
    );
  }

  /** A relay has streams of sessions alone that were sent to it. */
  #checkForeign(contents: ReadonlyMap<string, TraceContent>): Finding[] {
    const sessions = this.#hosts.flatMap(({ ledger }) => sessionsIn(ledger));
    const relayed = sessions.filter(({ isRelayed }) => isRelayed).map(({ uuid }) => uuid);
    return [...contents].flatMap(([host, { streams }]) => {
      const sent = this.senders.filter(({ relay }) => relay === host);
      const known = new Set([...sent.map(({ sessionUuid }) => sessionUuid), ...relayed]);
      // A link that broke between the first packet of a trace and its metadata leaves a packet that names no session.
      const isBroken =
        sent.some(({ links }) => links.some((link) => link.endedAt !== undefined)) ||
        this.#hosts.some(hasConsumerLostRelay);
      return streams
        .filter(({ session }) => (session === undefined ? !isBroken : !known.has(session)))
        .map(({ file }) => isolation(`${host}:${file} is a stream that was not sent there`));
    });
  }

  /** Links whose way may have broken lately: their relay learns of it late, and then waits for packets. */
  #settling(relay: string, now: number): number {
    const links = this.senders
      .filter((sender) => sender.relay === relay && sender.way.length > 0)
      .flatMap((sender) => sender.links);
    return links.filter(
      ({ endedAt }) => endedAt !== undefined && now - endedAt < VANISHED_MS_MAX * NS_PER_MS,
    ).length;
  }

  #checkHeld({ name, simulation }: RelayedHost): Finding[] {
    const ofRelays = simulation
      .processes()
      .filter(isRelay)
      .flatMap((process) => {
        const connected = linksIn(simulation.heldTcpEnds(process));
        const waiting = this.#waitingAt(name) + this.#settling(name, simulation.now);
        const own = connected + CONNECTIONS_OF_A_SESSION * waiting;
        const heldMax = HELD_BY_ITSELF + HELD_FOR_EACH * own;
        const { label, descriptors, resources, pendingBytesPeak } = process;
        const who = whoOn(name, label);
        return [
          ...over(
            `descriptors of ${who}`,
            descriptors,
            DESCRIPTORS_BY_ITSELF + HELD_FOR_EACH * own,
          ),
          ...over(`resources of ${who}`, resources.size, heldMax),
          ...over(`bytes for one peer of ${who}`, pendingBytesPeak, REPLY_BYTES_MAX),
        ];
      });
    const queueMax = BYTES_IN_FLIGHT_MAX + PACKET_BYTES_MAX;
    const ofSenders = simulation
      .processes()
      .filter(isSender)
      .flatMap((process) => {
        const { label, pendingBytesPeak } = process;
        return over(`bytes for the relay of ${whoOn(name, label)}`, pendingBytesPeak, queueMax);
      });
    return [...ofRelays, ...ofSenders];
  }
}

/** The connections of a relay; where packets come as datagrams, the data connections that are not there count, too. */
function linksIn(ends: readonly TcpEnd[]): number {
  const at = (port: number): number => ends.filter(({ local }) => local.port === port).length;
  return ends.length + Math.max(0, at(RELAY_PORTS.control) - at(RELAY_PORTS.data));
}

function hasGivenUp({ log }: Simulation): boolean {
  return log.some(({ event }) => event === 'trace.packetsGivenUp');
}

/** A consumer lost its link, or was killed while it may have had one. */
function hasConsumerLostRelay({ simulation }: RelayedHost): boolean {
  return (
    simulation.log.some(({ event }) => event === 'trace.relayLost') ||
    simulation
      .processes()
      .some(({ program, exit }) => program === 'ust-consumerd' && exit?.signal !== undefined)
  );
}

function isSender({ program, isAlive }: SimProcess): boolean {
  return (program === 'sender' || program === 'ust-consumerd') && isAlive;
}

function over(what: string, count: number, most: number): Finding[] {
  return count <= most ? [] : [bounds(`${count} ${what}, more than ${most}`)];
}

function byteLengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
