/** Any text is safe to show: as one line of visible characters, and as JSON and XML that parsers turn back into it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeJson, visible, visibleJson, visibleXml } from '../../../../src/base/visible.ts';
import { parseXml } from '../../../../src/kept/xml.ts';

/** Characters that must not be shown, stated independently of the product's pattern: first and last of each range. */
const RANGES: readonly (readonly [what: string, from: number, to: number])[] = [
  ['C0', 0x00, 0x1f],
  ['DEL and C1', 0x7f, 0x9f],
  ['the soft hyphen', 0xad, 0xad],
  ['the combining grapheme joiner', 0x034f, 0x034f],
  ['the Arabic letter mark', 0x061c, 0x061c],
  ['Hangul fillers', 0x115f, 0x1160],
  ['the Mongolian vowel separator', 0x180e, 0x180e],
  ['zero width space to right-to-left mark', 0x200b, 0x200f],
  ['line and paragraph separators, embeddings and overrides', 0x2028, 0x202e],
  ['word joiner to nominal digit shapes', 0x2060, 0x206f],
  ['the Hangul filler', 0x3164, 0x3164],
  ['surrogates', 0xd800, 0xdfff],
  ['variation selectors', 0xfe00, 0xfe0d],
  ['the byte order mark', 0xfeff, 0xfeff],
  ['interlinear annotations', 0xfff9, 0xfffb],
  ['musical format characters', 0x1d173, 0x1d17a],
  ['tags', 0xe0001, 0xe007f],
  ['further variation selectors', 0xe0100, 0xe01ef],
];
const isUnsafe = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return RANGES.some(([, from, to]) => from <= code && code <= to);
};

/** Text in which unsafe characters are frequent. */
const unsafe = fc
  .constantFrom(...RANGES)
  .chain(([, from, to]) => fc.integer({ min: from, max: to }))
  .map((code) => String.fromCodePoint(code));
const anyText = fc.string({ unit: fc.oneof(unsafe, fc.string({ unit: 'binary', maxLength: 3 })) });

describe('visible', () => {
  test.each(RANGES)('escapes %s', (_what, from, to) => {
    for (let code = from; code <= to; code++) {
      expect(visible(String.fromCodePoint(code))).toMatch(/^\\(?:[abefnrtv]|x..|u....|u\{.+\})$/);
    }
  });

  test.each([
    ['\u001b]0;title\u0007', '\\e]0;title\\a'],
    ['two\nlines\r\t\v\f\b', 'two\\nlines\\r\\t\\v\\f\\b'],
    ['\0\x7f\x9b', '\\x00\\x7f\\x9b'],
    ['user\u202egnp.exe', 'user\\u202egnp.exe'],
    ['\ud800x\udc00', '\\ud800x\\udc00'],
    ['a\u{e0041}', 'a\\u{e0041}'],
    ['👩\u200d💻', '👩\\u200d💻'],
  ])('shows %j as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test.each([
    '',
    'plain',
    'ä 漢字 🦊',
    '⚠\ufe0f ✔\ufe0e',
    'שלום مرحبا',
    'C:\\new "x" \\x1b',
    'e\u0301 \u00a0',
  ])('leaves %j as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  test('leaves nothing unsafe in any text, and what is visible as it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = visible(text);
        expect(Array.from(shown).filter(isUnsafe)).toEqual([]);
        expect(visible(shown)).toBe(shown);
        const safe = Array.from(text)
          .filter((character) => visible(character) === character)
          .join('');
        expect(visible(safe)).toBe(safe);
      }),
    );
  });
});

describe('JSON', () => {
  test('has nothing unsafe, and is the same value for a parser', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText))), (value) => {
        const json = visibleJson(value);
        expect(Array.from(json).filter(isUnsafe)).toEqual([]);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(escapeJson(json)).toBe(json);
      }),
    );
  });

  test('has every bigint as decimal text, and every number as a number', () => {
    expect(visibleJson({ big: 0n, wide: 2n ** 64n - 1n, small: 7, list: [1n, 1] })).toBe(
      '{"big":"0","wide":"18446744073709551615","small":7,"list":["1",1]}',
    );
  });

  test('escapes beyond the basic plane as two units', () => {
    expect(visibleJson('\u{e0041}\x7f\u202e')).toBe('"\\udb40\\udc41\\u007f\\u202e"');
  });
});

describe('XML', () => {
  /** Stated by XML 1.0, production 2 (Char), beside the product's pattern. */
  const isXml = (character: string): boolean => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return code === 9 || code === 10 || code === 13;
    return code < 0xd800 || (code >= 0xe000 && code !== 0xfffe && code !== 0xffff);
  };

  test('has nothing unsafe, and is the same text for a parser as far as XML can have it', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string()), (text) => {
        const shown = visibleXml(text);
        expect(Array.from(shown).filter(isUnsafe)).toEqual([]);
        const possible = Array.from(text, (each) => (isXml(each) ? each : visible(each))).join('');
        expect(parseXml(`<a>${shown}</a>`)).toMatchObject({ ok: true, value: { text: possible } });
      }),
    );
  });

  test.each([
    ['<&>"', '&lt;&amp;&gt;"'],
    ['a\nb\u202e', 'a&#10;b&#8238;'],
    ['\u001b[31m\0', '\\e[31m\\x00'],
    ['\ud800\ufffe\uffff', '\\ud800\\ufffe\\uffff'],
    ['&#10;', '&amp;#10;'],
  ])('has %j as %j', (text, shown) => {
    expect(visibleXml(text)).toBe(shown);
  });
});
