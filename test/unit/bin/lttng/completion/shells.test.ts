/** Command lines as bash passes them, and words as bash takes them (R2.13). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesFor, shellNamed, typedIn } from '../../../../../bin/lttng/completion/shells.ts';

const typed = (line: string): ReturnType<typeof typedIn> => typedIn('bash', [line]);
const words = (line: string): readonly string[] => {
  const { before, word } = typed(line);
  return [...before, word];
};
const answer = (line: string, value: string): string | undefined =>
  linesFor([{ value, description: '' }], typed(line))[0];

describe('a command line of bash', () => {
  it('consists of words with quotes and backslashes, the last one perhaps open', () => {
    expect(words('lttng start ')).toEqual(['start', '']);
    expect(words('lttng  start  we')).toEqual(['start', 'we']);
    expect(words(`lttng add-event 'a b' "c \\"d" e\\ f`)).toEqual([
      'add-event',
      'a b',
      'c "d',
      'e f',
    ]);
    expect(words(`lttng add-event 'a b`)).toEqual(['add-event', 'a b']);
    expect(words(`lttng add-event "a `)).toEqual(['add-event', 'a ']);
    expect(words('lttng add-event a\\ ')).toEqual(['add-event', 'a ']);
    expect(words('lttng add-event a\\')).toEqual(['add-event', 'a']);
  });

  it('gets what follows its last word break, in the form of the open quote', () => {
    expect(answer('lttng add-event shop:o', 'shop:order')).toBe('order');
    expect(answer('lttng add-event x --pid=1', '--pid=12')).toBe('12');
    expect(answer(`lttng add-event 'shop:o`, 'shop:order')).toBe('shop:order');
    expect(answer(`lttng add-event 'a`, "a 'b'")).toBe(`a '\\''b'\\''`);
    expect(answer('lttng add-event "a', 'a "$(b)`')).toBe('a \\"\\$(b)\\`');
    expect(answer('lttng add-event a', 'a $(b);c*')).toBe('a\\ \\$\\(b\\)\\;c\\*');
  });

  it('with an answer is the word again', () => {
    const printable = fc.string({
      unit: fc.constantFrom(...Array.from(`ab:= '"\\$\`*é(;`)),
      minLength: 1,
    });
    fc.assert(
      fc.property(printable, fc.constantFrom('', "'", '"'), (value, quote) => {
        const line = `lttng add-event ${quote}${answer(`lttng add-event ${quote}`, value)}${quote}`;
        expect(typed(`${line} `).before.slice(1)).toEqual([value]);
      }),
    );
  });
});

it('other shells pass words, and take each with a line about it', () => {
  const line = typedIn('fish', ['start', 'we']);
  expect(line).toEqual({ before: ['start'], word: 'we' });
  expect(linesFor([{ value: 'web', description: 'active' }], line)).toEqual(['web', 'active']);
  expect(() => shellNamed('csh')).toThrow('Name one of the shells bash, zsh, fish, not "csh"');
});
