/**
 * Fuzzes a whole relay (its actors, its links, its store) with mutations of recorded exchanges: LTTng's session daemon
 * and consumer, babeltrace2, and our own network sink were the peers. While attackers come and go, an honest peer
 * streams what LTTng streamed. The laws: the relay writes nothing outside its output directory; it ends no connection
 * without naming the peer; what the honest peer stored is, byte for byte, what it stores at a relay without attackers;
 * when the attackers have left nothing of them is held; and nothing throws. Every other relay keeps live sessions in a
 * small memory: the honest peer there has a session that is not live.
 */
import fc from 'fast-check';
import { SETTLE_MS_MAX } from '../../actors/relayd/limits.ts';
import { LiveMemory } from '../../src/relay/live-memory.ts';
import { DEFAULT_PORTS } from '../../src/wire/uri.ts';
import type { MemoryConnection, MemoryNetwork } from '../support/relay/memory-network.ts';
import { MemoryRelay } from '../support/relay/memory-relay.ts';
import { OUTPUT, storedFiles } from '../support/relay/relay-client.ts';
import { type ConnectionKind, readExchange } from './exchange.ts';
import {
  framesOf,
  inOtherSession,
  type Mutation,
  mutate,
  mutation,
  type PeerFrame,
  translated,
} from './relay-frames.ts';
import { count, newTally, plainReason, type Tally } from './tally.ts';

const HONEST = '10.0.0.1';
/** Frames of attackers that one relay gets; then the next begins, with an empty disk. */
const FRAMES_OF_RELAY = 4000;
/** A stream has 64 KiB of it. */
const LIVE_MEMORY_BYTES = 1024 * 1024;

const EXCHANGES = ['lttng-live', 'lttng-rotate', 'relay-sink'].map((name) =>
  framesOf(readExchange(name)),
);
const ALL_FRAMES = EXCHANGES.flat();

interface Attack {
  readonly exchange: number;
  readonly mutations: readonly Mutation[];
  /** Where each frame is cut in two, as a fraction; 0: nowhere. */
  readonly cut: number;
  /** The attacker leaves after this part of its frames. */
  readonly until: number;
}

const attack: fc.Arbitrary<Attack> = fc.record({
  exchange: fc.nat(EXCHANGES.length - 1),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 10 }),
  cut: fc.constantFrom(0, 0, 0.3, 0.9),
  until: fc.constantFrom(1, 1, 1, 0.5),
});

/** Sends at least `frames` frames of attackers; the tally counts frames by the kind of their connection. */
export function fuzzRelay(frames: number, seed: number): Tally {
  const tally = newTally();
  const expected = [honestFiles(false), honestFiles(true)] as const;
  for (let sent = 0, part = 0; sent < frames; part++) {
    const isInMemory = part % 2 === 1;
    const arena = new Arena(tally, isInMemory);
    const attacks = fc.sample(attack, { numRuns: 400, seed: seed + part });
    const wanted = Math.min(frames - sent, FRAMES_OF_RELAY);
    sent += arena.play(attacks, wanted);
    arena.judge(expected[isInMemory ? 1 : 0], `seed ${seed + part}`);
  }
  return tally;
}

function honestFiles(isInMemory: boolean): string {
  const arena = new Arena(newTally(), isInMemory);
  arena.play([], 0);
  return arena.honestFiles();
}

class Arena {
  readonly #tally: Tally;
  readonly #relay: MemoryRelay;
  readonly #memory: LiveMemory | undefined;
  readonly #outside: string;
  readonly #honest: Replay;
  #attackers = 0;
  /** Handles of attackers that were there before. */
  readonly #ids: bigint[] = [0n, 1n, 2n, 3n];

  constructor(tally: Tally, isInMemory: boolean) {
    this.#tally = tally;
    this.#memory = isInMemory ? new LiveMemory(LIVE_MEMORY_BYTES) : undefined;
    this.#relay = new MemoryRelay(this.#memory);
    this.#outside = this.#filesOutside();
    const exchange = EXCHANGES[isInMemory ? 1 : 0] ?? [];
    this.#honest = new Replay(this.#relay.network, HONEST, inOtherSession(exchange, 0xff), 0);
    // It has its directory before any attacker can take the name.
    while (this.#honest.handles.length < 2) this.#honest.step();
  }

  /** Plays attacks until they have sent `wanted` frames, then the rest of the honest peer; returns the frames. */
  play(attacks: readonly Attack[], wanted: number): number {
    let sent = 0;
    for (let next = 0; sent < wanted; next = (next + 1) % attacks.length) {
      const chosen = attacks[next];
      if (chosen === undefined) break;
      sent += this.#attack(chosen);
      this.#honest.step();
    }
    while (this.#honest.step());
    this.#honest.leave();
    this.#relay.pass(2 * SETTLE_MS_MAX);
    return sent;
  }

  #attack({ exchange, mutations, cut, until }: Attack): number {
    this.#attackers += 1;
    const host = `10.1.${this.#attackers >> 8}.${this.#attackers & 0xff}`;
    const frames = [...(EXCHANGES[exchange] ?? [])];
    frames.splice(Math.ceil(until * frames.length));
    for (const change of mutations) {
      mutate(frames, change, ALL_FRAMES, this.#ids);
      count(this.#tally.friends, `mutation ${change.kind}`);
    }
    const replay = new Replay(this.#relay.network, host, frames, cut);
    while (replay.step());
    let sent = 0;
    for (const [kind, by] of replay.sent) {
      count(this.#tally.sent, kind, by);
      sent += by;
    }
    this.#ids.push(...replay.handles.splice(0, 2));
    if (this.#ids.length > 64) this.#ids.splice(4, 8);
    replay.leave();
    if (this.#attackers % 50 === 0) this.#relay.pass(SETTLE_MS_MAX);
    this.#expectNamed(replay, host);
    return sent;
  }

  /** Whoever is cut off is in the log, by the address. */
  #expectNamed(replay: Replay, host: string): void {
    const lines = this.#relay.log
      .splice(0)
      .filter(({ event, peer }) => event === 'peer.cutOff' && peer === host);
    for (const { reason } of lines) count(this.#tally.cutOff, plainReason(String(reason)));
    if (replay.isCutOff && lines.length === 0)
      this.#tally.defects.push(`${host} was cut off without a line`);
  }

  judge(expected: string, where: string): void {
    const { defects } = this.#tally;
    if (this.#honest.isCutOff) defects.push(`${where}: the honest peer was cut off`);
    if (this.honestFiles() !== expected) defects.push(`${where}: the honest peer's trace differs`);
    if (this.#filesOutside() !== this.#outside) defects.push(`${where}: written outside`);
    const { actors, unhandled } = this.#relay.counts();
    if (actors !== 1) defects.push(`${where}: ${actors} actors are left`);
    const held = this.#memory?.byteLength ?? 0;
    if (held !== 0) defects.push(`${where}: ${held} bytes of live sessions are left in memory`);
    if (unhandled !== 0) defects.push(`${where}: ${unhandled} events had no transition`);
  }

  /** The files of its session: attackers of the same name have other directories. */
  honestFiles(): string {
    const files = Object.entries(storedFiles(this.#relay.machine.login('alice').world));
    return JSON.stringify(files.filter(([path]) => path.startsWith(`${this.#honest.path}/`)));
  }

  #filesOutside(): string {
    const files = this.#relay.machine
      .listFiles()
      .filter(({ path }) => !path.startsWith(`${OUTPUT}/`));
    return JSON.stringify(files.filter(({ path }) => path !== OUTPUT));
  }
}

/** Sends recorded frames, with the handles that this relay gave in place of those of the recorded one. */
class Replay {
  readonly #network: MemoryNetwork;
  readonly #host: string;
  readonly #frames: readonly PeerFrame[];
  readonly #cut: number;
  readonly #connections = new Map<number, MemoryConnection>();
  readonly #given = new Map<bigint, bigint>();
  readonly handles: bigint[] = [];
  /** Frames for which a connection was open. */
  readonly sent = new Map<ConnectionKind, number>();
  /** Of the session, below the output directory. */
  path = '';
  #next = 0;

  constructor(network: MemoryNetwork, host: string, frames: readonly PeerFrame[], cut: number) {
    this.#network = network;
    this.#host = host;
    this.#frames = frames;
    this.#cut = cut;
  }

  get isCutOff(): boolean {
    return [...this.#connections.values()].some(({ isEndedByRelay }) => isEndedByRelay);
  }

  /** Sends the next frame, unless its connection was ended; false: there is none. */
  step(): boolean {
    const frame = this.#frames[this.#next++];
    if (frame === undefined) return false;
    const connection = this.#connectionOf(frame);
    if (connection.isEndedByRelay) return true;
    this.sent.set(frame.kind, (this.sent.get(frame.kind) ?? 0) + 1);
    const bytes = translated(frame.bytes, this.#given);
    const middle = Math.floor(this.#cut * bytes.length);
    connection.push(bytes.subarray(0, middle));
    if (middle > 0) this.#network.settle();
    connection.push(bytes.subarray(middle));
    this.#network.settle();
    this.#learn(frame, connection.take());
    return true;
  }

  leave(): void {
    for (const connection of this.#connections.values()) connection.leave('ended');
    this.#network.settle();
  }

  #connectionOf({ connection, kind }: PeerFrame): MemoryConnection {
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const opened = this.#network.open(this.#host, DEFAULT_PORTS[kind]);
    this.#connections.set(connection, opened);
    return opened;
  }

  #learn({ answered }: PeerFrame, reply: Buffer): void {
    if (answered === undefined || reply.length < 12) return;
    const { type, bytes } = answered;
    if (type !== 'create-session' && type !== 'add-stream') return;
    const handle = reply.readBigUInt64BE();
    this.#given.set(bytes.readBigUInt64BE(), handle);
    if (type === 'add-stream') this.handles.push(handle);
    else this.path ||= reply.toString('utf8', 16).replace(/\0.*$/s, '');
  }
}
