/** The packets of one data connection, each stored by the stream that it names. */
import { assert } from '../base/assert.ts';
import type { PacketHeader, PacketSink } from '../wire/relay/data-frames.ts';
import type { RelayStore } from './store.ts';
import type { RelayStream } from './stream.ts';

export class PacketReceiver implements PacketSink {
  readonly #store: RelayStore;
  #stream: RelayStream | undefined;

  constructor(store: RelayStore) {
    this.#store = store;
  }

  begin(header: PacketHeader): string | undefined {
    const stream = this.#store.stream(header.stream);
    if (stream === undefined) return 'sends a packet of a stream that does not exist';
    const trouble = stream.begin(header);
    if (trouble === undefined) this.#stream = stream;
    return trouble;
  }

  content(bytes: Uint8Array): string | undefined {
    return this.#present().content(bytes);
  }

  end(): string | undefined {
    const stream = this.#present();
    this.#stream = undefined;
    return stream.end();
  }

  /** The connection has ended: a packet that is not whole is taken back. */
  abort(): void {
    const aborted = this.#stream?.abortPacket();
    this.#stream = undefined;
    if (aborted?.ok === false) this.#store.logFailure(aborted.error);
  }

  #present(): RelayStream {
    assert(this.#stream !== undefined, 'inv:packet-receiver:within-a-packet');
    return this.#stream;
  }
}
