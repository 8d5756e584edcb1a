/** The order of declarations in metadata. */
import { expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../../../src/base/utf8.ts';
import { SchemaBuilder } from '../../../../../../src/ctf/read/tsdl/declarations.ts';

const STREAM = 'stream { id = 3; };';
const EVENT = 'event { name = "a:b"; id = 7; stream_id = 3; };';

function add(builder: SchemaBuilder, text: string): string {
  const added = builder.add({ bytes: encodeUtf8(text), offset: 0 });
  return added.ok ? 'ok' : added.error;
}

it.each([
  ['after', [STREAM, EVENT]],
  ['before', [EVENT, STREAM]],
])('an event class %s its stream class belongs to it', (_, declarations) => {
  const builder = new SchemaBuilder();
  expect(declarations.map((text) => add(builder, text))).toEqual(['ok', 'ok']);
  const { streams } = builder.schema;
  expect([...streams].map(([id, { events }]) => [id, [...events.keys()]])).toEqual([[3, [7]]]);
});

it('an event class has one declaration, before and after that of its stream class', () => {
  const builder = new SchemaBuilder();
  const said = [EVENT, EVENT, STREAM, EVENT].map((text) => add(builder, text));
  const isTwice = (text: string): boolean =>
    text.includes('event class 7 of stream 3 is declared twice');
  expect(said.map((text) => (isTwice(text) ? 'twice' : text))).toEqual(
    'ok twice ok twice'.split(' '),
  );
});
