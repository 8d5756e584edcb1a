/** A relay in memory, behind two connections: it follows the protocol in a revision, unless a script makes it lie. */
import type { ByteStream } from '../../../src/port/unix-sockets.ts';
import { ControlParser } from '../../../src/wire/relay/control-frames.ts';
import { DataParser } from '../../../src/wire/relay/data-frames.ts';
import { DATA_PENDING, NO_DATA_PENDING, RELAY_OK } from '../../../src/wire/relay/outcome.ts';
import {
  type AnsweredType,
  decodeRequest,
  encodeReply,
  type RelayRequest,
  type RequestOf,
} from '../../../src/wire/relay/requests.ts';

/** What the script makes the relay say to a request; undefined: nothing at all, 'honest': what is right. */
export type Answer = Uint8Array | undefined | 'honest';
export type Script = (request: RelayRequest) => Answer;

/** One stream as the relay has it. */
export interface StoredStream {
  readonly channel: string;
  readonly path: string;
  readonly packets: Uint8Array[];
  readonly indexes: RequestOf<'send-index'>[];
  isClosed: boolean;
}

export class ScriptedRelay {
  readonly streams: StoredStream[] = [];
  readonly requests: string[] = [];
  metadata = '';
  problem: string | undefined;
  script: Script;
  #minor = 15;
  readonly #control = new ControlParser();
  #packet: { readonly stream: StoredStream | undefined; readonly parts: Uint8Array[] } = {
    stream: undefined,
    parts: [],
  };
  readonly #data = new DataParser({
    begin: ({ stream }) => {
      this.#packet = { stream: this.streams[Number(stream)], parts: [] };
      return this.#packet.stream === undefined ? 'no such stream' : undefined;
    },
    content: (bytes) => {
      this.#packet.parts.push(bytes.slice());
      return undefined;
    },
    end: () => {
      this.#packet.stream?.packets.push(Uint8Array.from(this.#packet.parts.flatMap((p) => [...p])));
      return undefined;
    },
  });

  /** `minor`: the highest revision that it speaks. */
  constructor(minor: number, script: Script = () => 'honest') {
    this.script = (request) => {
      if (request.type === 'version') this.#minor = Math.min(minor, request.minor);
      return script(request);
    };
  }

  startControl(connection: ByteStream): void {
    connection.start({
      onData: (bytes) => {
        const { frames, trouble } = this.#control.push(bytes);
        this.problem ??= trouble;
        for (const frame of frames) {
          const request = decodeRequest(frame, this.#minor);
          if (request.ok) this.#answer(connection, request.value);
          else this.problem ??= request.error;
        }
      },
      onClose: () => undefined,
    });
  }

  startData(connection: ByteStream): void {
    connection.start({
      onData: (bytes) => {
        this.problem ??= this.#data.push(bytes);
      },
      onClose: () => undefined,
    });
  }

  #answer(connection: ByteStream, request: RelayRequest): void {
    this.requests.push(request.type);
    const scripted = this.script(request);
    const answer = scripted === 'honest' ? this.#honest(request) : scripted;
    if (answer !== undefined) connection.send(answer);
  }

  #honest(request: RelayRequest): Uint8Array | undefined {
    switch (request.type) {
      case 'version':
        return encodeReply('version', { major: 2, minor: this.#minor }, this.#minor);
      case 'get-configuration':
        return encodeReply(
          request.type,
          { code: RELAY_OK, isClearAllowed: true, extensions: [] },
          this.#minor,
        );
      case 'create-session':
        return encodeReply(request.type, { session: 1n, code: RELAY_OK, path: '' }, this.#minor);
      case 'add-stream': {
        const { channel, path } = request;
        const stream = BigInt(this.streams.length);
        this.streams.push({ channel, path, packets: [], indexes: [], isClosed: false });
        return encodeReply(request.type, { stream, code: RELAY_OK }, this.#minor);
      }
      case 'send-metadata':
        this.metadata += new TextDecoder().decode(request.content);
        return undefined;
      case 'data-pending':
        return this.#code(request.type, this.#pending(request));
      case 'send-index':
        this.streams[Number(request.stream)]?.indexes.push(request);
        return this.#code(request.type, RELAY_OK);
      case 'close-stream': {
        const closed = this.streams[Number(request.stream)];
        if (closed !== undefined) closed.isClosed = true;
        return this.#code(request.type, RELAY_OK);
      }
      case 'create-chunk':
      case 'streams-sent':
        return this.#code(request.type, RELAY_OK);
      default:
        this.problem ??= `${request.type} came`;
        return undefined;
    }
  }

  #pending({ stream, lastSequence }: RequestOf<'data-pending'>): number {
    const { packets, indexes } = this.streams[Number(stream)] ?? { packets: [], indexes: [] };
    const stored = Math.min(packets.length, indexes.length);
    return BigInt(stored) > lastSequence ? NO_DATA_PENDING : DATA_PENDING;
  }

  #code(type: Exclude<AnsweredType, 'version'>, code: number): Uint8Array {
    return encodeReply(type, { code }, this.#minor);
  }
}
