/**
 * A consumer whose sink changes while it records: from files to a relay, to another one, to nowhere and back, also
 * during a change. While the links are healthy each event is in one output, once; what a relay did not acknowledge goes
 * to the next output, too.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_REPORT_MS } from '../../../../src/recorder/outcome-reports.ts';
import { CHANGE_MS_MAX } from '../../../../src/recorder/stream-consumer.ts';
import {
  DIRECTORIES,
  type Output,
  OutputStage,
  SHAPE,
  STREAMS,
} from '../../../support/relay/output-stage.ts';

/** A compact header and one u32. */
const EVENTS_PER_SUBBUFFER = SHAPE.subbufferBytes / 8;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

type Step =
  | { readonly emit: number }
  | { readonly waitMs: number }
  | { readonly to: Output }
  | { readonly flush: true }
  | { readonly stall: boolean }
  | { readonly cut: true };

const calm: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ emit: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ emit: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ waitMs: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ to: fc.constantFrom<Output>('relay', 'relay', 'nowhere', ...DIRECTORIES) }),
  fc.record({ to: fc.constantFrom<Output>('relay', 'relay', 'nowhere', ...DIRECTORIES) }),
  fc.record({ flush: fc.constant<true>(true) }),
  fc.record({ stall: fc.boolean() }),
);
const rough: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: calm },
  { weight: 1, arbitrary: fc.record({ cut: fc.constant<true>(true) }) },
);

function take(stage: OutputStage, step: Step): void {
  if ('emit' in step) stage.emit(step.emit);
  else if ('waitMs' in step) stage.wait(step.waitMs);
  else if ('to' in step) stage.change(step.to);
  else if ('flush' in step) stage.consumer.flush(1);
  else if ('stall' in step) stage.isStalled = step.stall;
  else stage.cut();
}

/** Takes the steps, and then has everything written. */
function play(seed: number, steps: readonly Step[]): OutputStage {
  const stage = new OutputStage(seed);
  for (const step of steps) take(stage, step);
  stage.isStalled = false;
  stage.wait(200);
  stage.change(DIRECTORIES[0]);
  stage.wait(200);
  stage.outcomes.length = 0;
  stage.consumer.close(false);
  stage.wait(100);
  expect(stage.outcomes).toEqual(['closed']);
  return stage;
}

describe('each event', () => {
  it('is in one output, once, while the links are healthy', () => {
    const property = fc.property(fc.nat(), fc.array(calm, { maxLength: 14 }), (seed, steps) => {
      const stage = play(seed, steps);
      const { relays, files } = stage.stored();
      expect(ascending([...relays, ...files])).toEqual(upTo(stage.emitted));
      expect(stage.logged('trace.relayLost')).toBe(0);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('is in an output, whatever happens to the links', () => {
    const property = fc.property(fc.nat(), fc.array(rough, { maxLength: 14 }), (seed, steps) => {
      const stage = play(seed, steps);
      const { relays, files } = stage.stored();
      expect([...new Set(ascending([...relays, ...files]))]).toEqual(upTo(stage.emitted));
      expect(files).toHaveLength(new Set(files).size);
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe('a change', () => {
  it('to a relay and back is complete when the sink has stored what it took', () => {
    const stage = new OutputStage();
    stage.change(DIRECTORIES[0]);
    stage.emit(10);
    stage.consumer.flush(1);
    stage.change('relay');
    stage.isStalled = true;
    stage.emit(10);
    stage.consumer.flush(2);
    stage.wait(20);
    stage.change(DIRECTORIES[1]);
    stage.emit(10);
    stage.wait(20);
    stage.isStalled = false;
    expect(stage.outcomes).toEqual(['changed to /home/alice/one', 'flushed 1', 'changed to relay']);
    stage.wait(100);
    stage.consumer.flush(3);
    expect(stage.outcomes.slice(3)).toEqual([
      'changed to /home/alice/two',
      'flushed 2',
      'flushed 3',
    ]);
    const { relays, files } = stage.stored();
    expect([ascending(relays), ascending(files)]).toEqual([
      upTo(20).slice(10),
      [...upTo(10), ...upTo(30).slice(20)],
    ]);
    expect(stage.lastRelay.streams.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it('before the relay has the streams leaves everything to the next sink', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.emit(10);
    stage.consumer.flush(1);
    stage.change(DIRECTORIES[0]);
    expect(stage.outcomes).toEqual(['changed to relay', 'changed to /home/alice/one', 'flushed 1']);
    expect(ascending(stage.stored().files)).toEqual(upTo(10));
  });

  it('that a newer one replaces is not told, and its link is closed', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.isStalled = true;
    stage.emit(10);
    stage.consumer.flush(1);
    stage.wait(20);
    stage.change('relay');
    stage.change(DIRECTORIES[0]);
    stage.isStalled = false;
    stage.wait(200);
    expect(stage.outcomes).toEqual(['changed to relay', 'changed to /home/alice/one', 'flushed 1']);
    expect(stage.relays.map(({ streams }) => streams.length)).toEqual([3, 0]);
    expect(ascending(stage.stored().relays)).toEqual(upTo(10));
  });

  it('waits CHANGE_MS_MAX for a relay that stores nothing, and no longer', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.isStalled = true;
    stage.emit(10);
    stage.consumer.flush(1);
    stage.wait(20);
    stage.change(DIRECTORIES[0]);
    stage.wait(CHANGE_MS_MAX - 50);
    expect(stage.outcomes).toEqual(['changed to relay']);
    stage.wait(100);
    expect(stage.outcomes.slice(1)).toEqual(['changed to /home/alice/one', 'flushed 1']);
    expect(stage.logged('trace.relayLost')).toBe(1);
    // The relay has them, too, but has not said so.
    expect(ascending(stage.stored().files)).toEqual(upTo(10));
  });

  it('does not wait for a relay whose link is lost', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.isStalled = true;
    stage.emit(10);
    stage.consumer.flush(1);
    stage.wait(20);
    stage.change(DIRECTORIES[0]);
    stage.cut();
    stage.wait(20);
    expect(stage.outcomes.slice(1)).toEqual(['changed to /home/alice/one', 'flushed 1']);
    expect(ascending(stage.stored().files)).toEqual(upTo(10));
  });

  it('is over with the consumer, which writes what is left to the new sink', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.isStalled = true;
    stage.emit(10);
    stage.consumer.flush(1);
    stage.wait(20);
    stage.change(DIRECTORIES[0]);
    stage.emit(5);
    stage.consumer.close(false);
    stage.isStalled = false;
    stage.wait(1000);
    expect(stage.outcomes.slice(1)).toEqual(['changed to /home/alice/one', 'closed']);
    const { relays, files } = stage.stored();
    expect([ascending(relays), ascending(files)]).toEqual([upTo(10), upTo(15).slice(10)]);
  });
});

describe('nowhere', () => {
  it('keeps events in the buffers, says so, and counts those without room', () => {
    const stage = new OutputStage(1, { ...SHAPE, subbufferCount: 2 });
    stage.emit(10);
    stage.consumer.flush(1);
    expect(stage.outcomes).toEqual(['flushed 1 2 ENXIO']);
    stage.change(DIRECTORIES[0]);
    stage.consumer.flush(2);
    stage.change('nowhere');
    const room = 2 * STREAMS.length * EVENTS_PER_SUBBUFFER;
    stage.emit(2 * room);
    stage.consumer.endStream(3);
    stage.consumer.flush(3);
    expect(stage.outcomes.slice(1)).toEqual([
      'changed to /home/alice/one',
      'flushed 2',
      'changed to nowhere',
      'flushed 3 2 ENXIO',
    ]);
    stage.change('relay');
    stage.wait(500);
    expect(stage.outcomes.slice(5)).toEqual(['changed to relay', 'released 3']);
    const { relays, files } = stage.stored();
    expect(ascending(files)).toEqual(upTo(10));
    expect(ascending(relays).slice(0, 100)).toEqual(upTo(110).slice(10));
    expect(relays.length).toBeLessThanOrEqual(room);
    const discarded = stage.lastRelay.streams
      .flatMap(({ indexes }) => indexes.slice(-1))
      .reduce((sum, { eventsDiscarded }) => sum + Number(eventsDiscarded), 0);
    expect(relays.length + discarded).toBe(2 * room);
  });

  it('ends at once, and says what is not written', () => {
    const stage = new OutputStage();
    stage.emit(10);
    stage.consumer.close(false);
    expect(stage.outcomes).toEqual(['closed 2 ENXIO']);
  });
});

describe('a link', () => {
  it('is reported when it is lost, with the reason; the buffers keep their events', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.wait(20);
    stage.cut();
    stage.wait(20);
    expect(stage.reports.at(-1)?.link).toMatchObject({
      state: 'lost',
      reason: 'the relay closed the connection',
    });
    stage.emit(10);
    stage.consumer.flush(1);
    expect(stage.outcomes.slice(1)).toEqual(['flushed 1 2 ECONNRESET, lost']);
    stage.consumer.close(false);
    expect(stage.outcomes.slice(2)).toEqual(['closed 2 ECONNRESET, lost']);
  });

  it('is reported with its numbers, at most once in LINK_REPORT_MS', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.wait(20);
    for (let token = 1; token <= 50; token++) {
      stage.emit(2);
      stage.consumer.flush(token);
      stage.wait(LINK_REPORT_MS / 10);
    }
    stage.wait(2 * LINK_REPORT_MS);
    const { length } = stage.reports;
    expect(length).toBeGreaterThan(3);
    expect(length).toBeLessThanOrEqual(8);
    // An opening packet for each stream comes with its first one.
    expect(stage.reports.at(-1)?.link).toMatchObject({
      state: 'connected',
      packetsInFlight: 0,
      packetsStored: 100,
    });
    stage.wait(5 * LINK_REPORT_MS);
    expect(stage.reports).toHaveLength(length);
  });
});

describe('the next consumer', () => {
  it('begins anew in files what an earlier one sent to a relay, and counts no loss', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.emit(10);
    stage.consumer.flush(1);
    stage.wait(100);
    stage.emit(5);
    stage.consumer.close(true);
    const next = stage.follow();
    stage.change(DIRECTORIES[0], false);
    next.flush(2);
    expect(stage.outcomes).toEqual([
      'changed to relay',
      'flushed 1, connected',
      'closed, connected',
      'changed to /home/alice/one',
      'flushed 2',
    ]);
    const { relays, files } = stage.stored();
    expect([ascending(relays), ascending(files)]).toEqual([upTo(10), upTo(15).slice(10)]);
    expect(stage.reports.filter(({ lost }) => lost !== undefined)).toEqual([]);
    expect(stage.logged('trace.streamFileGone')).toBe(0);
  });

  it('has the streams alone while the one before it is without a registry', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.emit(2 * EVENTS_PER_SUBBUFFER);
    stage.consumer.flush(1);
    stage.wait(100);
    const former = stage.consumer;
    former.noteAlone();
    const next = stage.follow();
    stage.change('relay');
    stage.emit(2 * EVENTS_PER_SUBBUFFER);
    next.flush(2);
    stage.wait(100);
    stage.emit(10);
    former.flush(3);
    stage.wait(100);
    const { length } = stage.stored().relays;
    expect(length).toBe(stage.emitted - 10);

    // The registry has the former one again, and no other.
    next.close(true);
    former.keepOnly(stage.segments);
    former.flush(4);
    stage.wait(100);
    expect(ascending(stage.stored().relays)).toEqual(upTo(stage.emitted));
    const flushed = stage.outcomes.filter((outcome) => outcome.startsWith('flushed'));
    expect(flushed).toEqual([
      'flushed 1, connected',
      'flushed 2, connected',
      'flushed 4, connected',
    ]);
  });

  it('leaves what the one before it had in flight, so that both have that', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.isStalled = true;
    stage.emit(10);
    stage.consumer.flush(1);
    stage.wait(20);
    const former = stage.consumer;
    former.noteAlone();
    const next = stage.follow();
    stage.change('relay');
    next.flush(2);
    stage.wait(20);
    stage.isStalled = false;
    stage.wait(200);
    expect(ascending(stage.stored().relays)).toEqual(ascending([...upTo(10), ...upTo(10)]));
    expect(stage.outcomes.slice(1)).toEqual(['changed to relay', 'flushed 2, connected']);
  });

  it('ends the streams that it took; the one before it ends at once', () => {
    const stage = new OutputStage();
    stage.change('relay');
    stage.emit(2 * EVENTS_PER_SUBBUFFER);
    stage.consumer.flush(1);
    stage.wait(100);
    const former = stage.consumer;
    former.noteAlone();
    const next = stage.follow();
    stage.change('relay');
    stage.emit(2 * EVENTS_PER_SUBBUFFER);
    next.flush(2);
    stage.wait(100);
    former.close(false);
    expect(stage.outcomes.at(-1)).toBe('closed, connected');
    expect(ascending(stage.stored().relays)).toEqual(upTo(stage.emitted));
    expect(stage.logged('trace.abandoned')).toBe(0);
  });
});
