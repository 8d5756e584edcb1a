/**
 * Packets to a relay as datagrams (R3.10): split into parts, sent within a congestion window, and sent again when the
 * relay's reports on the control connection lack them. Each datagram has a number of its own, also when it repeats a
 * part, so that a report says of each one whether it arrived.
 *
 * The path is ready when one datagram has arrived; until then it sends probes, which carry nothing. An address that no
 * datagram reaches is no way to a relay (R3.3).
 *
 * What does not arrive in time is given up: when nothing arrived for {@link GIVE_UP_MS} although the relay answered,
 * all packets that are not whole there; when one part was sent {@link TRANSMISSIONS_MAX} times in vain, those of its
 * stream. The relay then says which of them it has, and gets packets without events in the place of the others.
 */
import { joined } from '../base/bytes.ts';
import { NS_PER_MS } from '../base/time.ts';
import type { Timer } from '../port/clock.ts';
import type { ConnectedUdpSocket, Pending, TcpAddress } from '../port/network.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { DATAGRAM_CONTENT_BYTES, encodeDatagram, partCount } from '../wire/relay/datagram.ts';
import type { NumberRange } from '../wire/relay/datagram-status.ts';
import { DATAGRAM_PACKET_BYTES_MAX } from '../wire/relay/limits.ts';
import { CongestionWindow } from './congestion-window.ts';
import type { PacketPath, PathControl, PathPacket } from './packet-path.ts';

/** How long nothing may arrive while the relay answers; a consumer that ends waits longer for what it wrote last. */
export const GIVE_UP_MS = 5_000;
/** How often one part is sent. */
export const TRANSMISSIONS_MAX = 16;
/** Between a report that no probe has arrived and the next probe. */
const PROBE_MS = 50;
/** There is no stream yet. */
const PROBE = { stream: 0n, sequence: 0n, packetBytes: 0, offset: 0, content: new Uint8Array(0) };
/** Between a report and the next question: doubled from the first to the last of these while nothing new arrives. */
const ASK_MS_MIN = 1;
const ASK_MS_MAX = 16;
/** Of the time between two reports counts at most so much: a partition that holds up both is no reason to give up. */
const SILENCE_MS_MAX = 1000;

/** A packet that is not settled. */
interface Outgoing {
  readonly packet: Omit<PathPacket, 'parts'>;
  readonly bytes: Uint8Array;
  /** The first part that was never sent. */
  nextPart: number;
  /** Parts that have not arrived. */
  missing: number;
}

interface Part {
  readonly of: Outgoing;
  readonly index: number;
  transmissions: number;
}

interface Transmission {
  readonly part: Part;
  readonly byteLength: number;
  readonly sentNs: number;
}

type PathWorld = Pick<World, 'clock' | 'log' | 'network'>;

export class DatagramPath implements PacketPath {
  readonly packetBytesMax = DATAGRAM_PACKET_BYTES_MAX;
  readonly #world: PathWorld;
  readonly #address: TcpAddress;
  readonly #window = new CongestionWindow();
  #control: PathControl | undefined;
  #opening: Pending | undefined;
  #socket: ConnectedUdpSocket | undefined;
  #token = new Uint8Array(0);
  /** The packets of each stream that are not settled, in order. */
  readonly #streams = new Map<bigint, Outgoing[]>();
  /** Streams whose packets are being given up. */
  readonly #held = new Set<bigint>();
  /** Packets with parts that were never sent, in order. */
  #unsent: Outgoing[] = [];
  /** Parts to send again. */
  #lost: Part[] = [];
  /** What is on the way, by number, in ascending order. */
  readonly #inFlight = new Map<number, Transmission>();
  #bytesInFlight = 0;
  #pendingBytes = 0;
  #next = 0;
  /** Of all that has arrived, the greatest number. */
  #greatest = -1;
  /** The window was full after the last sending. */
  #isUsedUp = false;
  #isAsking = false;
  #askMs = ASK_MS_MIN;
  #askTimer: Timer | undefined;
  #reportedNs = 0;
  /** For how long nothing has arrived. */
  #silentNs = 0;
  #failed: string | undefined;

  /** `address`: where the relay takes datagrams. */
  constructor(world: PathWorld, address: TcpAddress) {
    this.#world = world;
    this.#address = address;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  open(control: PathControl, takesDatagrams: boolean, onOpen: () => void): void {
    this.#control = control;
    if (!takesDatagrams) {
      control.fail('EIO', 'the relay takes packets over TCP alone: it does not know UDP data');
      return;
    }
    const listener = {
      onDatagram: () => undefined,
      onError: (error: OsError) => this.#noteFailure(error),
    };
    const onSocket = (made: OsResult<ConnectedUdpSocket>): void => {
      this.#opening = undefined;
      if (!made.ok) {
        control.fail(made.error.code, 'no datagrams can be sent to the relay');
        return;
      }
      this.#socket = made.value;
      control.ask('open-datagrams', {}, ({ token }) => {
        this.#token = new Uint8Array(token);
        this.#probe(this.#now(), onOpen);
      });
    };
    this.#opening = this.#world.network.connectUdp(this.#address, listener, onSocket);
  }

  isHeld(stream: bigint): boolean {
    return this.#held.has(stream);
  }

  send({ parts, ...packet }: PathPacket): void {
    const bytes = joined(parts);
    const outgoing = { packet, bytes, nextPart: 0, missing: partCount(bytes.byteLength) };
    const { stream } = packet;
    const before = this.#streams.get(stream);
    if (before === undefined) this.#streams.set(stream, [outgoing]);
    else before.push(outgoing);
    this.#unsent.push(outgoing);
    this.#pendingBytes += bytes.byteLength;
    this.#pump();
  }

  forget(stream: bigint): void {
    this.#withdraw(stream);
    this.#remove(stream);
  }

  drop(): void {
    this.#opening?.cancel();
    this.#askTimer?.cancel();
    this.#socket?.close();
    this.#socket = undefined;
  }

  close(): void {
    this.drop();
  }

  /** Sends a probe, asks whether one has arrived, and does so again for a while after `sinceNs`. */
  #probe(sinceNs: number, onArrived: () => void): void {
    const [token, number] = [this.#token, this.#next++];
    this.#socket?.send(encodeDatagram({ ...PROBE, token, number }));
    this.#control?.ask('datagram-status', { settledBelow: 0 }, ({ arrived }) => {
      if (this.#socket === undefined) return;
      if (arrived.length > 0) return onArrived();
      if (this.#now() - sinceNs >= GIVE_UP_MS * NS_PER_MS) return this.#failUnreached();
      this.#askTimer = this.#world.clock.setTimer(PROBE_MS, () => {
        this.#askTimer = undefined;
        this.#probe(sinceNs, onArrived);
      });
    });
  }

  #failUnreached(): void {
    const { host, port } = this.#address;
    const why = this.#failed === undefined ? '' : ` (${this.#failed})`;
    this.#control?.fail('ETIMEDOUT', `no datagram arrives at UDP port ${port} of ${host}${why}`);
  }

  /** Sends as much as the window has room for. */
  #pump(): void {
    if (this.#socket === undefined) return;
    for (;;) {
      const hasRoom = this.#bytesInFlight < this.#window.bytes;
      const part = hasRoom ? this.#nextPart() : undefined;
      this.#isUsedUp = !hasRoom;
      if (part === undefined) break;
      this.#transmit(part, this.#socket);
    }
    this.#askSoon();
  }

  #nextPart(): Part | undefined {
    const lost = this.#lost.shift();
    if (lost !== undefined) return lost;
    const [of] = this.#unsent;
    if (of === undefined) return undefined;
    const index = of.nextPart++;
    if (of.nextPart === partCount(of.bytes.byteLength)) this.#unsent.shift();
    return { of, index, transmissions: 0 };
  }

  #transmit(part: Part, socket: ConnectedUdpSocket): void {
    const { packet, bytes } = part.of;
    const { stream, sequence } = packet;
    const offset = part.index * DATAGRAM_CONTENT_BYTES;
    const content = bytes.subarray(offset, offset + DATAGRAM_CONTENT_BYTES);
    const number = this.#next++;
    const packetBytes = bytes.byteLength;
    const token = this.#token;
    const datagram = { token, number, stream, sequence, packetBytes, offset, content };
    const encoded = encodeDatagram(datagram);
    part.transmissions += 1;
    const { byteLength } = encoded;
    this.#inFlight.set(number, { part, byteLength, sentNs: this.#now() });
    this.#bytesInFlight += byteLength;
    socket.send(encoded);
  }

  #askSoon(): void {
    if (this.#isAsking || this.#askTimer !== undefined || this.#inFlight.size === 0) return;
    this.#askTimer = this.#world.clock.setTimer(this.#askMs, () => this.#ask());
  }

  #ask(): void {
    this.#askTimer = undefined;
    const [settledBelow = this.#next] = this.#inFlight.keys();
    const asked = { ns: this.#now(), next: this.#next };
    this.#isAsking = true;
    this.#control?.ask('datagram-status', { settledBelow }, ({ arrived }) => {
      this.#isAsking = false;
      if (this.#socket !== undefined) this.#takeReport(arrived, asked);
    });
  }

  /** `asked`: when, and the number of the first datagram that was sent later. */
  #takeReport(
    arrived: readonly NumberRange[],
    asked: { readonly ns: number; readonly next: number },
  ): void {
    const now = this.#now();
    const isNew = this.#takeArrived(arrived, now);
    const sinceNs = Math.min(now - this.#reportedNs, SILENCE_MS_MAX * NS_PER_MS);
    this.#reportedNs = now;
    this.#silentNs = isNew ? 0 : this.#silentNs + sinceNs;
    this.#askMs = isNew ? ASK_MS_MIN : Math.min(2 * this.#askMs, ASK_MS_MAX);
    this.#findLost(asked);
    if (this.#silentNs >= GIVE_UP_MS * NS_PER_MS) this.#giveUpAll();
    this.#pump();
  }

  /** Whether datagrams are reported for the first time. */
  #takeArrived(arrived: readonly NumberRange[], now: number): boolean {
    let byteLength = 0;
    let sentNs = 0;
    const whole = new Set<bigint>();
    for (const number of numbersIn(arrived, this.#inFlight)) {
      const transmission = this.#takeBack(number);
      if (transmission === undefined) continue;
      byteLength += transmission.byteLength;
      sentNs = transmission.sentNs;
      this.#greatest = Math.max(this.#greatest, number);
      const { of } = transmission.part;
      of.missing -= 1;
      if (of.missing === 0) whole.add(of.packet.stream);
    }
    if (byteLength === 0) return false;
    this.#window.noteArrived(byteLength, now - sentNs, this.#isUsedUp);
    for (const stream of whole) this.#settleWhole(stream);
    return true;
  }

  #findLost({ ns, next }: { readonly ns: number; readonly next: number }): void {
    const { timeoutNs, overtakenNs } = this.#window;
    const lost: Part[] = [];
    for (const [number, { sentNs, part }] of this.#inFlight) {
      if (number >= next) break;
      const isSilent = number > this.#greatest;
      if (ns - sentNs <= (isSilent ? timeoutNs : overtakenNs)) continue;
      this.#takeBack(number);
      this.#window.noteLost(number, this.#next, isSilent);
      lost.push(part);
    }
    this.#lost.push(...lost);
    for (const { transmissions, of } of lost) {
      if (transmissions >= TRANSMISSIONS_MAX) this.#giveUp(of.packet.stream);
    }
  }

  #takeBack(number: number): Transmission | undefined {
    const transmission = this.#inFlight.get(number);
    if (transmission === undefined) return undefined;
    this.#inFlight.delete(number);
    this.#bytesInFlight -= transmission.byteLength;
    return transmission;
  }

  /** The packets at the begin of the stream that have arrived whole. */
  #settleWhole(stream: bigint): void {
    const packets = this.#streams.get(stream) ?? [];
    const first = packets.findIndex(({ missing }) => missing > 0);
    const whole = packets.splice(0, first < 0 ? packets.length : first);
    if (packets.length === 0) this.#streams.delete(stream);
    for (const { packet, bytes } of whole) {
      this.#pendingBytes -= bytes.byteLength;
      packet.onSettled(false);
    }
  }

  #giveUpAll(): void {
    this.#silentNs = 0;
    for (const stream of [...this.#streams.keys()]) this.#giveUp(stream);
  }

  /** Sends no more of the packets of the stream, and finds out which of them the relay has. */
  #giveUp(stream: bigint): void {
    const packets = this.#streams.get(stream);
    const last = packets?.at(-1)?.packet.sequence;
    if (packets === undefined || last === undefined || this.#held.has(stream)) return;
    this.#held.add(stream);
    this.#withdraw(stream);
    this.#control?.ask('abandon-packets', { stream, last }, ({ next }) => {
      this.#held.delete(stream);
      if (this.#streams.get(stream) !== packets) return;
      this.#remove(stream);
      const { host, port } = this.#address;
      const lost = packets.filter(({ packet }) => packet.sequence >= next);
      this.#world.log('trace.packetsGivenUp', { host, port, packets: lost.length });
      for (const { packet } of packets) packet.onSettled(packet.sequence >= next);
    });
  }

  #withdraw(stream: bigint): void {
    const isOther = (of: Outgoing): boolean => of.packet.stream !== stream;
    this.#unsent = this.#unsent.filter(isOther);
    this.#lost = this.#lost.filter(({ of }) => isOther(of));
    for (const [number, { part }] of this.#inFlight) if (!isOther(part.of)) this.#takeBack(number);
  }

  #remove(stream: bigint): void {
    for (const { bytes } of this.#streams.get(stream) ?? []) this.#pendingBytes -= bytes.byteLength;
    this.#streams.delete(stream);
  }

  /** A lost datagram is sent again, whatever the reason; the log has each reason once in a row. */
  #noteFailure({ code }: OsError): void {
    if (this.#failed === code) return;
    this.#failed = code;
    const { host, port } = this.#address;
    this.#world.log('trace.datagramsFail', { host, port, code });
  }

  #now(): number {
    return Number(this.#world.clock.monotonicNs());
  }
}

/** The numbers in the ranges that are keys of the map, in ascending order. */
function numbersIn(ranges: readonly NumberRange[], among: ReadonlyMap<number, unknown>): number[] {
  const numbers: number[] = [];
  let at = 0;
  for (const number of among.keys()) {
    while ((ranges[at]?.last ?? number) < number) at += 1;
    const range = ranges[at];
    if (range === undefined) break;
    if (range.first <= number) numbers.push(number);
  }
  return numbers;
}
