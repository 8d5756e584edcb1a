/** A sink that notes what passes through it to a relay: the bytes of each append, and how many are acknowledged. */
import { joined } from '../../src/recorder/packet-path.ts';
import type { Recorded } from '../../src/recorder/recording-error.ts';
import type { RelaySink } from '../../src/recorder/relay-sink.ts';
import type {
  Sink,
  SinkPacket,
  Standing,
  StoredListener,
  StreamOutput,
} from '../../src/recorder/sink.ts';
import type { ConsumerStream } from '../../src/wire/control/messages.ts';
import type { RelayLinkAccount, SentStream } from '../ledger/relay-accounts.ts';

export class NotingSink implements Sink {
  readonly isApart: boolean;
  readonly #sink: RelaySink;
  readonly #link: RelayLinkAccount;
  readonly #onStored: () => void;

  /** `onStored` is called when the relay has acknowledged something. */
  constructor(sink: RelaySink, link: RelayLinkAccount, onStored: () => void) {
    this.isApart = sink.isApart;
    this.#sink = sink;
    this.#link = link;
    this.#onStored = onStored;
  }

  keyFor(): bigint {
    return this.#sink.keyFor();
  }

  anotherKeyFor(): bigint {
    return this.#sink.anotherKeyFor();
  }

  open(stream: ConsumerStream, key: bigint, onStored: StoredListener): Recorded<StreamOutput> {
    const opened = this.#sink.open(stream, key, (packets) => {
      account.stored += packets;
      if (packets > 0) this.#onStored();
      onStored(packets);
    });
    if (!opened.ok) return opened;
    const account: SentStream = { trace: opened.value.traceUuid, sent: [], stored: 0 };
    this.#link.streams.push(account);
    return { ok: true, value: new NotingOutput(opened.value, account) };
  }
}

class NotingOutput implements StreamOutput {
  readonly traceUuid: Uint8Array;
  readonly name: string;
  readonly #output: StreamOutput;
  readonly #account: SentStream;

  constructor(output: StreamOutput, account: SentStream) {
    this.traceUuid = output.traceUuid;
    this.name = output.name;
    this.#output = output;
    this.#account = account;
  }

  get declaredClasses(): number | undefined {
    return this.#output.declaredClasses;
  }

  get position(): number {
    return this.#output.position;
  }

  standing(isThorough: boolean): Recorded<Standing> {
    return this.#output.standing(isThorough);
  }

  resumeAt(position: number): Recorded {
    return this.#output.resumeAt(position);
  }

  room(): Recorded<boolean> {
    return this.#output.room();
  }

  declare(text: string): Recorded {
    return this.#output.declare(text);
  }

  prepare(packets: readonly SinkPacket[]): Recorded<number> {
    return this.#output.prepare(packets);
  }

  append(packets: readonly SinkPacket[]): Recorded<'stored' | 'taken'> {
    const bytes = joined(packets.flatMap(({ header, body }) => [header, body]));
    const appended = this.#output.append(packets);
    if (appended.ok) this.#account.sent.push(bytes);
    return appended;
  }

  close(): void {
    this.#output.close();
  }
}
