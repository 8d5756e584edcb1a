/** A stream without a consumer: real System V segments, real clock. */
import { openEntrance } from '../../src/os/entrance.ts';
import { createMemory } from '../../src/os/memory.ts';
import { storeTimestamp } from '../../src/os/recording.ts';
import { formatSegment } from '../../src/ring/format.ts';
import {
  DESCRIPTOR_EVENTS_BEFORE,
  DESCRIPTOR_TALLIES,
  descriptorOffset,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
  type RingShape,
  segmentBytes,
  TALLY_BYTES,
} from '../../src/ring/layout.ts';
import { attachWriter, type StreamWriter } from '../../src/ring/writer.ts';
import { must } from './must.ts';

export interface BenchStream {
  readonly writer: StreamWriter;
  /** All events ever recorded, as the shared memory counts them. */
  recorded(): number;
  close(): void;
}

const STREAM_ID = 1;

export function openStream(shape: RingShape): BenchStream {
  const memory = createMemory(openEntrance);
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o600 };
  const dataSegment = must(memory.create(segmentBytes(shape), owner));
  const positionSegment = must(memory.create(POSITION_SEGMENT_BYTES, owner));
  const close = (): void => {
    for (const segment of [dataSegment, positionSegment]) memory.remove(segment);
  };
  process.once('exit', close);
  const data = must(memory.attachWritable(dataSegment));
  const position = must(memory.attachReadable(positionSegment));
  formatSegment(data, shape, STREAM_ID);
  const writer = must(attachWriter({ data, position, now: storeTimestamp }));
  return {
    writer,
    recorded: () => {
      const opened = writer.view.getUint32(OFFSET_OPENED, true);
      const line = descriptorOffset((opened - 1) & (shape.subbufferCount - 1));
      const tallies = [0, 1].map((index) =>
        writer.view.getUint32(line + DESCRIPTOR_TALLIES + index * TALLY_BYTES, true),
      );
      return writer.view.getFloat64(line + DESCRIPTOR_EVENTS_BEFORE, true) + Math.max(...tallies);
    },
    close,
  };
}
