/**
 * Output of the command lines: text for people, JSON and XML for programs; colours only on terminals. Everything that a
 * command line prints goes through this folder, where the text of traces, files, names and arguments becomes visible
 * characters (`src/base/visible.ts`): callers pass it as it is.
 */
import { visible, visibleJson } from '../../src/base/visible.ts';
import { createRandom } from '../../src/os/random.ts';

/** In `xml`, what the command makes of its values is printed when it has ended. */
export type OutputFormat = 'text' | 'json' | 'xml';

/** SGR codes (ECMA-48) of the styles in use. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

/** Stands for a style until the text is printed. It is random, so that no text from outside contains it. */
interface Mark {
  readonly text: string;
  readonly pattern: RegExp;
}
/** Drawn for the first text in a style. */
let mark: Mark | undefined;
const CLEAR_LINE = '\r\u001b[K';

export interface Output {
  readonly format: OutputFormat;
  /** Whether standard output shows colours. */
  readonly color: boolean;
  /** A line of the result, on standard output; only in text, as the next two. */
  line(text: string): void;
  /** A line that reports what was done, on standard output; nothing with `--quiet`. */
  tell(text: string): void;
  /** A line beside the result, on standard error; nothing with `--quiet`. */
  note(text: string): void;
  /** A line about what to do next, on standard output: only if that is a terminal, and not with `--quiet`. */
  hint(text: string): void;
  /** Whether that is printed. */
  readonly hasHints: boolean;
  /** In JSON: prints the value in a line on standard output. In XML: keeps it in {@link values}. */
  value(value: unknown): void;
  readonly values: readonly unknown[];
  /** One sentence about what went wrong, with its code, on standard error. */
  error(code: string, reason: string): void;
  /** What the command is doing now, on a terminal in place of the text before; undefined removes it. */
  progress(text: string | undefined): void;
  /** `text` in a style, when standard output (or `error`) shows colours. */
  paint(style: Style, text: string, stream?: 'output' | 'error'): string;
}

export function createOutput(format: OutputFormat, isQuiet: boolean, program = 'lttng'): Output {
  const isPlain = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  const colors = {
    output: format === 'text' && !isPlain && process.stdout.isTTY,
    error: format === 'text' && !isPlain && process.stderr.isTTY,
  };
  const paint: Output['paint'] = (style, text, stream = 'output') =>
    colors[stream] ? marked(text, STYLES[style]) : text;
  const line = (text: string): void => {
    if (format === 'text') printLine('output', text);
  };
  const values: unknown[] = [];
  const hasHints = format === 'text' && !isQuiet && process.stdout.isTTY;
  let isProgressShown = false;
  return {
    format,
    color: colors.output,
    paint,
    line,
    tell: (text) => {
      if (!isQuiet) line(text);
    },
    note: (text) => {
      if (format === 'text' && !isQuiet) printLine('error', text);
    },
    hasHints,
    hint: (text) => {
      if (hasHints) line(paint('dim', text));
    },
    value: (value) => {
      if (format === 'json') printLine('output', visibleJson(value));
      if (format === 'xml') values.push(value);
    },
    values,
    error: (code, reason) => {
      printLine(
        'error',
        format === 'json'
          ? visibleJson({ error: { code, reason } })
          : `${paint('red', `${program}:`, 'error')} ${reason} (${code})`,
      );
    },
    progress: (text) => {
      if (format !== 'text' || !process.stderr.isTTY) return;
      if (isProgressShown || text !== undefined) {
        const now = text === undefined ? '' : shown(paint('dim', text, 'error'));
        process.stderr.write(CLEAR_LINE + now);
      }
      isProgressShown = text !== undefined;
    },
  };
}

/** The format of errors before a command is parsed; words after `--` belong to the traced command. */
export function formatIn(words: readonly string[]): OutputFormat {
  const ours = oursOf(words);
  const at = ours.lastIndexOf('--output-format');
  const isJson = ours.includes('--output-format=json') || (at >= 0 && ours[at + 1] === 'json');
  return isJson ? 'json' : 'text';
}

export function oursOf(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end < 0 ? words : words.slice(0, end);
}

/** A line in any format, with or without `--quiet`. */
export function printLine(stream: 'output' | 'error', text: string): void {
  const { stdout, stderr } = process;
  (stream === 'output' ? stdout : stderr).write(`${shown(text)}\n`);
}

/** Lines of `src/view`, whose text is visible already; false: the caller waits for `drain`. */
export function printRendered(lines: Uint8Array): boolean {
  return process.stdout.write(lines);
}

function shown(text: string): string {
  return replaceMarks(visible(text), '\u001b[$1m');
}

function marked(text: string, style: number): string {
  mark ??= drawMark();
  return `<${mark.text}:${style}>${text}<${mark.text}:0>`;
}

function drawMark(): Mark {
  const text = createRandom().uuid('mark');
  return { text, pattern: new RegExp(`<${text}:(\\d+)>`, 'g') };
}

function replaceMarks(text: string, replacement: string): string {
  return mark === undefined ? text : text.replace(mark.pattern, replacement);
}

/**
 * The text as one word of a shell command. Characters that are not shown as they are become bytes in `$'...'`, which
 * bash, zsh and ksh read.
 */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (visible(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
  const escaped = Array.from(word, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    return visible(character) === character ? character : byteEscapes(character);
  });
  return `$'${escaped.join('')}'`;
}

function byteEscapes(character: string): string {
  const bytes = new TextEncoder().encode(character);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Whether npx started this program. npx finds it only in the package's directory. */
const isUnderNpx = process.env['npm_command'] === 'exec';
/** How users start this program. */
export const SELF = isUnderNpx ? 'npx lttng' : 'lttng';

/** `16 KiB`: bytes for people; the largest binary unit that divides them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value} ${units[unit]}`;
}

/** `1 event`, `2,000 events`, `2 processes`. */
export function count(number: number | bigint, noun: string): string {
  const many = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${number.toLocaleString('en-US')} ${number === 1 || number === 1n ? noun : many}`;
}

/** Callers may indent the lines of a table by so much. */
const MARGIN = 2;
/** Before the second and later lines of a row that has the whole width. */
const INDENTATION = ' '.repeat(6);
/** The last column is wrapped beside the others if it has at least so many characters there. */
const LAST_COLUMN_MIN = 24;

/**
 * Rows of cells as lines with aligned columns; `right` names the columns of numbers. A row that is wider than the
 * terminal takes several lines, which break between words.
 */
export function table(
  cells: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
  // Other than terminals have none, and a terminal may not know its own.
  width = process.stdout.columns || Number.POSITIVE_INFINITY,
): string[] {
  const rows = cells.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    }
  }
  return rows.flatMap((row) => {
    const aligned = row.map((cell, column) => {
      const padding = ' '.repeat((widths[column] ?? 0) - visibleLength(cell));
      return right.has(column) ? padding + cell : cell + padding;
    });
    return rowLines(row, aligned, width - MARGIN);
  });
}

function rowLines(row: readonly string[], aligned: readonly string[], room: number): string[] {
  const line = aligned.join('  ').trimEnd();
  if (visibleLength(line) <= room) return [line];
  const head = aligned.slice(0, -1).join('  ');
  const last = row.at(-1) ?? '';
  const at = visibleLength(head) + 2;
  const beside = filled(wordsOf(last), ' ', room - at);
  if (room - at >= LAST_COLUMN_MIN && beside.every((part) => visibleLength(part) <= room - at)) {
    return beside.map((part, index) => (index === 0 ? `${head}  ` : ' '.repeat(at)) + part);
  }
  const below = room - INDENTATION.length;
  const isHeadWhole = row.length > 1 && at <= room;
  const above = isHeadWhole ? [head.trimEnd()] : [];
  const rest = (isHeadWhole ? [last] : row).filter((cell) => cell.trim() !== '');
  const parts = filled(rest, '  ', below).flatMap((part) => filled(wordsOf(part), ' ', below));
  return [...above, ...parts].map((part, index) => (index === 0 ? part : INDENTATION + part));
}

/** The first one keeps the spaces before it. */
function wordsOf(text: string): readonly string[] {
  return text.trimEnd().split(/(?<=\S) /);
}

/** As many parts in a line as have room there; a longer one has a line of its own. */
function filled(parts: readonly string[], between: string, room: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const more = `${lines.at(-1) ?? ''}${between}${part}`;
    if (lines.length > 0 && visibleLength(more) <= room) lines.splice(-1, 1, more);
    else lines.push(part);
  }
  return lines;
}

/** Number of characters that a terminal shows, without styles. */
function visibleLength(cell: string): number {
  return Array.from(replaceMarks(cell, '')).length;
}
