/**
 * What a consumer leaves in the position segment when it is killed between any two of its stores: together with the
 * length of its file it tells exactly how far it was, never less than the application was told.
 */
import { describe, expect, it } from 'vitest';
import { whereItEnded } from '../../../../src/recorder/resume-point.ts';
import { POSITION_SEGMENT_BYTES } from '../../../../src/ring/layout.ts';
import { ConsumerPlace, type Note, START } from '../../../../src/ring/progress.ts';
import { watchStores } from '../../../support/ring/journal.ts';
import { makeMemory, SMALL_SHAPE } from '../../../support/ring/memory.ts';

/** A packet inside a sub-buffer, its end, two whole ones, one that is only a count. */
const NOTES: readonly Note[] = [
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
  file: { fileBytes: 500 * (index + 1), packets: index + 2, discarded },
}));

describe('the notes of a consumer that is killed between two stores', () => {
  it('say where its file ends, whatever the length of a torn packet', () => {
    const position = makeMemory(POSITION_SEGMENT_BYTES);
    const { buffer } = position.writable;
    const journal = watchStores(buffer);
    const place = new ConsumerPlace(position.writable);
    /** Stores before which the file has the length of the note before, and from which on its own. */
    const appended = NOTES.map((note) => {
      place.announce(note);
      const at = journal.length;
      place.commit(note);
      return at;
    });
    journal.stop();
    expect(journal.length).toBeGreaterThan(5 * NOTES.length);
    for (let kill = 0; kill <= journal.length; kill++) {
      const left = makeMemory(POSITION_SEGMENT_BYTES);
      journal.replay(left.writable.buffer, 0, kill);
      const found = new ConsumerPlace(left.writable);
      const written = appended.filter((at) => at < kill).length;
      const [before = START, next] = [NOTES[written - 1], NOTES[written]];
      const endOf = (fileBytes: number): unknown => whereItEnded(found, SMALL_SHAPE, fileBytes);
      expect({ kill, end: endOf(before.file.fileBytes) }).toEqual({
        kill,
        end: { note: before, isGone: false },
      });
      // Only what was announced can have been begun.
      if (next === undefined || !appended.includes(kill)) continue;
      for (const torn of [1, 250, 499]) {
        const end = { note: before, isGone: false };
        expect({ kill, torn, end: endOf(before.file.fileBytes + torn) }).toEqual({
          kill,
          torn,
          end,
        });
      }
      const end = { note: next, isGone: false };
      expect({ kill, end: endOf(next.file.fileBytes) }).toEqual({ kill, end });
    }
  });

  it('are not believed about a file of another length', () => {
    const position = makeMemory(POSITION_SEGMENT_BYTES);
    const place = new ConsumerPlace(position.writable);
    for (const note of NOTES) {
      place.announce(note);
      place.commit(note);
    }
    const [last = START] = NOTES.slice(-1);
    expect(whereItEnded(place, SMALL_SHAPE, last.file.fileBytes + 1)).toBeUndefined();
    expect(whereItEnded(place, SMALL_SHAPE, 100)).toBeUndefined();
    // Gone: what the application was told counts, and the file begins anew.
    expect(whereItEnded(place, SMALL_SHAPE, 0)).toEqual({
      note: { ...last, file: START.file },
      isGone: true,
    });
  });
});
