/** A relay on one simulated host, and peers on another that speak its protocol over the network. */
import { startRelayd } from '../../../actors/programs/relayd.ts';
import type { Quirk } from '../../../sim/machine/core/quirks.ts';
import { Network } from '../../../sim/machine/net/network.ts';
import { Scheduler, Simulation } from '../../../sim/machine/simulation.ts';
import type { TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { encodePacketHeader } from '../../../src/wire/relay/data-frames.ts';
import {
  type AnsweredType,
  decodeReply,
  encodeRequest,
  type RelayRequest,
  type ReplyTo,
} from '../../../src/wire/relay/requests.ts';
import { DEFAULT_PORTS } from '../../../src/wire/uri.ts';
import { createSession } from '../relay/relay-client.ts';
import { RELAYD } from '../relay/relayd-options.ts';
import { must } from '../ring/memory.ts';

const STORE = '10.0.0.2';
const ALICE = { name: 'alice', uid: 1000, gid: 1000, groups: [] };

/** One connection from the traced host: what it got, and why it ended. */
export class PeerConnection {
  readonly connection: TcpConnection;
  received: Uint8Array = new Uint8Array(0);
  reason = '';

  constructor(connection: TcpConnection) {
    this.connection = connection;
    connection.start(this);
  }

  onData(bytes: Uint8Array): void {
    this.received = Buffer.concat([this.received, bytes]);
  }

  onClose(reason: string): void {
    this.reason = reason;
  }
}

export class RelayStage {
  readonly scheduler: Scheduler;
  readonly network = new Network();
  readonly store: Simulation;
  readonly relayPid: number;
  readonly #traced: World;

  constructor(seed: number, quirks: readonly Quirk[] = []) {
    const { network: of } = this;
    const base = { users: [ALICE], groups: {}, quirks };
    this.scheduler = new Scheduler(seed);
    this.store = new Simulation({
      ...base,
      scheduler: this.scheduler,
      name: 'store',
      network: { of, addresses: [STORE] },
      programs: { relayd: (world) => void startRelayd(world, RELAYD) },
    });
    const traced = new Simulation({
      ...base,
      scheduler: this.scheduler,
      name: 'traced',
      network: { of, addresses: ['10.0.0.1'] },
      programs: {},
    });
    this.#traced = traced.login('alice').world;
    this.relayPid = this.store.spawn('alice', 'relayd').pid;
    this.pass(500);
  }

  /** What alice finds on the host of the relay. */
  get disk(): World {
    return this.store.login('alice').world;
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }

  connect(to: keyof typeof DEFAULT_PORTS): PeerConnection {
    let made: PeerConnection | undefined;
    this.#traced.network.connect({ host: STORE, port: DEFAULT_PORTS[to] }, (outcome) => {
      made = new PeerConnection(must(outcome));
    });
    this.pass(500);
    if (made === undefined) throw new Error('not connected');
    return made;
  }

  /** A peer that has a session with one trace chunk and one stream; a session with a live timer can be viewed. */
  peer(sessionId = 3n, liveTimerUs = 0): StagedPeer {
    const [control, data] = [this.connect('control'), this.connect('data')];
    return new StagedPeer(this, control, data, { sessionId, liveTimerUs });
  }
}

export class StagedPeer {
  readonly stage: Pick<RelayStage, 'pass'>;
  readonly control: PeerConnection;
  readonly data: PeerConnection;
  readonly stream: bigint;
  /** Where the relay stores the session. */
  readonly path: string;

  constructor(
    stage: Pick<RelayStage, 'pass'>,
    control: PeerConnection,
    data: PeerConnection,
    { sessionId, liveTimerUs }: { readonly sessionId: bigint; readonly liveTimerUs: number },
  ) {
    this.stage = stage;
    this.control = control;
    this.data = data;
    this.ask({ type: 'version', major: 2, minor: 13 });
    const origin = { ...createSession.origin, sessionId };
    this.path = this.ask({ ...createSession, liveTimerUs, origin }).path;
    this.ask({ type: 'create-chunk', chunk: 0n, createdAtSeconds: 1_767_225_600n });
    this.stream = this.ask({
      type: 'add-stream',
      channel: 'ch_0',
      path: 'ust',
      tracefileSize: 0n,
      tracefileCount: 0n,
      chunk: 0n,
    }).stream;
  }

  send(request: RelayRequest): void {
    this.control.connection.send(encodeRequest(request, 13));
  }

  /** Sends a request and waits for its reply. */
  ask<Request extends RelayRequest & { readonly type: AnsweredType }>(
    request: Request,
  ): ReplyTo<Request['type']> {
    this.send(request);
    for (let waits = 0; waits < 100; waits++) {
      const decoded = must(decodeReply<Request['type']>(request.type, this.control.received, 13));
      if (decoded !== undefined) {
        this.control.received = this.control.received.slice(decoded.byteLength);
        return decoded.reply;
      }
      this.stage.pass(50);
    }
    throw new Error(`no reply to ${request.type}`);
  }

  /** Sends a packet of equal bytes. */
  packet(sequence: number, contentBytes = 8): void {
    const header = { stream: this.stream, sequence: BigInt(sequence), contentBytes };
    this.data.connection.send(encodePacketHeader({ ...header, paddingBytes: 0 }));
    this.data.connection.send(new Uint8Array(contentBytes).fill(sequence + 1));
  }

  index(sequence: number, contentBytes = 8): number {
    const at = BigInt(sequence);
    const bits = BigInt(8 * contentBytes);
    return this.ask({
      type: 'send-index',
      stream: this.stream,
      sequence: at,
      packetBits: bits,
      contentBits: bits,
      timestampBegin: at,
      timestampEnd: at,
      eventsDiscarded: 0n,
      streamClass: 0n,
      streamInstance: 0n,
      packetNumber: at,
    }).code;
  }
}
