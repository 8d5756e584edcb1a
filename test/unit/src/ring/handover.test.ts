/** Which streams another thread can go on in: those whose memory is as its registry made it, with room for classes. */
import { describe, expect, it } from 'vitest';
import { encodeClassRecord } from '../../../../src/event/class-record.ts';
import { formatSegment } from '../../../../src/ring/format.ts';
import { HANDOVER_CLASS_LOG_BYTES_MAX, handoverFault } from '../../../../src/ring/handover.ts';
import {
  CLASS_LOG_BYTES,
  classLogOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_CONSUMED,
  OFFSET_MAGIC,
  OFFSET_OPENED,
} from '../../../../src/ring/layout.ts';
import { makeStream, SMALL_SHAPE, type TestStream } from '../../../support/ring/memory.ts';

const EXPECTED = { ...SMALL_SHAPE, streamId: 7 };
const LENGTH_BYTES = 4;

const faultIn = ({ data, position }: TestStream, expected = EXPECTED): string | undefined =>
  handoverFault(data.readable, position.readable, expected);

/** A stream with classes, whose names are as long as its class log has to be. */
function withClasses(bytes: number): TestStream {
  const stream = makeStream();
  const writer = stream.attachWriter();
  for (let [id, left] = [0, bytes]; left > 0; id++) {
    const most = left > 280 ? 256 : left;
    const shortest = encodeClassRecord({ id, name: 'x', logLevel: 6, fields: [] }).length;
    const name = 'x'.repeat(1 + most - LENGTH_BYTES - shortest);
    expect(writer.declareClass(encodeClassRecord({ id, name, logLevel: 6, fields: [] }))).toBe(
      true,
    );
    left -= most;
  }
  return stream;
}

describe('a stream whose writer has ended', () => {
  it('can have another writer, used or not', () => {
    expect(faultIn(makeStream())).toBeUndefined();
    expect(faultIn(withClasses(3000))).toBeUndefined();
  });

  it(`can have one up to ${HANDOVER_CLASS_LOG_BYTES_MAX} bytes of classes`, () => {
    const most = withClasses(HANDOVER_CLASS_LOG_BYTES_MAX);
    expect(faultIn(most)).toBeUndefined();
    const more = withClasses(HANDOVER_CLASS_LOG_BYTES_MAX + 8);
    expect(faultIn(more)).toBe('the class log has no room for another program');
  });

  it('cannot have one when the memory is not as its registry made it', () => {
    const stream = makeStream();
    for (const other of [
      { ...EXPECTED, streamId: 8 },
      { ...EXPECTED, overwrite: true },
      { ...EXPECTED, subbufferCount: 4 },
      { ...EXPECTED, subbufferBytes: 8192 },
    ]) {
      expect(faultIn(stream, other)).toBe('the header has changed');
    }
    formatSegment(stream.data.writable, { ...SMALL_SHAPE, overwrite: true }, 7);
    expect(faultIn(stream)).toBe('the header has changed');
    stream.data.view.setUint32(OFFSET_MAGIC, 0, true);
    expect(faultIn(stream)).toBe('the segment holds no stream');
  });

  it('cannot have one when more sub-buffers are open than there are, unless they are overwritten', () => {
    const stream = makeStream();
    stream.data.view.setUint32(OFFSET_OPENED, 2, true);
    expect(faultIn(stream)).toBeUndefined();
    stream.data.view.setUint32(OFFSET_OPENED, 3, true);
    expect(faultIn(stream)).toBe('3 sub-buffers are open after 0 consumed ones');
    stream.position.view.setUint32(OFFSET_CONSUMED, 1, true);
    expect(faultIn(stream)).toBeUndefined();
    stream.position.view.setUint32(OFFSET_CONSUMED, 4, true);
    expect(faultIn(stream)).toBe('3 sub-buffers are open after 4 consumed ones');
    const overwriting = makeStream({ ...SMALL_SHAPE, overwrite: true });
    overwriting.data.view.setUint32(OFFSET_OPENED, 9, true);
    expect(faultIn(overwriting, { ...EXPECTED, overwrite: true })).toBeUndefined();
  });

  it('cannot have one when the last one was killed inside an event, at any place', () => {
    for (const events of [0, 1, 2, 300]) {
      const stream = makeStream({ ...SMALL_SHAPE, subbufferCount: 8 });
      const expected = { ...EXPECTED, subbufferCount: 8 };
      const writer = stream.attachWriter();
      for (let n = 0; n < events; n++) {
        stream.clock.ns += 1000n;
        writer.commit(writer.reserve(64, 1) + 64);
      }
      expect(faultIn(stream, expected)).toBeUndefined();
      writer.reserve(64, 1);
      expect(faultIn(stream, expected)).toBe('its thread ended inside an event');
    }
  });

  it('can have one when the last one discarded its last event', () => {
    const stream = makeStream();
    const writer = stream.attachWriter();
    for (let n = 0; n < 500; n++) {
      stream.clock.ns += 1000n;
      const at = writer.reserve(64, 1);
      if (at >= 0) writer.commit(at + 64);
    }
    expect(writer.discarded).toBeGreaterThan(0);
    expect(faultIn(stream)).toBeUndefined();
  });

  it('cannot have one when its class log is damaged', () => {
    const long = makeStream();
    long.data.view.setUint32(OFFSET_CLASS_LOG_COMMITTED, CLASS_LOG_BYTES + 4, true);
    expect(faultIn(long)).toBe(`a class log of ${CLASS_LOG_BYTES + 4} bytes`);
    const torn = withClasses(100);
    torn.data.view.setUint32(classLogOffset(SMALL_SHAPE), 97, true);
    expect(faultIn(torn)).toBe('the class log ends inside a description');
    const nonsense = makeStream();
    nonsense.attachWriter().declareClass(new Uint8Array(40));
    expect(faultIn(nonsense)).toEqual(expect.any(String));
    const again = makeStream();
    const record = encodeClassRecord({ id: 1, name: 'x', logLevel: 6, fields: [] });
    again.attachWriter().declareClass(record);
    expect(faultIn(again)).toBe('event class 1 out of order');
  });
});
