/** Markers are events with one text. */
import { expect, it } from 'vitest';
import { decodeHeader } from '../../../../sim/ring/records.ts';
import { LOG_LEVELS } from '../../../../src/event/model.ts';
import { MARKERS_MAX, makeMarker } from '../../../../src/tracer/markers.ts';
import { Tracer } from '../../../../src/tracer/tracer.ts';
import { makeStream, must } from '../../../support/ring/memory.ts';
import { FieldCursor } from '../../../support/trace/fields.ts';

it('records a text under the name of the marker, from its first use', () => {
  const tracer = new Tracer();
  const stream = makeStream();
  const matches = ({ name }: { name: string }): boolean => name === 'marker:deploy';
  must(tracer.attachStream({ key: 'a', writer: stream.attachWriter(), matches }));
  const marker = makeMarker(tracer);
  marker('deploy', 'v1.2');
  marker('other', 'x');
  marker('deploy', 'v1.3');
  const body = stream.attachReader().next(true)?.body ?? new Uint8Array(0);
  const texts: unknown[] = [];
  for (let offset = 0; offset < body.length; ) {
    const cursor = new FieldCursor(body, decodeHeader(body, offset, 0n).end);
    texts.push(cursor.value({ kind: 'string' }));
    offset = cursor.offset;
  }
  expect(texts).toEqual(['v1.2', 'v1.3']);
  expect(tracer.list()).toEqual(
    ['marker:deploy', 'marker:other'].map((name) => ({
      name,
      logLevel: LOG_LEVELS.info,
      fields: [{ name: 'text', type: { kind: 'string' } }],
    })),
  );
});

it(`has at most ${MARKERS_MAX} names`, () => {
  const marker = makeMarker(new Tracer());
  for (let index = 0; index < MARKERS_MAX; index++) marker(`m${index}`, '');
  expect(() => marker('more', '')).toThrow(RangeError);
  expect(() => marker('m0', '')).not.toThrow();
});

it('refuses a name that a trace cannot represent', () => {
  expect(() => makeMarker(new Tracer())('a\nb', '')).toThrow(TypeError);
});
