/** Help in narrow terminals, and suggestions that are close. */
import { describe, expect, it } from 'vitest';
import { folded, suggestion } from '../../../../bin/terminal/help-text.ts';

describe('folded', () => {
  it('leaves lines that fit, and everything without a terminal', () => {
    const text = 'a  b\n\n    c d\n';
    expect(folded(text, 5)).toBe(text);
    expect(folded(`${text}${'long '.repeat(30)}`, undefined)).toBe(`${text}${'long '.repeat(30)}`);
  });

  it('puts an explanation below its term, and breaks both between words', () => {
    expect(folded('  --option <name>     the name of an option', 20)).toBe(
      '  --option <name>\n      the name of an\n      option',
    );
    expect(folded('Usage: lttng record [options]', 20)).toBe('Usage: lttng record\n[options]');
  });

  it('keeps words that are longer than a line, and does not count styles', () => {
    expect(folded(`a ${'x'.repeat(30)} b`, 20)).toBe(`a\n${'x'.repeat(30)}\nb`);
    const styled = '\u001b[1m12345678901234567890\u001b[22m';
    expect(folded(styled, 20)).toBe(styled);
  });

  it('takes a terminal without width for a narrow one', () => {
    expect(folded('one two three four five six', 0)).toBe('one two three four\nfive six');
  });
});

describe('suggestion', () => {
  const message = (word: string): string => `unknown command '${word}'`;

  it('names what is close', () => {
    expect(suggestion(message('lst'), 'list')).toBe('; did you mean list?');
    expect(suggestion(message('destory'), 'destroy')).toBe('; did you mean destroy?');
    expect(suggestion(message('stat'), 'one of start, status, help')).toBe(
      '; did you mean one of start, status?',
    );
    expect(suggestion(message('--event'), '--events')).toBe('; did you mean --events?');
  });

  it('names nothing else', () => {
    expect(suggestion(message('rotate'), 'create')).toBe('');
    expect(suggestion(message('clear'), 'create')).toBe('');
    expect(suggestion('no quotes', 'create')).toBe('');
  });
});
