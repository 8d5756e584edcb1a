/**
 * The beginning of a data connection: packets, or a request to forward the connection, which has the circuit of an
 * extension in its header (`extensions.ts`).
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { ControlParser } from './control-frames.ts';
import { EXTENSION_CIRCUIT } from './extensions.ts';
import type { ForwardRequest } from './forward.ts';
import { RELAY_MINOR_MAX } from './limits.ts';
import { decodeRequest } from './requests.ts';

export interface Opened {
  /** Bytes of packets, in order. */
  readonly packets: readonly Uint8Array[];
  readonly forward?: {
    readonly request: ForwardRequest;
    /** Bytes follow it. */
    readonly isMore: boolean;
  };
}

const CIRCUIT_BYTES = 8;
const NOTHING: Opened = { packets: [] };

export class DataOpening {
  /** The circuit of the first header, as far as it has arrived. */
  readonly #circuit = new Uint8Array(CIRCUIT_BYTES);
  #circuitBytes = 0;
  /** Once the circuit is one of an extension. */
  #parser: ControlParser | undefined;

  get heldBytes(): number {
    return this.#parser?.heldBytes ?? 0;
  }

  /** One sentence when the peer is to be cut off. */
  push(bytes: Uint8Array): Result<Opened, string> {
    if (this.#parser !== undefined) return requestIn(this.#parser, bytes);
    if (this.#circuitBytes === CIRCUIT_BYTES) return ok({ packets: [bytes] });
    const part = bytes.subarray(0, CIRCUIT_BYTES - this.#circuitBytes);
    this.#circuit.set(part, this.#circuitBytes);
    this.#circuitBytes += part.byteLength;
    if (this.#circuitBytes < CIRCUIT_BYTES) return ok(NOTHING);
    const rest = bytes.subarray(part.byteLength);
    const circuit = new DataView(this.#circuit.buffer).getBigUint64(0);
    if (circuit !== EXTENSION_CIRCUIT) return ok({ packets: [this.#circuit, rest] });
    this.#parser = new ControlParser();
    this.#parser.push(this.#circuit);
    return requestIn(this.#parser, rest);
  }
}

function requestIn(parser: ControlParser, bytes: Uint8Array): Result<Opened, string> {
  const { frames, trouble } = parser.push(bytes);
  const [frame, ...more] = frames;
  if (frame === undefined) return trouble === undefined ? ok(NOTHING) : fail(trouble);
  const request = decodeRequest(frame, RELAY_MINOR_MAX);
  if (!request.ok) return request;
  if (request.value.type !== 'forward')
    return fail(`${request.value.type}: not on a data connection`);
  const isMore = more.length > 0 || parser.heldBytes > 0 || trouble !== undefined;
  return ok({ packets: [], forward: { request: request.value, isMore } });
}
