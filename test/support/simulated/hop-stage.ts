/**
 * A traced host, two relays that forward, and one that stores, on one simulated network: `traced`, `first`, `second`
 * and `store` (R3.8).
 */
import { startRelayd } from '../../../actors/programs/relayd.ts';
import type { Quirk } from '../../../sim/machine/core/quirks.ts';
import { Network } from '../../../sim/machine/net/network.ts';
import { Scheduler, Simulation } from '../../../sim/machine/simulation.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { RelaySink } from '../../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../../src/recorder/stream-consumer.ts';
import { ConsumerPosition } from '../../../src/ring/progress.ts';
import { u32 } from '../../../src/tracer/types.ts';
import type { RelayAddress } from '../../../src/wire/relay/forward.ts';
import { parseForwardPattern } from '../../../src/wire/relay/forward-pattern.ts';
import { DEFAULT_PORTS } from '../../../src/wire/uri.ts';
import { SITE } from '../relay/relay-link.ts';
import { RELAYD } from '../relay/relayd-options.ts';
import { must } from '../ring/memory.ts';
import { consumed, createStreamMemory, traceInto } from './stream-memory.ts';

export const ADDRESSES = {
  traced: '10.0.0.1',
  first: '10.0.0.2',
  second: '10.0.0.3',
  store: '10.0.0.4',
} as const;
export type HopHost = keyof typeof ADDRESSES;
const ALICE = { name: 'alice', uid: 1000, gid: 1000, groups: [] };

/** Which relay forwards to which hosts. */
export type Forwards = Readonly<Partial<Record<HopHost, readonly string[]>>>;
const CHAIN: Forwards = { first: ['second'], second: ['store'] };

export class HopStage {
  readonly scheduler: Scheduler;
  readonly network = new Network();
  readonly hosts: Readonly<Record<HopHost, Simulation>>;
  readonly relayPids = new Map<HopHost, number>();
  readonly traced: World;

  constructor(
    seed: number,
    options: { readonly quirks?: readonly Quirk[]; readonly forwards?: Forwards } = {},
  ) {
    const { quirks = [], forwards = CHAIN } = options;
    this.scheduler = new Scheduler(seed);
    const host = (name: HopHost): Simulation => {
      const to = (forwards[name] ?? []).map((pattern) => must(parseForwardPattern(pattern)));
      return new Simulation({
        users: [ALICE],
        groups: {},
        quirks,
        scheduler: this.scheduler,
        name,
        network: { of: this.network, addresses: [ADDRESSES[name]] },
        programs: {
          relayd: (world) =>
            void startRelayd(world, {
              ...RELAYD,
              listeners: RELAYD.listeners.filter(({ listener }) => listener !== 'live'),
              forwardTo: to,
            }),
        },
      });
    };
    this.hosts = {
      traced: host('traced'),
      first: host('first'),
      second: host('second'),
      store: host('store'),
    };
    this.traced = this.hosts.traced.login('alice').world;
    for (const name of ['first', 'second', 'store'] as const) this.startRelay(name);
    this.pass(500);
  }

  startRelay(name: HopHost): void {
    this.relayPids.set(name, this.hosts[name].spawn('alice', 'relayd').pid);
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }

  /** What alice finds on a host. */
  disk(name: HopHost): World {
    return this.hosts[name].login('alice').world;
  }

  pidOf(name: HopHost): number {
    const pid = this.relayPids.get(name);
    if (pid === undefined) throw new Error('no relay');
    return pid;
  }

  /** Connections that a host still has. */
  connections(name: HopHost): number {
    return this.network.endsOf(name).length;
  }

  logged(name: HopHost): string[] {
    return this.hosts[name].log.map(({ event }) => event);
  }

  connect(address: TcpAddress): TcpConnection {
    let made: TcpConnection | undefined;
    this.traced.network.connect(address, (outcome) => {
      made = must(outcome);
    });
    this.pass(500);
    if (made === undefined) throw new Error('not connected');
    return made;
  }

  /** Connections for control and data to the first relay of a way. */
  connectTo(name: HopHost): { readonly control: TcpConnection; readonly data: TcpConnection } {
    const host = ADDRESSES[name];
    return {
      control: this.connect({ host, port: DEFAULT_PORTS.control }),
      data: this.connect({ host, port: DEFAULT_PORTS.data }),
    };
  }

  /** A consumer on the traced host whose packets pass these relays. */
  sender(way: readonly [HopHost, ...string[]]): Sender {
    return new Sender(this, way);
  }
}

export const nextOf = (host: string, stream: 'control' | 'data'): RelayAddress => ({
  host,
  port: DEFAULT_PORTS[stream],
  isIpv6Only: false,
});

export class Sender {
  readonly stage: HopStage;
  readonly outcomes: string[] = [];
  readonly sink: RelaySink;
  readonly #consumer: StreamConsumer;
  readonly #position: ConsumerPosition;
  readonly #tick: (payload: { n: number }) => void;
  emitted = 0;

  constructor(stage: HopStage, [first, ...rest]: readonly [HopHost, ...string[]]) {
    this.stage = stage;
    const world = stage.traced;
    const way = {
      control: rest.map((host) => nextOf(host, 'control')),
      data: rest.map((host) => nextOf(host, 'data')),
    };
    this.sink = new RelaySink(
      world,
      stage.connectTo(first),
      { ...SITE, way },
      {
        onReady: () => void this.outcomes.push('ready'),
        onFailed: ({ subject, detail }) => void this.outcomes.push(`${subject}: ${detail}`),
      },
    );
    const shape = { subbufferBytes: 16_384, subbufferCount: 64, overwrite: false };
    const memory = createStreamMemory(world, 3, shape, '/home/alice/wake');
    this.#tick = traceInto(world, memory).tracepoint('test:tick', { n: u32 });
    this.#consumer = new StreamConsumer(world, {
      flushed: (token, { unwritten }) =>
        void this.outcomes.push(`flushed ${token} ${unwritten?.code ?? ''}`),
      streamReleased: () => void this.outcomes.push('released'),
      closed: () => undefined,
      changed: () => undefined,
    });
    const position = must(world.memory.attachWritable(memory.positionSegment));
    this.#position = new ConsumerPosition(position);
    this.#begin = () => {
      this.#consumer.open(this.sink);
      this.#consumer.addStream(consumed(memory));
    };
  }

  readonly #begin: () => void;

  /** Begins to record once the way is there; false: it is not, see `outcomes`. */
  begin(forMs = 5000): boolean {
    this.stage.pass(forMs);
    if (this.outcomes[0] !== 'ready') return false;
    this.#begin();
    return true;
  }

  emit(count: number): void {
    for (let n = 0; n < count; n++) this.#tick({ n: this.emitted++ });
  }

  flush(token: number): void {
    this.#consumer.flush(token);
  }

  /** Ends the stream, and the link when all of it is acknowledged. */
  end(): void {
    this.#consumer.endStream(3);
    for (let waits = 0; waits < 100 && !this.outcomes.includes('released'); waits++) {
      this.stage.pass(100);
    }
    this.sink.close();
  }

  /** Packets that the last relay has acknowledged. */
  get acknowledged(): number {
    return this.#position.passed.bytes;
  }
}
