/** INI files: what is an entry, what is not, and which line is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../../bin/daemon/ini.ts';

describe('parseIni()', () => {
  it('gives the entries of one section, without comments', () => {
    const text = '# top\n[a]\nx=1\r\n[b]\n y = 2 ; two\nz:a=b#c\n[a]\n;x=3\nw=\n';
    expect(parseIni(text, 'a')).toEqual({
      ok: true,
      value: [
        { key: 'x', value: '1', line: 3 },
        { key: 'w', value: '', line: 9 },
      ],
    });
    expect(parseIni(text, 'b')).toEqual({
      ok: true,
      value: [
        { key: 'y', value: '2', line: 5 },
        { key: 'z', value: 'a=b#c', line: 6 },
      ],
    });
  });

  it('names the first line that is wrong', () => {
    const wrong = (line: number, reason: string): unknown => ({
      ok: false,
      error: { line, reason },
    });
    expect(parseIni('\nx=1', 'a')).toEqual(wrong(2, 'stands before the first section'));
    expect(parseIni('[a]\nx', 'b')).toEqual(wrong(2, 'is not of the form key=value'));
    expect(parseIni('[a]\n=1', 'a')).toEqual(wrong(2, 'is not of the form key=value'));
  });

  it('finds what was written, and never throws', () => {
    const word = fc.stringMatching(/^[a-z][a-z-]{0,9}$/);
    const entries = fc.array(fc.tuple(word, word));
    fc.assert(
      fc.property(entries, fc.string({ unit: 'binary' }), (written, noise) => {
        const text = ['[a]', ...written.map(([key, value]) => `${key}=${value}`)].join('\n');
        const parsed = parseIni(text, 'a');
        expect(parsed.ok && parsed.value.map(({ key, value }) => [key, value])).toEqual(written);
        parseIni(noise, 'a');
      }),
    );
  });
});
