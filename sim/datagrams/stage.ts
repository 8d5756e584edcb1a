/**
 * A relay on one host and a consumer's sinks on another: the same packets go to the relay twice, over TCP and as
 * datagrams, into two sessions. A stranger on the second host sends datagrams, too: noise, and copies of all that go to
 * the relay, with other events and without the token.
 */
import { startRelayd } from '../../actors/programs/relayd.ts';
import { ok } from '../../src/base/result.ts';
import { encodePacketHeader } from '../../src/ctf/packet.ts';
import type { ConnectedUdpSocket, TcpAddress, TcpConnection } from '../../src/port/network.ts';
import type { World } from '../../src/port/world.ts';
import { RelaySink } from '../../src/recorder/relay-sink.ts';
import type { SinkPacket, StreamOutput } from '../../src/recorder/sink.ts';
import type { ConsumerStream } from '../../src/wire/control/messages.ts';
import { TOKEN_BYTES } from '../../src/wire/relay/datagram.ts';
import { Network } from '../machine/net/network.ts';
import { Scheduler, Simulation } from '../machine/simulation.ts';
import type { DatagramInput, DrawnPacket } from './input.ts';

export const EVENT_BYTES = 8;
const STORE = 'store';
const TRACED = 'traced';
const HOST = '10.0.0.2';
const CONTROL: TcpAddress = { host: HOST, port: 5342 };
const DATA: TcpAddress = { host: HOST, port: 5343 };
const OUTPUT = '/home/alice/traces';
const ALICE = { name: 'alice', uid: 1000, gid: 1000, groups: [] };
/** Both sinks write the same trace. */
const TRACE_UUID = '8d1f4c40-7a0e-4e9e-9d5b-0a4f2f7a6b01';

/** The end of a path that names a file in its trace. */
const NAME_IN_TRACE = /(?:index\/)?[^/]+$/;

/** Where the token is in a datagram. */
const TOKEN_AT = 4;

export type Way = 'tcp' | 'udp';

/** Offers the packets of one stream to its output, each when it is due and there is room. */
class Feed {
  readonly #world: World;
  readonly #output: StreamOutput;
  readonly #packets: readonly DrawnPacket[];
  readonly #streamId: number;
  #offered = 0;
  #discarded = 0;
  #isDue = true;
  #stored = 0;
  #isDeclared = false;

  constructor(
    world: World,
    sink: RelaySink,
    stream: ConsumerStream,
    packets: readonly DrawnPacket[],
  ) {
    const opened = sink.open(stream, sink.keyFor(), (count) => {
      this.#stored += count;
      this.#offer();
    });
    if (!opened.ok) throw new Error('The stream cannot be opened');
    this.#world = world;
    this.#output = opened.value;
    this.#packets = packets;
    this.#streamId = stream.streamId;
  }

  get isStored(): boolean {
    return this.#stored === this.#packets.length;
  }

  close(): void {
    this.#output.close();
  }

  #offer(): void {
    const drawn = this.#packets[this.#offered];
    const room = this.#output.room();
    if (drawn === undefined || !this.#isDue || !room.ok || !room.value) return;
    if (!this.#isDeclared) this.#output.declare(`/* stream ${this.#streamId} */\n`);
    this.#isDeclared = true;
    this.#discarded += drawn.discarded;
    const packets = [this.#packet(this.#offered + 1, drawn.events, this.#discarded)];
    if (this.#offered === 0) packets.unshift(this.#packet(0, 0, 0));
    this.#offered += 1;
    this.#isDue = false;
    this.#output.append(packets);
    this.#world.clock.setTimer(this.#packets[this.#offered]?.afterMs ?? 0, () => {
      this.#isDue = true;
      this.#offer();
    });
  }

  #packet(number: number, events: number, eventsDiscarded: number): SinkPacket {
    const body = new Uint8Array(events * EVENT_BYTES);
    const view = new DataView(body.buffer);
    for (let event = 0; event < events; event++) {
      view.setUint32(event * EVENT_BYTES, number);
      view.setUint32(event * EVENT_BYTES + 4, event);
    }
    const values = {
      uuid: this.#output.traceUuid,
      streamClassId: this.#streamId,
      streamInstanceId: this.#streamId,
      threadId: 77,
      timestampBegin: BigInt(1000 * number),
      timestampEnd: BigInt(1000 * number + 999),
      bodyBytes: body.byteLength,
      sequenceNumber: number,
      eventsDiscarded,
    };
    return { values, header: encodePacketHeader(values), body, events };
  }
}

export class DatagramStage {
  readonly scheduler: Scheduler;
  readonly network = new Network();
  readonly store: Simulation;
  readonly traced: Simulation;
  readonly #world: World;
  readonly #feeds: Feed[] = [];
  readonly #sinks: RelaySink[] = [];
  #stranger: ConnectedUdpSocket | undefined;
  /** Datagrams that the sink has sent. */
  sent = 0;

  constructor(input: DatagramInput) {
    this.scheduler = new Scheduler(input.seed);
    const { scheduler, network: of } = this;
    const base = { users: [ALICE], groups: {}, scheduler };
    this.store = new Simulation({
      ...base,
      name: STORE,
      network: { of, addresses: [HOST] },
      programs: { relayd: (world) => void startRelayd(world, RELAY) },
    });
    const network = { of, addresses: ['10.0.0.1'] };
    this.traced = new Simulation({ ...base, name: TRACED, network, programs: {} });
    this.#world = this.traced.login('alice').world;
    this.store.spawn('alice', 'relayd');
    this.pass(200);
    const listener = { onDatagram: () => undefined, onError: () => undefined };
    this.#world.network.connectUdp(DATA, listener, (made) => {
      if (made.ok) this.#stranger = made.value;
    });
    this.pass(200);
    for (const way of ['tcp', 'udp'] as const) this.#sink(way, input);
    this.pass(200);
  }

  get isStored(): boolean {
    return this.#feeds.every(({ isStored }) => isStored);
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }

  /** The stranger sends what is no datagram of a packet. */
  sendNoise(): void {
    for (const length of [0, 1, 300, 1200]) {
      this.#stranger?.send(Uint8Array.from({ length }, (_, at) => at % 256));
    }
  }

  /** Closes the streams and the links. */
  end(): void {
    for (const feed of this.#feeds) feed.close();
    for (const sink of this.#sinks) sink.close();
    this.pass(1000);
  }

  /** What the relay stored of one session: files by their name in the trace. */
  files(way: Way): ReadonlyMap<string, Uint8Array> {
    const below = `${OUTPUT}/${TRACED}/${way}/`;
    const found = new Map<string, Uint8Array>();
    for (const { kind, path } of this.store.listFiles()) {
      const [name] = NAME_IN_TRACE.exec(path) ?? [];
      const bytes = this.store.readFile(path);
      const isStored = kind === 'file' && path.startsWith(below);
      if (isStored && name !== undefined && bytes !== undefined) found.set(name, bytes);
    }
    return found;
  }

  #sink(way: Way, { streams }: DatagramInput): void {
    const world = this.#world;
    const own: World = {
      ...world,
      random: {
        ...world.random,
        uuid: (label) => (label === 'trace' ? TRACE_UUID : world.random.uuid(label)),
      },
      network: {
        ...world.network,
        connectUdp: (address, listener, onOutcome) =>
          world.network.connectUdp(address, listener, (made) =>
            onOutcome(made.ok ? ok(this.#watched(made.value)) : made),
          ),
      },
    };
    const begin = (data: TcpConnection | TcpAddress): void =>
      this.#connect(CONTROL, (control) => {
        const site = { ...SITE, basePath: way };
        const sink = new RelaySink(own, { control, data }, site, {
          onReady: () => {
            for (const [streamId, packets] of streams.entries()) {
              this.#feeds.push(new Feed(world, sink, { ...STREAM, streamId }, packets));
            }
          },
          onFailed: () => undefined,
        });
        this.#sinks.push(sink);
      });
    if (way === 'udp') begin(DATA);
    else this.#connect(DATA, begin);
  }

  #watched(socket: ConnectedUdpSocket): ConnectedUdpSocket {
    const send = (bytes: Uint8Array): void => {
      this.sent += 1;
      const forged = bytes.slice();
      forged.fill(0, TOKEN_AT, TOKEN_AT + TOKEN_BYTES);
      forged.fill(0xff, bytes.length - EVENT_BYTES);
      this.#stranger?.send(forged);
      socket.send(bytes);
    };
    return { ...socket, send };
  }

  #connect(to: TcpAddress, onDone: (connection: TcpConnection) => void): void {
    this.#world.network.connect(to, (made) => {
      if (made.ok) onDone(made.value);
    });
  }
}

const RELAY = {
  listeners: [
    { listener: 'control', address: { host: '0.0.0.0', port: CONTROL.port } },
    { listener: 'data', address: { host: '0.0.0.0', port: DATA.port } },
  ],
  output: OUTPUT,
  grouping: 'host',
  isClearAllowed: true,
  descriptors: 1_048_576,
} as const;

const SITE = {
  session: { name: 'web', uuid: '0c6ac9f1-5e0c-4d3c-9f0a-2c7d2f6c3f11' },
  clockOffsetNs: 0n,
  clockUuid: '7e3f9a46-3a53-4d21-8a57-6f1f0a1b2c3d',
  tracerMajor: 0,
  tracerMinor: 1,
};

const SEGMENT = { id: 0, key: 0, creatorUid: 0 };
const STREAM: Omit<ConsumerStream, 'streamId'> = {
  channel: 'default',
  pid: 77,
  tid: 77,
  startedAt: 7,
  processName: 'shop',
  shape: { subbufferBytes: 65_536, subbufferCount: 4, overwrite: false },
  dataSegment: SEGMENT,
  positionSegment: SEGMENT,
  wakePath: '/home/alice/wake',
  switchTimerUs: 0,
  readTimerUs: 0,
};
