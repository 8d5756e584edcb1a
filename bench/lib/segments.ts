/** A stream for a benchmark: real System V segments, real clock, and a consumer to be if it wants one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemory } from '../../src/os/memory.ts';
import { storeTimestamp } from '../../src/os/recording.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { PipeWriter } from '../../src/port/world.ts';
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
import type { ConsumerStream } from '../../src/wire/control/messages.ts';
import { must } from './must.ts';

export interface BenchStream {
  readonly writer: StreamWriter;
  /** What a consumer is told of it. */
  readonly stream: ConsumerStream;
  /** Events in the buffers or passed by them, as the shared memory counts them. */
  recorded(): number;
  close(): void;
}

const STREAM_ID = 1;

export function openStream(shape: RingShape): BenchStream {
  const memory = createMemory();
  const world = createRealWorld({ log: (_level, message) => process.stderr.write(`${message}\n`) });
  const owner = { uid: world.identity.uid, gid: world.identity.gid, mode: 0o600 };
  const dataSegment = must(memory.create(segmentBytes(shape), owner));
  const positionSegment = must(memory.create(POSITION_SEGMENT_BYTES, owner));
  const directory = mkdtempSync(join(tmpdir(), 'lttng-ts-bench-'));
  const close = (): void => {
    memory.remove(dataSegment);
    memory.remove(positionSegment);
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', close);
  const data = must(memory.attachWritable(dataSegment));
  formatSegment(data, shape, STREAM_ID);
  const wakePath = join(directory, 'wake');
  must(world.pipes.create(wakePath, { mode: 0o600 }));
  // As in an application: there is nobody to open it for until a consumer reads it.
  let wake: PipeWriter | undefined;
  const byte = new Uint8Array(1);
  const writer = must(
    attachWriter({
      data,
      position: must(memory.attachReadable(positionSegment)),
      now: storeTimestamp,
      onSwitch: () => {
        if (wake === undefined) {
          const opened = world.pipes.openWriter(wakePath);
          if (!opened.ok) return;
          wake = opened.value;
        }
        wake.write(byte);
      },
    }),
  );
  return {
    writer,
    stream: {
      streamId: STREAM_ID,
      channel: 'bench',
      pid: process.pid,
      tid: process.pid,
      processName: 'bench',
      dataSegment,
      positionSegment,
      wakePath,
      shape: { ...shape },
      switchTimerUs: 0,
      readTimerUs: 200_000,
    },
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
