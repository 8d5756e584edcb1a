/**
 * Packets that arrive as datagrams (R3.10). A session that wants to send so gets a token; a datagram without the token
 * of a session is dropped, and nothing is ever answered to it. The peer asks on its control connection which datagrams
 * have arrived. A datagram for which there is no room counts as not arrived: the peer sends it again.
 */
import { fail, type Result } from '../base/result.ts';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import type { Clock } from '../port/clock.ts';
import type { Random } from '../port/random.ts';
import type { PacketHeader } from '../wire/relay/data-frames.ts';
import { type Datagram, decodeDatagram, TOKEN_BYTES } from '../wire/relay/datagram.ts';
import type { NumberRange } from '../wire/relay/datagram-status.ts';
import { REPORTED_RANGES_MAX } from '../wire/relay/limits.ts';
import { ASSEMBLY_BYTES_IN_ALL_MAX, ASSEMBLY_BYTES_MAX, ASSEMBLY_IDLE_MS_MAX } from './limits.ts';
import { NumberRanges } from './number-ranges.ts';
import { type ByteQuota, PacketAssembly } from './packet-assembly.ts';
import type { RelayStream } from './stream.ts';

/** What a session does with its datagrams. */
export interface DatagramOwner {
  /** A stream of this session. */
  stream(handle: bigint): RelayStream | undefined;
  /** The peer is to be cut off. */
  onBroken(reason: string): void;
}

/** The datagrams of all sessions. */
export class Datagrams {
  /** There is a socket for them. */
  isOpen = false;
  readonly #world: { readonly clock: Clock; readonly random: Random };
  readonly #receivers = new Map<string, DatagramReceiver>();
  #heldBytes = 0;

  constructor(world: { readonly clock: Clock; readonly random: Random }) {
    this.#world = world;
  }

  /** Bytes of packets that are not whole, or wait for earlier ones. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  begin(owner: DatagramOwner): DatagramReceiver {
    const { clock, random } = this.#world;
    const token = random.bytes('relay.datagrams', TOKEN_BYTES);
    const key = keyOf(token);
    const receiver = new DatagramReceiver(owner, {
      token,
      now: () => clock.monotonicNs(),
      take: (byteLength) => this.#take(byteLength),
      give: (byteLength) => {
        this.#heldBytes -= byteLength;
      },
      onClosed: () => this.#receivers.delete(key),
    });
    this.#receivers.set(key, receiver);
    return receiver;
  }

  /** One sentence when the datagram is dropped. */
  receive(bytes: Uint8Array): string | undefined {
    const datagram = decodeDatagram(bytes);
    if (!datagram.ok) return datagram.error;
    const receiver = this.#receivers.get(keyOf(datagram.value.token));
    return receiver === undefined
      ? 'token: is that of no session'
      : receiver.receive(datagram.value);
  }

  /** What a silent session holds must not keep the others out. */
  #take(byteLength: number): boolean {
    if (this.#heldBytes + byteLength > ASSEMBLY_BYTES_IN_ALL_MAX) {
      for (const receiver of this.#receivers.values()) receiver.leaveIfIdle();
    }
    if (this.#heldBytes + byteLength > ASSEMBLY_BYTES_IN_ALL_MAX) return false;
    this.#heldBytes += byteLength;
    return true;
  }
}

interface ReceiverParts extends ByteQuota {
  readonly token: Uint8Array;
  readonly now: () => bigint;
  readonly onClosed: () => void;
}

/** The datagrams of one session. */
export class DatagramReceiver {
  readonly token: Uint8Array;
  readonly #owner: DatagramOwner;
  readonly #parts: ReceiverParts;
  readonly #arrived = new NumberRanges(REPORTED_RANGES_MAX);
  readonly #assemblies = new Map<bigint, PacketAssembly>();
  #heldBytes = 0;
  #keptAt: bigint;

  constructor(owner: DatagramOwner, parts: ReceiverParts) {
    this.token = parts.token;
    this.#owner = owner;
    this.#parts = parts;
    this.#keptAt = parts.now();
  }

  receive(datagram: Datagram): string | undefined {
    const { number } = datagram;
    if (!this.#arrived.isNew(number)) return undefined;
    if (datagram.packetBytes === 0) {
      this.#arrived.add(number);
      return undefined;
    }
    const assembly = this.#assemblyOf(datagram.stream);
    if (assembly === undefined) return 'stream: is none of the session';
    const outcome = assembly.add(datagram);
    if (outcome === 'no-room') return undefined;
    if (outcome !== 'kept') return outcome.refusal;
    this.#arrived.add(number);
    this.#keptAt = this.#parts.now();
    return undefined;
  }

  status(settledBelow: number): readonly NumberRange[] {
    this.#arrived.forgetBelow(settledBelow);
    return this.#arrived.ranges;
  }

  abandon(stream: bigint, last: bigint): Result<bigint, string> {
    const assembly = this.#assemblyOf(stream);
    return assembly === undefined ? fail('no such stream') : assembly.abandon(last);
  }

  replace(stream: bigint, sequence: bigint, content: Uint8Array): Result<void, string> {
    const assembly = this.#assemblyOf(stream);
    return assembly === undefined ? fail('no such stream') : assembly.replace(sequence, content);
  }

  /** The stream is closed. */
  forget(stream: bigint): void {
    this.#assemblies.get(stream)?.close();
    this.#assemblies.delete(stream);
  }

  close(): void {
    for (const stream of [...this.#assemblies.keys()]) this.forget(stream);
    this.#parts.onClosed();
  }

  /** Cuts the peer off if it has begun packets and sent nothing for a while. */
  leaveIfIdle(): void {
    const idleNs = this.#parts.now() - this.#keptAt;
    if (this.#heldBytes === 0 || idleNs < BigInt(ASSEMBLY_IDLE_MS_MAX) * NS_PER_MS_BIGINT) return;
    this.close();
    this.#owner.onBroken('does not complete the packets that it has begun');
  }

  #assemblyOf(handle: bigint): PacketAssembly | undefined {
    const known = this.#assemblies.get(handle);
    if (known !== undefined) return known;
    if (this.#owner.stream(handle) === undefined) return undefined;
    const assembly = new PacketAssembly(
      { take: (bytes) => this.#take(bytes), give: (bytes) => this.#give(bytes) },
      (sequence, bytes) => this.#store(handle, sequence, bytes),
    );
    this.#assemblies.set(handle, assembly);
    return assembly;
  }

  #store(handle: bigint, sequence: bigint, bytes: Uint8Array): void {
    const stream = this.#owner.stream(handle);
    if (stream === undefined) return;
    const contentBytes = bytes.byteLength;
    const header: PacketHeader = { stream: handle, sequence, contentBytes, paddingBytes: 0 };
    const trouble = stream.begin(header) ?? stream.content(bytes) ?? stream.end();
    if (trouble !== undefined) this.#owner.onBroken(trouble);
  }

  #take(byteLength: number): boolean {
    const hasRoom = this.#heldBytes + byteLength <= ASSEMBLY_BYTES_MAX;
    if (!hasRoom || !this.#parts.take(byteLength)) return false;
    this.#heldBytes += byteLength;
    return true;
  }

  #give(byteLength: number): void {
    this.#heldBytes -= byteLength;
    this.#parts.give(byteLength);
  }
}

function keyOf(token: Uint8Array): string {
  return String.fromCharCode(...token);
}
