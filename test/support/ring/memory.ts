/** Shared memory for tests: both kinds of segment over one array buffer. */

import type { Result } from '../../../src/base/result.ts';
import type { ReadableSegment, WritableSegment } from '../../../src/port/shared-memory.ts';
import { formatSegment } from '../../../src/ring/format.ts';
import { POSITION_SEGMENT_BYTES, type RingShape, segmentBytes } from '../../../src/ring/layout.ts';
import { attachReader, type StreamReader } from '../../../src/ring/reader.ts';
import {
  attachWriter,
  type StreamWriter,
  type StreamWriterOptions,
} from '../../../src/ring/writer.ts';

export interface Memory {
  readonly writable: WritableSegment;
  readonly readable: ReadableSegment;
  readonly view: DataView;
  /** Called before every access through `readable`: the test performs the other side's next step there. */
  beforeAccess: () => void;
}

/** A zeroed segment. */
export function makeMemory(byteLength: number): Memory {
  const buffer = new ArrayBuffer(byteLength);
  const view = new DataView(buffer);
  const memory: Memory = {
    beforeAccess: () => {},
    view,
    writable: { buffer, byteLength, detach: () => {} },
    readable: {
      byteLength,
      loadU32: (offset) => {
        memory.beforeAccess();
        return view.getUint32(offset, true);
      },
      loadU64: (offset) => {
        memory.beforeAccess();
        return view.getBigUint64(offset, true);
      },
      loadF64: (offset) => {
        memory.beforeAccess();
        return view.getFloat64(offset, true);
      },
      bytes: (offset, length) => {
        memory.beforeAccess();
        return new Uint8Array(buffer, offset, length);
      },
      detach: () => {},
    },
  };
  return memory;
}

/** A formatted stream with a clock that the test sets. */
export interface TestStream {
  readonly shape: RingShape;
  readonly data: Memory;
  readonly position: Memory;
  readonly clock: { ns: bigint };
  attachWriter(options?: Partial<StreamWriterOptions>): StreamWriter;
  attachReader(): StreamReader;
  attachSnapshotReader(): StreamReader;
}

export const SMALL_SHAPE: RingShape = {
  subbufferBytes: 4096,
  subbufferCount: 2,
  overwrite: false,
};

export function makeStream(shape: RingShape = SMALL_SHAPE): TestStream {
  const data = makeMemory(segmentBytes(shape));
  const position = makeMemory(POSITION_SEGMENT_BYTES);
  const clock = { ns: 1_000_000_000_000n };
  formatSegment(data.writable, shape, 7);
  return {
    shape,
    data,
    position,
    clock,
    attachWriter: (options) =>
      must(
        attachWriter({
          data: data.writable,
          position: position.readable,
          now: (target, index) => {
            target[index] = clock.ns;
          },
          ...options,
        }),
      ),
    attachReader: () => must(attachReader(data.readable, position.writable)),
    attachSnapshotReader: () => must(attachReader(data.readable, null)),
  };
}

/** Returns the value; throws on an error. */
export function must<T, E>(result: Result<T, E>): T {
  if (result.ok) return result.value;
  throw new Error(`expected a value, got: ${String(result.error)}`);
}
