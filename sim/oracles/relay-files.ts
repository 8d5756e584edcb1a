/** The files of the relays of one host, found by the traces that they belong to. */
import { UUID_BYTES, uuidFromBytes } from '../../src/base/uuid.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SentStream } from '../ledger/relay-accounts.ts';
import type { Simulation } from '../machine/simulation.ts';

/** A packet begins with four bytes of magic and the UUID of its trace. */
const UUID_AT = 4;
/** Files of a relay that are not streams. */
const OTHER_FILE = /\/(?:metadata|index\/[^/]+)$/;

/** A host of a run with several. */
export interface RelayedHost {
  readonly name: string;
  readonly simulation: Simulation;
  readonly ledger: Ledger;
}

interface StreamFile {
  readonly path: string;
  readonly trace: string;
}

export class RelayFiles {
  readonly #simulation: Simulation;
  readonly #ledger: Ledger;
  /** The paths of streams, by trace. */
  readonly #paths = new Map<string, string>();

  constructor(simulation: Simulation, ledger: Ledger) {
    this.#simulation = simulation;
    this.#ledger = ledger;
  }

  /** The file of a stream, and its bytes; undefined: it has none, or not even the header of a packet. */
  of({ trace }: SentStream): { readonly path: string; readonly bytes: Uint8Array } | undefined {
    const wanted = uuidFromBytes(trace);
    const path = this.#paths.get(wanted) ?? this.#find(wanted);
    const bytes = path === undefined ? undefined : this.#simulation.readFile(path);
    return path === undefined || bytes === undefined ? undefined : { path, bytes };
  }

  /** All streams below the outputs of the relays. */
  #streams(): readonly StreamFile[] {
    return this.#below().flatMap((path) => {
      const bytes = this.#simulation.readFile(path) ?? new Uint8Array();
      if (bytes.byteLength < UUID_AT + UUID_BYTES) return [];
      return [{ path, trace: uuidFromBytes(bytes.subarray(UUID_AT)) }];
    });
  }

  /** Files of users who run relays that are not below an output. */
  outside(): readonly string[] {
    const uids = new Set(this.#ledger.relays.map(({ uid }) => uid));
    return this.#simulation
      .listFiles()
      .filter(({ kind, uid, path }) => kind === 'file' && uids.has(uid) && !this.#isBelow(path))
      .map(({ path }) => path);
  }

  #find(wanted: string): string | undefined {
    for (const { path, trace } of this.#streams()) this.#paths.set(trace, path);
    return this.#paths.get(wanted);
  }

  #below(): readonly string[] {
    return this.#simulation
      .listFiles()
      .filter(({ kind, path }) => kind === 'file' && this.#isBelow(path) && !OTHER_FILE.test(path))
      .map(({ path }) => path);
  }

  #isBelow(path: string): boolean {
    return this.#ledger.relays.some(({ output }) => path.startsWith(`${output}/`));
  }
}

/** Whether the bytes are what the parts begin with. */
export function isPrefix(bytes: Uint8Array, parts: SentStream['sent']): boolean {
  let at = 0;
  for (const part of parts) {
    for (const byte of part) {
      if (at === bytes.byteLength) return true;
      if (bytes[at] !== byte) return false;
      at += 1;
    }
  }
  return at === bytes.byteLength;
}
