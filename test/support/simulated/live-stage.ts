/** A live session that a peer streams to a relay, and viewers on a third host; all of them simulated. */
import type { LiveOutcome, LiveTarget } from '../../../actors/live-view/context.ts';
import { startLiveView } from '../../../actors/programs/live-view.ts';
import type { Network } from '../../../sim/machine/net/network.ts';
import { type Scheduler, Simulation } from '../../../sim/machine/simulation.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/base/utf8.ts';
import type { SignalName } from '../../../src/port/processes.ts';
import { encodePacketHeader } from '../../../src/wire/relay/data-frames.ts';
import { declaration, type LiveEvent, METADATA, packetOf } from '../relay/live-trace.ts';
import type { RelayStage, StagedPeer } from './relay-stage.ts';

const NO_SEQUENCE = 0xffff_ffff_ffff_ffffn;
const CLEARED = 1_767_225_700n;
const CHUNK = { tracefileSize: 0n, tracefileCount: 0n, chunk: 0n } as const;

/** A peer whose session has a trace; its first stream is there from the beginning. */
export class LivePeer {
  readonly peer: StagedPeer;
  readonly #metadata: bigint;
  readonly #streams: { readonly id: bigint; sent: number }[] = [];

  constructor(
    stage: RelayStage,
    { liveTimerUs = 1_000_000, sessionId = 3n, metadata: text = METADATA + declaration(0) } = {},
  ) {
    this.peer = stage.peer(sessionId, liveTimerUs);
    this.#streams.push({ id: this.peer.stream, sent: 0 });
    const metadata = { type: 'add-stream', channel: 'metadata', path: 'ust', ...CHUNK } as const;
    this.#metadata = this.peer.ask(metadata).stream;
    this.declare(text);
    this.peer.ask({ type: 'streams-sent' });
  }

  declare(text: string): void {
    const content = encodeUtf8(text);
    this.peer.send({ type: 'send-metadata', stream: this.#metadata, padding: 0, content });
  }

  /** Adds a stream; returns its number. */
  addStream(): number {
    const number = this.#streams.length;
    const channel = `ch_${number}`;
    const { stream } = this.peer.ask({ type: 'add-stream', channel, path: 'ust', ...CHUNK });
    this.#streams.push({ id: stream, sent: 0 });
    this.peer.ask({ type: 'streams-sent' });
    return number;
  }

  /** Sends a packet with these events. */
  send(number: number, events: readonly LiveEvent[]): void {
    const stream = this.#stream(number);
    const sequence = BigInt(stream.sent);
    const bytes = packetOf(events, stream.sent);
    stream.sent += 1;
    const { connection } = this.peer.data;
    const header = { stream: stream.id, sequence, contentBytes: bytes.byteLength };
    connection.send(encodePacketHeader({ ...header, paddingBytes: 0 }));
    connection.send(bytes);
    const bits = BigInt(8 * bytes.byteLength);
    this.#index(stream.id, sequence, bits, [events[0]?.timeNs ?? 0n, events.at(-1)?.timeNs ?? 0n]);
  }

  /** The stream has no event until then. */
  beacon(number: number, untilNs: bigint): void {
    this.#index(this.#stream(number).id, NO_SEQUENCE, 0n, [0n, untilNs]);
  }

  /** Deletes what has been sent, as LTTng's clear does: with the first trace chunk. */
  clear(): void {
    this.peer.ask({ type: 'create-chunk', chunk: 1n, createdAtSeconds: CLEARED });
    const positions = this.#streams.map(({ id, sent }) => ({ stream: id, sequence: BigInt(sent) }));
    const metadata = { stream: this.#metadata, sequence: 0n };
    for (const moved of [positions, [metadata]]) {
      this.peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: moved });
    }
    this.declare(METADATA + declaration(0));
    const closed = { chunk: 0n, closedAtSeconds: CLEARED, command: 'delete' } as const;
    this.peer.ask({ type: 'close-chunk', ...closed });
  }

  /** Ends the session in order. */
  end(): void {
    for (const { id, sent } of this.#streams) {
      this.peer.send({ type: 'close-stream', stream: id, lastSequence: BigInt(sent) - 1n });
    }
    const last = { stream: this.#metadata, lastSequence: NO_SEQUENCE } as const;
    this.peer.send({ type: 'close-stream', ...last });
    this.peer.data.connection.close();
    this.peer.control.connection.close();
  }

  #index(stream: bigint, sequence: bigint, bits: bigint, times: readonly [bigint, bigint]): void {
    this.peer.ask({
      type: 'send-index',
      stream,
      sequence,
      packetBits: bits,
      contentBits: bits,
      timestampBegin: times[0],
      timestampEnd: times[1],
      eventsDiscarded: 0n,
      streamClass: 0n,
      streamInstance: 0n,
      packetNumber: sequence,
    });
  }

  #stream(number: number): { readonly id: bigint; sent: number } {
    const stream = this.#streams[number];
    if (stream === undefined) throw new Error(`there is no stream ${number}`);
    return stream;
  }
}

interface ShownLine {
  readonly kind: string;
  readonly text?: string;
  readonly count?: string;
  readonly timestamp?: string;
  readonly fields?: { readonly n: number };
}

export interface ViewerSettings {
  readonly target?: LiveTarget;
  readonly address?: string;
  readonly port?: number;
  /** How long the output takes nothing; for ever: no more than the first piece. */
  readonly fullForMs?: number;
  /** When the reader of the output closes it. */
  readonly closedAtMs?: number;
}

export const EVERYTHING: LiveTarget = { host: '*', session: '*', seek: 'beginning' };

/** A host with a viewer. */
export class ViewerHost {
  readonly #simulation: Simulation;
  readonly #pid: number;
  readonly lines: ShownLine[] = [];
  outcome: LiveOutcome | undefined;
  #isFull = false;

  constructor(
    { scheduler, network }: { readonly scheduler: Scheduler; readonly network: Network },
    name: string,
    { target = EVERYTHING, address = '10.0.0.2', port = 5344, ...output }: ViewerSettings = {},
  ) {
    const addresses = [`10.0.1.${name.length}`];
    this.#simulation = new Simulation({
      scheduler,
      name,
      network: { of: network, addresses },
      users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
      groups: {},
      programs: {
        view: (world) => {
          const view = startLiveView(world, {
            relay: { host: address, port, isIpv6Only: false },
            target: target.session === '' ? undefined : target,
            output: {
              format: 'json',
              color: false,
              relay: 'net://store',
              write: (bytes) => this.#take(bytes),
            },
            onDone: (outcome) => {
              this.outcome = outcome;
              world.processes.exit(0);
            },
          });
          if (output.fullForMs !== undefined) {
            this.#isFull = true;
            world.clock.setTimer(output.fullForMs, () => {
              this.#isFull = false;
              view.resume();
            });
          }
          if (output.closedAtMs !== undefined) {
            world.clock.setTimer(output.closedAtMs, () => view.closeOutput());
          }
        },
      },
    });
    this.#pid = this.#simulation.spawn('alice', 'view').pid;
  }

  /** The numbers of the events, in the order in which they were shown. */
  get numbers(): number[] {
    return this.lines.flatMap(({ fields }) => fields?.n ?? []);
  }

  /** What it said beside events. */
  get notes(): string[] {
    return this.lines.flatMap(({ kind, text, count }) =>
      kind === 'event' ? [] : [text ?? `${kind}: ${count ?? ''}`],
    );
  }

  /** What its process did that no process may. */
  get violations(): Simulation['violations'] {
    return this.#simulation.violations;
  }

  signal(name: SignalName): void {
    this.#simulation.signal(this.#pid, name);
  }

  #take(bytes: Uint8Array): boolean {
    for (const line of decodeUtf8(bytes).trimEnd().split('\n')) {
      this.lines.push(JSON.parse(line) as ShownLine);
    }
    return !this.#isFull;
  }
}
