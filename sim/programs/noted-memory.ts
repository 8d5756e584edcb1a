/**
 * The memory of a relay for live sessions, with a copy of all that it takes as files, on a disk of its own: what falls
 * out of the memory stays there, so that oracles can compare what viewers see with what the relay took.
 */
import { ok } from '../../src/base/result.ts';
import type { Files } from '../../src/port/files.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { IndexEntry } from '../../src/relay/index-file.ts';
import { PACKET_RECORD_BYTES } from '../../src/relay/limits.ts';
import type { LiveMemory, LiveRoom, SessionRoom, StreamRoom } from '../../src/relay/live-memory.ts';
import {
  DiskTracefile,
  type Place,
  type StreamName,
  type Tracefile,
} from '../../src/relay/tracefile.ts';
import type { MemoryAccount } from '../ledger/relay-accounts.ts';
import { Simulation } from '../machine/simulation.ts';

const DISK = { seed: 0, users: [], groups: {}, programs: {} };
const ROOT = '/noted';

export class NotedMemory implements LiveRoom, MemoryAccount {
  readonly directory = ROOT;
  readonly files: Files = new Simulation(DISK).login('root').world.files;
  readonly #memory: LiveMemory;
  readonly #streams: NotedTracefile[][] = [];
  #sessions = 0;

  constructor(memory: LiveMemory) {
    this.#memory = memory;
  }

  get heldBytes(): number {
    return sum(this.#streams.map(bytesOf));
  }

  get isOver(): boolean {
    const { bytesMax, streamBytesMax } = this.#memory;
    return (
      this.heldBytes > bytesMax || this.#streams.some((files) => bytesOf(files) > streamBytesMax)
    );
  }

  get isEnough(): boolean {
    const { bytesMax, streamBytesMax } = this.#memory;
    const taken = this.#streams.map((files) => sum(files.map(({ takenBytes }) => takenBytes)));
    return sum(taken) <= bytesMax && taken.every((bytes) => bytes <= streamBytesMax);
  }

  session(): SessionRoom {
    const room = this.#memory.session();
    this.#sessions += 1;
    const root = `${ROOT}/${this.#sessions}`;
    return { stream: (name) => this.#note(room.stream(name), root, name) };
  }

  #note(room: StreamRoom, root: string, name: StreamName): StreamRoom {
    const noted: NotedTracefile[] = [];
    this.#streams.push(noted);
    return {
      createFile: (place) => {
        const kept = room.createFile(place);
        const copy = DiskTracefile.create(this.files, below(root, place), name, undefined);
        if (!kept.ok || !copy.ok) return kept.ok ? copy : kept;
        const file = new NotedTracefile(kept.value, copy.value);
        noted.push(file);
        return ok(file);
      },
      free: () => room.free(),
    };
  }
}

/** The same place on the other disk. */
function below(root: string, { path }: Place): Place {
  const nothing = (): void => undefined;
  return {
    path: `${root}${path}`,
    isRemoved: false,
    hold: nothing,
    leave: nothing,
    release: nothing,
  };
}

class NotedTracefile implements Tracefile {
  /** Of all packets that came, with what is noted of each. */
  takenBytes = 0;
  readonly #kept: Tracefile;
  readonly #copy: Tracefile;
  readonly #packets: { readonly offset: number; readonly byteLength: number }[] = [];

  constructor(kept: Tracefile, copy: Tracefile) {
    this.#kept = kept;
    this.#copy = copy;
  }

  get byteLength(): number {
    return this.#kept.byteLength;
  }

  /** Bytes of packets that can be read. */
  get heldBytes(): number {
    const held = this.#packets.filter(
      ({ offset, byteLength }) => this.#kept.read(BigInt(offset), byteLength).ok,
    );
    return sum(held.map(({ byteLength }) => byteLength + PACKET_RECORD_BYTES));
  }

  beginPacket(byteLength: number): OsResult<void> {
    const { byteLength: offset } = this.#kept;
    const begun = this.#kept.beginPacket(byteLength);
    if (!begun.ok) return begun;
    this.#packets.push({ offset, byteLength });
    this.takenBytes += byteLength + PACKET_RECORD_BYTES;
    return ok(undefined);
  }

  append(bytes: Uint8Array): OsResult<void> {
    return both(this.#kept.append(bytes), () => this.#copy.append(bytes));
  }

  pad(count: number): OsResult<void> {
    return both(this.#kept.pad(count), () => this.#copy.pad(count));
  }

  truncate(byteLength: number): OsResult<void> {
    while ((this.#packets.at(-1)?.offset ?? -1) >= byteLength) this.#packets.pop();
    return both(this.#kept.truncate(byteLength), () => this.#copy.truncate(byteLength));
  }

  appendIndex(entry: Uint8Array): OsResult<void> {
    const own = entry.slice();
    return both(this.#kept.appendIndex(entry), () => this.#copy.appendIndex(own));
  }

  shortenIndex(bytes: number): OsResult<void> {
    return both(this.#kept.shortenIndex(bytes), () => this.#copy.shortenIndex(bytes));
  }

  positionFrom(position: number): number | undefined {
    return this.#kept.positionFrom(position);
  }

  readIndex(position: number): OsResult<IndexEntry> {
    return this.#kept.readIndex(position);
  }

  keep(position: number): () => void {
    return this.#kept.keep(position);
  }

  read(offset: bigint, byteLength: number): OsResult<Uint8Array> {
    return this.#kept.read(offset, byteLength);
  }

  copy(...args: Parameters<Tracefile['copy']>): OsResult<void> {
    return this.#kept.copy(...args);
  }

  close(): void {
    this.#kept.close();
    this.#copy.close();
  }

  remove(): OsResult<void> {
    return both(this.#kept.remove(), () => this.#copy.remove());
  }
}

function both(done: OsResult<void>, also: () => OsResult<void>): OsResult<void> {
  return done.ok ? also() : done;
}

function bytesOf(files: readonly NotedTracefile[]): number {
  return sum(files.map(({ heldBytes }) => heldBytes));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
