/**
 * A program that records its own events and streams them to a relay: the product's buffers, consumer and relay sink in
 * one process. When the link fails it dials again, and streams what the relay has not acknowledged.
 */
import { assert } from '../../src/base/assert.ts';
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import { createMemoryHandler } from '../../src/effects/memory.ts';
import type { World } from '../../src/port/world.ts';
import { machineClock } from '../../src/recorder/machine-clock.ts';
import type { RelayConnections } from '../../src/recorder/relay-link.ts';
import { RelaySink, type RelaySite } from '../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../src/recorder/stream-consumer.ts';
import { AttachedStreams } from '../../src/tracer/attached-streams.ts';
import { keepingCompile } from '../../src/tracer/codegen.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import type { StreamGrant } from '../../src/wire/app/messages.ts';
import type { ConsumerStream } from '../../src/wire/control/messages.ts';
import type { RelayAddress } from '../../src/wire/relay/forward.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { RELAY_PORTS, type SenderSettings } from '../input/relay.ts';
import { SCHEMA } from '../input/workload.ts';
import type { Emission } from '../ledger/emission.ts';
import type { RelayLinkAccount, SenderAccount } from '../ledger/relay-accounts.ts';
import type { RunContext } from '../ledger/run-context.ts';
import { NotingSink } from './noting-sink.ts';
import { RelayDial } from './relay-dial.ts';
import { runWorkload, type WorkloadHost } from './workload.ts';

/** Between the end of a link and the next attempt. */
const REDIAL_MS = 500;
const STREAM_ID = 0;
const STREAM_BYTES_MAX = 64 * 1024 * 1024;
const RECORDERS_MAX = 10;
const compile = keepingCompile(RECORDERS_MAX);

export class Sender {
  readonly #world: World;
  readonly #context: RunContext;
  readonly #settings: SenderSettings;
  readonly #account: SenderAccount;
  /** The host that it connects to. */
  readonly #first: string;
  readonly #site: RelaySite;
  readonly #memory: StreamGrant;
  readonly #stream: ConsumerStream;
  readonly #streams: AttachedStreams;
  #consumer: StreamConsumer;
  #sink: RelaySink | undefined;
  #hasEmittedAll = false;
  #isOver = false;

  constructor(context: RunContext, world: World, settings: SenderSettings) {
    this.#world = world;
    this.#context = context;
    this.#settings = settings;
    const { pid } = world.identity;
    const sessionUuid = world.random.uuid('session');
    this.#account = {
      who: context.whoHas(pid),
      pid,
      relay: settings.relay,
      way: settings.way ?? [],
      sessionName: settings.session,
      sessionUuid,
      emissions: [],
      links: [],
      doneAt: undefined,
    };
    context.ledger.senders.push(this.#account);
    const { offsetNs: clockOffsetNs, uuid: clockUuid } = machineClock(world);
    const session = { name: settings.session, uuid: sessionUuid };
    const versions = { tracerMajor: 0, tracerMinor: 1 };
    const relays = [...(settings.way ?? []), settings.relay];
    const [, ...rest] = relays;
    this.#first = relays[0] ?? settings.relay;
    const way = { control: rest.map(nextOf('control')), data: rest.map(nextOf('data')) };
    this.#site = { session, basePath: '', clockOffsetNs, clockUuid, ...versions, way };
    this.#memory = createStream(world, settings);
    const { name: channel, readTimerUs, switchTimerUs } = settings.channel;
    const process = { pid, tid: pid, startedAt: context.now(), processName: 'sender' };
    this.#stream = { ...this.#memory, ...process, channel, readTimerUs, switchTimerUs };
    const tracer = new Tracer({ compile });
    const { clock } = world;
    const now = (target: BigUint64Array, index: number): void => {
      target[index] = clock.monotonicNs();
    };
    this.#streams = new AttachedStreams(world, { tracer, now });
    const rules = [{ pattern: '*', logLevelMax: LOG_LEVEL_ALL }];
    this.#streams.apply('self', [{ sessionUuid, memory: this.#memory, rules }]);
    this.#consumer = this.#newConsumer();
    this.#dial();
    this.#emit(tracer);
  }

  #emit(tracer: Tracer): void {
    const { emissions } = this.#account;
    const { now } = this.#context;
    const { steps } = this.#settings.workload;
    let left = steps.length;
    const host: WorkloadHost = {
      notebook: {
        began: (event) => {
          emissions.push({ ...event, at: now(), isDone: false } satisfies Emission);
        },
        ended: () => {
          const last = emissions.at(-1);
          if (last !== undefined) last.isDone = true;
        },
      },
      after: (delayMs, then) => {
        this.#world.clock.setTimer(delayMs, () => {
          then();
          left -= 1;
          if (left === 0) this.#endSoon();
        });
      },
      define: (name, logLevel) => tracer.tracepoint(name, SCHEMA, { logLevel }),
      spawn: () => undefined,
      write: () => undefined,
      exit: () => undefined,
    };
    runWorkload(host, this.#settings.workload);
    if (left === 0) this.#endSoon();
  }

  #endSoon(): void {
    this.#hasEmittedAll = true;
    this.#streams.close();
    if (this.#sink !== undefined) this.#consumer.endStream(STREAM_ID);
  }

  #newConsumer(): StreamConsumer {
    return new StreamConsumer(this.#world, {
      flushed: () => undefined,
      streamReleased: () => this.#finish(),
      closed: () => undefined,
      changed: () => undefined,
    });
  }

  #dial(): void {
    new RelayDial(this.#world, this.#first, (connections) => {
      if (connections === undefined) this.#redial();
      else this.#link(connections);
    });
  }

  #redial(): void {
    this.#world.clock.setTimer(REDIAL_MS, () => this.#dial());
  }

  #link(connections: RelayConnections): void {
    const link: RelayLinkAccount = { openedAt: this.#context.now(), streams: [] };
    this.#account.links.push(link);
    const sink = new RelaySink(this.#world, connections, this.#site, {
      onReady: () => this.#follow(sink, link),
      onFailed: () => {
        link.endedAt = this.#context.now();
        if (!this.#isOver) this.#lose();
      },
    });
  }

  #follow(sink: RelaySink, link: RelayLinkAccount): void {
    this.#sink = sink;
    const onStored = (): void => this.#context.onAcknowledged?.(this.#account, link);
    this.#consumer.open(new NotingSink(sink, link, onStored));
    this.#consumer.addStream(this.#stream);
    if (this.#hasEmittedAll) this.#consumer.endStream(STREAM_ID);
  }

  /** The next link begins with what this one did not get acknowledged. */
  #lose(): void {
    this.#consumer.close(true);
    this.#sink?.close();
    this.#sink = undefined;
    this.#consumer = this.#newConsumer();
    this.#redial();
  }

  #finish(): void {
    this.#isOver = true;
    this.#account.doneAt = this.#context.now();
    const link = this.#account.links.at(-1);
    if (link !== undefined) link.endedAt = this.#context.now();
    // Later: the consumer is inside a call.
    this.#world.clock.setTimer(0, () => {
      this.#consumer.close(false);
      this.#sink?.close();
      removeStream(this.#world, this.#memory);
    });
  }
}

const nextOf =
  (stream: 'control' | 'data') =>
  (host: string): RelayAddress => ({ host, port: RELAY_PORTS[stream], isIpv6Only: false });

/** The memory of the one stream, as a registry creates it. */
function createStream(world: World, { channel }: SenderSettings): StreamGrant {
  const { uid, gid, pid, homeDirectory } = world.identity;
  const made: EffectEvent[] = [];
  const owner = { uid, gid };
  const wakePath = `${homeDirectory}/wake-${pid}`;
  const { shape } = channel;
  handlerOf(world, (event) => made.push(event))(
    {
      type: 'memory.createStream',
      ...{ streamId: STREAM_ID, link: 'self', shape, wakePath },
      ...{ writer: owner, consumer: owner },
    },
    'self',
  );
  const [created] = made;
  assert(created?.type === 'memory.streamCreated', 'a sender has room for its one stream');
  const { dataSegment, positionSegment } = created;
  return { streamId: STREAM_ID, dataSegment, positionSegment, shape, wakePath };
}

function removeStream(world: World, { dataSegment, positionSegment, wakePath }: StreamGrant): void {
  const perform = handlerOf(world, () => undefined);
  perform({ type: 'memory.removeStream', dataSegment, positionSegment, wakePath }, 'self');
}

function handlerOf(
  world: World,
  deliver: (event: EffectEvent) => void,
): ReturnType<typeof createMemoryHandler> {
  const share = { streams: 1, bytes: STREAM_BYTES_MAX };
  return createMemoryHandler(world, (_to, event) => deliver(event), share);
}
