/** Whatever text a command prints, in each way, a terminal gets visible characters and the styles of `paint` only. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOutput, printLine, quoted, table } from '../../../../bin/terminal/output.ts';
import { visible } from '../../../../src/base/visible.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001b[31m', '\u001b]0;x\u0007', '\n', '\r', '\u009b', '\u202e', '\u2028'),
    fc.constantFrom('\u200b', '\u{e0041}', '\ud800', "'", '\\', ' ', '$'),
    fc.string({ unit: 'binary', maxLength: 2 }),
  ),
  maxLength: 12,
});

/** What was written to both streams. */
let written = '';
const isTTY = [process.stdout.isTTY, process.stderr.isTTY] as const;
beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
    stream.isTTY = true;
  }
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  [process.stdout.isTTY, process.stderr.isTTY] = isTTY;
});

/** The written lines without the styles and the line feeds of our own. */
function bare(): string {
  // oxlint-disable-next-line no-control-regex -- the styles of `paint`, and the erasing of a line
  return written.replace(/\u001b\[(?:1|2|31|32|33|36|0)m|\r\u001b\[K|\n$/g, '');
}

describe('on a terminal', () => {
  test('any text is one visible line, in each way', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const output = createOutput('text', false);
        const ways: readonly (() => void)[] = [
          () => output.line(text),
          () => output.tell(text),
          () => output.note(text),
          () => output.hint(text),
          () => output.error(text, text),
          () => printLine('output', text),
          () => printLine('error', text),
          () => output.line(`${output.paint('red', text)} and ${text}`),
          () => output.progress(text),
          () => output.line(table([[text, output.paint('bold', text)]]).join('')),
        ];
        for (const print of ways) {
          written = '';
          print();
          const line = bare();
          // A text with a style of its own keeps nothing of it.
          expect(visible(line)).toBe(line);
          expect(line).toContain(visible(text).trimEnd());
        }
      }),
    );
  });

  test('only paint makes a style', () => {
    const output = createOutput('text', false);
    output.line(`${output.paint('green', 'ok')} \u001b[31mred\u001b[0m`);
    expect(written).toBe('\u001b[32mok\u001b[0m \\e[31mred\\e[0m\n');
  });

  test('progress is replaced and erased', () => {
    const output = createOutput('text', false);
    output.progress(undefined);
    output.progress('one\n');
    output.progress(undefined);
    output.progress(undefined);
    expect(written).toBe('\r\u001b[K\u001b[2mone\\n\u001b[0m\r\u001b[K');
  });

  test('columns are aligned by what is shown', () => {
    const rows = table([
      ['a\u202eb', 'x'],
      ['ab', 'y'],
    ]);
    expect(rows).toEqual(['a\\u202eb  x', 'ab        y']);
  });
});

describe('a table', () => {
  const cells = fc.array(
    fc.array(fc.string({ unit: fc.constantFrom('a', 'é', ' '), maxLength: 30 }), {
      minLength: 1,
      maxLength: 4,
    }),
    { maxLength: 4 },
  );
  const wordsOf = (lines: readonly string[]): readonly string[] =>
    lines.flatMap((line) => line.split(' ')).filter((word) => word !== '');

  test('fits the terminal, but for words that are longer, and lacks no word', () => {
    fc.assert(
      fc.property(cells, fc.integer({ min: 10, max: 60 }), (rows, width) => {
        const narrow = table(rows, new Set(), width);
        expect(wordsOf(narrow)).toEqual(wordsOf(rows.flat()));
        const long = narrow.filter((line) => line.length > width - 2);
        expect(long.filter((line) => wordsOf([line]).length > 1)).toEqual([]);
      }),
    );
  });

  test('that fits is the same as without a limit', () => {
    fc.assert(
      fc.property(cells, (rows) => {
        expect(table(rows, new Set(), 200)).toEqual(table(rows, new Set(), 1e9));
      }),
    );
  });

  const ROW = ['  event a*', 'INFO', 'all applications', 'if n > 5 && currency == "EUR"'];
  test.each([
    [200, ['  event a*  INFO  all applications  if n > 5 && currency == "EUR"']],
    [64, ['  event a*  INFO  all applications  if n > 5 && currency ==', `${' '.repeat(36)}"EUR"`]],
    [50, ['  event a*  INFO  all applications', '      if n > 5 && currency == "EUR"']],
    [
      30,
      [
        '  event a*  INFO',
        '      all applications',
        '      if n > 5 && currency',
        '      == "EUR"',
      ],
    ],
  ])('breaks between words in %d columns', (width, lines) => {
    expect(table([ROW], new Set(), width)).toEqual(lines);
  });
});

describe('in JSON', () => {
  test('any text is visible, and the same for a parser', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        written = '';
        createOutput('json', false).value({ [text]: text });
        expect(visible(bare())).toBe(bare());
        expect(JSON.parse(written)).toEqual({ [text]: text });
        written = '';
        createOutput('json', false).error('CODE', text);
        expect(visible(bare())).toBe(bare());
        expect(JSON.parse(written)).toEqual({ error: { code: 'CODE', reason: text } });
      }),
    );
  });
});

test('a quoted word is visible, and bash reads the original', () => {
  const words = fc.array(
    anyText.map((text) => text.replace(/[\0\p{Cs}]/gu, '')),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(words, (given) => {
      const line = given.map(quoted).join(' ');
      expect(visible(line)).toBe(line);
      const read = execFileSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
      expect(read.split('\0').slice(0, -1)).toEqual(given);
    }),
    { numRuns: 20 },
  );
});
