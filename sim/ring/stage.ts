/** The memory of a small stream, with the writer's stores under control and the reader's accesses visible. */
import type { ReadableSegment } from '../../src/port/shared-memory.ts';
import { formatSegment } from '../../src/ring/format.ts';
import { POSITION_SEGMENT_BYTES, type RingShape, segmentBytes } from '../../src/ring/layout.ts';
import { attachReader, type StreamReader } from '../../src/ring/reader.ts';
import { attachWriter, type StreamWriter } from '../../src/ring/writer.ts';

/** The buffer modes, and reading for a snapshot. */
export const MODES = ['discard', 'overwrite', 'snapshot'] as const;
export type Mode = (typeof MODES)[number];

export interface Store {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The memory of one stream. It applies and undoes the writer's stores, and reports the reader's accesses. */
export class Stage {
  readonly shape: RingShape;
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly position = new ArrayBuffer(POSITION_SEGMENT_BYTES);
  beforeAccess: () => void = () => undefined;
  readonly #positionBytes = new Uint8Array(this.position);
  readonly #view: DataView;
  readonly #stores: readonly Store[];
  readonly #undo: Store[] = [];

  constructor(shape: RingShape, stores: readonly Store[] = []) {
    this.shape = shape;
    this.buffer = new ArrayBuffer(segmentBytes(shape));
    this.bytes = new Uint8Array(this.buffer);
    this.#view = new DataView(this.buffer);
    this.#stores = stores;
    const { buffer } = this;
    formatSegment({ buffer, byteLength: buffer.byteLength, detach: () => undefined }, shape, 1);
  }

  /** Brings the memory to its state after `count` stores. */
  moveTo(count: number): void {
    while (this.#undo.length < count) {
      const { offset, bytes } = this.#stores[this.#undo.length] as Store;
      this.#undo.push({ offset, bytes: this.bytes.slice(offset, offset + bytes.length) });
      this.bytes.set(bytes, offset);
    }
    while (this.#undo.length > count) {
      const { offset, bytes } = this.#undo.pop() as Store;
      this.bytes.set(bytes, offset);
    }
  }

  /** Resets the position to its state before any reader. */
  resetPosition(): void {
    this.#positionBytes.fill(0);
  }

  reader(mode: Mode): StreamReader {
    const { position } = this;
    const segment = { buffer: position, byteLength: position.byteLength, detach: () => undefined };
    const attached = attachReader(this.#readable(), mode === 'snapshot' ? null : segment);
    if (!attached.ok) throw new Error(attached.error);
    return attached.value;
  }

  writer(now: () => bigint, beforeLoad: () => void = () => undefined): StreamWriter {
    const { buffer, position } = this;
    const positionView = new DataView(position);
    const attached = attachWriter({
      data: { buffer, byteLength: buffer.byteLength, detach: () => undefined },
      position: {
        byteLength: position.byteLength,
        loadU32: (offset) => {
          beforeLoad();
          return positionView.getUint32(offset, true);
        },
        loadU64: (offset) => positionView.getBigUint64(offset, true),
        loadF64: (offset) => positionView.getFloat64(offset, true),
        bytes: (offset, length) => new Uint8Array(position, offset, length),
        detach: () => undefined,
      },
      now: (target, index) => {
        target[index] = now();
      },
    });
    if (!attached.ok) throw new Error(attached.error);
    return attached.value;
  }

  #readable(): ReadableSegment {
    const view = this.#view;
    const see = <T>(value: () => T): T => {
      this.beforeAccess();
      return value();
    };
    return {
      byteLength: this.buffer.byteLength,
      loadU32: (offset) => see(() => view.getUint32(offset, true)),
      loadU64: (offset) => see(() => view.getBigUint64(offset, true)),
      loadF64: (offset) => see(() => view.getFloat64(offset, true)),
      bytes: (offset, length) => see(() => this.bytes.subarray(offset, offset + length)),
      detach: () => undefined,
    };
  }
}
