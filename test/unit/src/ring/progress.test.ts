/**
 * The position segment of a consumer that is killed between any two of its stores: together with the length of its
 * file it gives the consumer's exact progress, never less than the position that the application can read.
 */
import { describe, expect, it } from 'vitest';
import { countedAsGone, findResumePoint } from '../../../../src/recorder/resume-point.ts';
import { POSITION_SEGMENT_BYTES } from '../../../../src/ring/layout.ts';
import { type Checkpoint, ConsumerPosition, START } from '../../../../src/ring/progress.ts';
import { watchStores } from '../../../support/ring/journal.ts';
import { makeMemory, SMALL_SHAPE } from '../../../support/ring/memory.ts';

/** After a packet inside a sub-buffer, after its end, after two whole ones, after a packet of counters only. */
const CHECKPOINTS: readonly Checkpoint[] = [
  [0, 100, 1, 0],
  [1, 0, 9, 0],
  [2, 0, 20, 0],
  [3, 0, 30, 4],
  [3, 0, 30, 7],
].map(([consumed = 0, bytes = 0, events = 0, discarded = 0], index) => ({
  consumed,
  bytes,
  events,
  discarded,
  timestamp: BigInt(index + 1) * 1000n,
  stored: { position: 500 * (index + 1), packets: index + 2, discarded },
}));

describe('the checkpoints of a consumer that is killed between two stores', () => {
  it('give the end of its file, for any length of a torn packet', () => {
    const position = makeMemory(POSITION_SEGMENT_BYTES);
    const { buffer } = position.writable;
    const journal = watchStores(buffer);
    const consumer = new ConsumerPosition(position.writable);
    /** For each checkpoint, the number of stores after which its packet is in the file. */
    const appended = CHECKPOINTS.map((checkpoint) => {
      consumer.announce(checkpoint);
      const at = journal.length;
      consumer.commit(checkpoint);
      return at;
    });
    journal.stop();
    expect(journal.length).toBeGreaterThan(5 * CHECKPOINTS.length);
    for (let kill = 0; kill <= journal.length; kill++) {
      const left = makeMemory(POSITION_SEGMENT_BYTES);
      journal.replay(left.writable.buffer, 0, kill);
      const found = new ConsumerPosition(left.writable);
      const written = appended.filter((at) => at < kill).length;
      const [before = START, next] = [CHECKPOINTS[written - 1], CHECKPOINTS[written]];
      const endOf = (position: number): unknown => findResumePoint(found, SMALL_SHAPE, position);
      expect({ kill, end: endOf(before.stored.position) }).toEqual({
        kill,
        end: { checkpoint: before, isGone: false },
      });
      // The consumer begins only announced packets.
      if (next === undefined || !appended.includes(kill)) continue;
      for (const torn of [1, 250, 499]) {
        const end = { checkpoint: before, isGone: false };
        expect({ kill, torn, end: endOf(before.stored.position + torn) }).toEqual({
          kill,
          torn,
          end,
        });
      }
      const end = { checkpoint: next, isGone: false };
      expect({ kill, end: endOf(next.stored.position) }).toEqual({ kill, end });
    }
  });

  it('say without the sink what it has acknowledged, also of packets of counters only', () => {
    const { writable } = makeMemory(POSITION_SEGMENT_BYTES);
    const consumer = new ConsumerPosition(writable);
    const atPosition = (): Checkpoint => new ConsumerPosition(writable).atPosition();
    for (const [index, checkpoint] of CHECKPOINTS.entries()) {
      const before = CHECKPOINTS[index - 1] ?? START;
      consumer.announce(checkpoint);
      expect([consumer.atPosition(), atPosition()]).toEqual([before, before]);
      consumer.commit(checkpoint);
      expect([consumer.atPosition(), atPosition()]).toEqual([checkpoint, checkpoint]);
    }
  });

  it('are in order when the next consumer attached before they were written', () => {
    const { writable } = makeMemory(POSITION_SEGMENT_BYTES);
    const next = new ConsumerPosition(writable);
    const first = new ConsumerPosition(writable);
    const [one = START, two = START, three = START, four = START] = CHECKPOINTS;
    for (const checkpoint of [one, two, three]) {
      first.announce(checkpoint);
      first.commit(checkpoint);
    }
    next.adopt(three);
    next.announce(four);
    expect(new ConsumerPosition(writable).checkpoints()).toMatchObject([four, three]);
  });

  it('are not believed about a file of another length', () => {
    const position = makeMemory(POSITION_SEGMENT_BYTES);
    const consumer = new ConsumerPosition(position.writable);
    for (const checkpoint of CHECKPOINTS) {
      consumer.announce(checkpoint);
      consumer.commit(checkpoint);
    }
    const [last = START] = CHECKPOINTS.slice(-1);
    expect(findResumePoint(consumer, SMALL_SHAPE, last.stored.position + 1)).toBeUndefined();
    expect(findResumePoint(consumer, SMALL_SHAPE, 100)).toBeUndefined();
    // The file is gone: the position in the segment counts, and a new file counts what the old one held as lost.
    expect(findResumePoint(consumer, SMALL_SHAPE, 0)).toEqual({
      checkpoint: { ...last, stored: countedAsGone(last) },
      isGone: true,
    });
  });
});
