/** Which packets tell the viewers of a live session of new streams. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToldStreams } from '../../../../src/recorder/told-streams.ts';

interface Stream {
  readonly name: string;
}
const stream = (name: string): Stream => ({ name });

describe('ToldStreams', () => {
  it('has news for a stream that is known, until that has a packet', () => {
    const told = new ToldStreams<Stream>();
    const [first, second, third] = [stream('first'), stream('second'), stream('third')];
    told.add(first);
    told.tellBy(first);
    expect(told.areNewsFor(first)).toBe(false);
    told.add(second);
    told.add(third);
    expect([first, second, third].map((each) => told.areNewsFor(each))).toEqual([
      true,
      false,
      false,
    ]);
    // A packet of a stream that no viewer knows tells nothing.
    told.tellBy(third);
    expect(told.areNewsFor(first)).toBe(true);
    told.tellBy(first);
    expect([first, second, third].some((each) => told.areNewsFor(each))).toBe(false);
  });

  it('counts the oldest stream as known when the others have gone', () => {
    const told = new ToldStreams<Stream>();
    const [first, second, third] = [stream('first'), stream('second'), stream('third')];
    told.add(first);
    told.add(second);
    told.remove(first);
    told.add(third);
    expect(told.areNewsFor(second)).toBe(true);
  });

  it('tells a viewer of every stream, whatever comes and goes', () => {
    const step = fc.record({ do: fc.constantFrom('add', 'remove', 'rest'), of: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const told = new ToldStreams<Stream>();
        const present = new Set<Stream>();
        const known = new Set<Stream>();
        /** As a viewer does that knows no stream. */
        const ask = (): void => {
          const knowsSome = [...present].some((each) => known.has(each));
          if (!knowsSome) for (const each of present) known.add(each);
        };
        const restAll = (): void => {
          for (const each of present) {
            if (!told.areNewsFor(each)) continue;
            told.tellBy(each);
            if (known.has(each)) for (const other of present) known.add(other);
          }
        };
        for (const { do: what, of } of steps) {
          if (what === 'add') {
            const added = stream(String(of));
            present.add(added);
            told.add(added);
          } else if (what === 'remove') {
            const removed = [...present][of];
            if (removed === undefined) continue;
            present.delete(removed);
            told.remove(removed);
          } else restAll();
          ask();
        }
        restAll();
        expect([...present].every((each) => known.has(each))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
