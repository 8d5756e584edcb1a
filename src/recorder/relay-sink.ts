/**
 * Sends packets to a relay daemon (LTTng's relay protocol, R3.5): a session of the relay for each link, and in it a
 * trace for each traced process, or user whose processes share buffers, or the kernel. The relay stores packets later:
 * the sink asks it (DATA_PENDING) which packets it has.
 *
 * The protocol cannot continue a stream: what another link began stays as it is, and the streams begin again in another
 * session of the relay with what the relay did not acknowledge. The key of an output is the time of the link's session.
 */
import { fail, ok } from '../base/result.ts';
import { NS_PER_MS_BIGINT, NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { PACKET_HEADER_BYTES } from '../ctf/packet.ts';
import type { OsError } from '../port/os-error.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { type LinkOutcome, OUTPUT_REASON_CHARACTERS_MAX } from '../wire/control/outcomes.ts';
import type { RelayWay } from '../wire/relay/forward.ts';
import { hasCommand } from '../wire/relay/requests.ts';
import { lost, type Recorded, strange, written } from './recording-error.ts';
import { type RelayConnections, RelayLink } from './relay-link.ts';
import { RelayOutput } from './relay-output.ts';
import { CHUNK, RelayTrace, type RelayWorld } from './relay-trace.ts';
import { goTo } from './relay-way.ts';
import type { Sink, SinkLink, StoredListener } from './sink.ts';
import { ToldStreams } from './told-streams.ts';
import { isSameOwner, type TraceOwner, type TraceSite, traceDirectory } from './trace-beginning.ts';

/**
 * Bytes and packets that the relay has not acknowledged. A single packet may be longer: its stream's shape bounds it.
 */
export const BYTES_IN_FLIGHT_MAX = 8 * 1024 * 1024;
export const PACKETS_IN_FLIGHT_MAX = 1024;

/** Digits of the link's UUID in the names of its traces' directories. */
const MARK_DIGITS = 8;

/** Longest name of a host that all revisions have room for. */
const HOST_BYTES_MAX = 63;

export interface RelaySite extends TraceSite {
  /** Directory of the session at the relay, instead of one of the session's name; empty: none. */
  readonly basePath: string;
  /**
   * The last second in which an earlier link of this consumer began something: each link has another second, and so
   * another key.
   */
  readonly laterThanSecond?: bigint | undefined;
  /** Absent: the connections lead to the relay itself. */
  readonly way?: RelayWay;
}

const DIRECT: RelayWay = { control: [], data: [] };

export class RelaySink implements Sink, SinkLink {
  /** What earlier links stored is at the relay. */
  readonly isApart = true;
  readonly isLive: boolean;
  readonly #world: RelayWorld;
  readonly #site: RelaySite;
  readonly #link: RelayLink;
  readonly #onReady: () => void;
  /** The relay has the session. */
  #isReady = false;
  readonly #key: bigint;
  /** New for each link: a relay keeps the chunks of one daemon's session together, and this one is another session. */
  readonly #uuid: string;
  #traces: RelayTrace[] = [];
  readonly #outputs = new Set<RelayOutput>();
  readonly #told = new ToldStreams<RelayOutput>();
  /** Outputs for which the window had no room; the sink calls their listeners when it has room again. */
  readonly #waiting = new Set<RelayOutput>();
  /** The latest second in which a trace began, and the directories of the traces that began in it. */
  #second: bigint;
  readonly #paths = new Set<string>();
  #bytesInFlight = 0;
  #packetsInFlight = 0;
  #packetsStored = 0;
  #bytesStored = 0;
  #storedAtMs: number | undefined;

  /**
   * Agrees on a revision with the relay and creates a session there; then calls `onReady`, or `onFailed` at any time
   * when the link ends. No stream can be opened before.
   */
  constructor(
    world: RelayWorld,
    connections: RelayConnections,
    site: RelaySite,
    listener: { readonly onReady: () => void; readonly onFailed: (error: OsError) => void },
  ) {
    this.#world = world;
    this.#site = site;
    this.isLive = site.session.liveTimerUs !== undefined;
    const { laterThanSecond = -1n } = site;
    const earliestNs = (laterThanSecond + 1n) * NS_PER_SECOND_BIGINT;
    const nowNs = world.clock.realtimeNs();
    this.#key = nowNs > earliestNs ? nowNs : earliestNs;
    this.#second = this.#key / NS_PER_SECOND_BIGINT;
    this.#uuid = world.random.uuid('relay-session');
    this.#onReady = listener.onReady;
    this.#link = new RelayLink(world, connections, (error) => {
      for (const output of [...this.#outputs]) output.changed();
      listener.onFailed(error);
    });
    goTo(world, this.#link, site.way ?? DIRECT, (extensions) =>
      this.#link.openPath(extensions.includes('datagrams'), () => this.#createSession()),
    );
  }

  /** The latest second in which the link began something. */
  get latestSecond(): bigint {
    return this.#second;
  }

  keyFor(): bigint {
    return this.#key;
  }

  anotherKeyFor(): bigint {
    return this.#key;
  }

  open(stream: ConsumerStream, key: bigint, onStored: StoredListener): Recorded<RelayOutput> {
    const { failure } = this.#link;
    if (failure !== undefined) return written(fail(failure));
    if (!this.#isReady) return written(fail({ code: 'EAGAIN', call: 'relay', subject: 'session' }));
    if (key !== this.#key) return strange('another connection to a relay began it');
    if (stream.shape.subbufferBytes + PACKET_HEADER_BYTES > this.#link.packetBytesMax)
      return lost(
        `its packets can be longer than the ${this.#link.packetBytesMax} bytes of UDP data`,
      );
    const trace = this.#traceFor(stream);
    trace.join(stream);
    const output = new RelayOutput(this.#world.clock, this.#link, trace, stream, {
      onStored,
      hasRoom: () => this.#hasRoom(output),
      onTaken: (bytes) => this.#take(1, bytes),
      hasNews: () => this.isLive && this.#told.areNewsFor(output),
      onTold: () => this.#told.tellBy(output),
      onReleased: (packets, bytes) => {
        this.#take(-packets, -bytes);
        this.#store(packets, bytes);
        this.#offerRoom();
      },
      onClosed: (packets, bytes) => {
        this.#take(-packets, -bytes);
        this.#leave(output, trace);
      },
    });
    this.#outputs.add(output);
    this.#told.add(output);
    return ok(output);
  }

  get link(): SinkLink {
    return this;
  }

  get outcome(): LinkOutcome {
    const { failure } = this.#link;
    const storedAtMs = this.#storedAtMs;
    return {
      state: failure === undefined ? 'connected' : 'lost',
      ...(failure === undefined ? {} : { reason: reasonOf(failure) }),
      packetsInFlight: this.#packetsInFlight,
      bytesInFlight: this.#bytesInFlight,
      packetsStored: this.#packetsStored,
      bytesStored: this.#bytesStored,
      ...(storedAtMs === undefined ? {} : { storedAtMs }),
    };
  }

  close(): void {
    this.#link.close();
  }

  giveUp(reason: string): void {
    this.#link.fail('ETIMEDOUT', reason);
  }

  #createSession(): void {
    const link = this.#link;
    const createdAtSeconds = this.#key / NS_PER_SECOND_BIGINT;
    const origin = {
      sessiondUuid: this.#uuid,
      sessionId: 1n,
      createdAtSeconds,
      nameHasTime: false,
      basePath: this.#site.basePath,
    };
    const request = {
      name: this.#site.session.name,
      host: hostDirectory(this.#world.identity.hostname),
      liveTimerUs: this.#site.session.liveTimerUs ?? 0,
      isSnapshot: false,
      origin,
    };
    const hasChunks = hasCommand('create-chunk', link.minor);
    link.ask('create-session', request, () => {
      if (!hasChunks) this.#begin();
    });
    if (hasChunks) {
      link.ask('create-chunk', { chunk: CHUNK, createdAtSeconds }, () => this.#begin());
    }
  }

  #begin(): void {
    this.#isReady = true;
    this.#onReady();
  }

  /** Another stream with the number of an earlier one gets another trace, as in files. */
  #traceFor(stream: ConsumerStream): RelayTrace {
    const shared = this.#traces.find(
      ({ owner, taken }) => isSameOwner(owner, stream) && !taken.has(stream),
    );
    if (shared !== undefined) return shared;
    const path = this.#freshPath(stream);
    const trace = new RelayTrace(this.#world, this.#site, this.#link, stream, path);
    this.#traces.push(trace);
    return trace;
  }

  /**
   * No other trace of the session has this directory: its name has a second and, in it, a number. The beginning of the
   * link's UUID tells it from those of other consumers, whose session may have the same directory.
   */
  #freshPath(owner: TraceOwner): string {
    const second = this.#world.clock.realtimeNs() / NS_PER_SECOND_BIGINT;
    if (second > this.#second) {
      this.#second = second;
      this.#paths.clear();
    }
    for (let attempt = 1; ; attempt++) {
      const path = `${traceDirectory(owner, this.#second, attempt)}-${this.#uuid.slice(0, MARK_DIGITS)}`;
      if (this.#paths.has(path)) continue;
      this.#paths.add(path);
      return path;
    }
  }

  #hasRoom(output: RelayOutput): boolean {
    const isFull =
      this.#packetsInFlight >= PACKETS_IN_FLIGHT_MAX || this.#bytesInFlight >= BYTES_IN_FLIGHT_MAX;
    if (isFull) this.#waiting.add(output);
    return !isFull;
  }

  #take(packets: number, bytes: number): void {
    this.#packetsInFlight += packets;
    this.#bytesInFlight += bytes;
  }

  #store(packets: number, bytes: number): void {
    this.#packetsStored += packets;
    this.#bytesStored += bytes;
    this.#storedAtMs = Number(this.#world.clock.realtimeNs() / NS_PER_MS_BIGINT);
  }

  #offerRoom(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const output of waiting) output.changed();
  }

  #leave(output: RelayOutput, trace: RelayTrace): void {
    this.#outputs.delete(output);
    this.#told.remove(output);
    this.#waiting.delete(output);
    if (trace.leave()) this.#traces = this.#traces.filter((other) => other !== trace);
    // Later: we are inside the call that closes an output.
    if (this.#waiting.size > 0) this.#world.clock.setTimer(0, () => this.#offerRoom());
  }
}

function reasonOf({ code, detail = code }: OsError): string {
  return detail.slice(0, OUTPUT_REASON_CHARACTERS_MAX);
}

/** The relay makes a directory of this name. */
function hostDirectory(hostname: string): string {
  return hostname.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, HOST_BYTES_MAX) || '_';
}
