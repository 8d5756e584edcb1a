/** Output of the command lines: text for people, JSON for programs; colours only on terminals. */

export type OutputFormat = 'text' | 'json';

/** SGR codes (ECMA-48) of the styles in use. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

export interface Output {
  readonly format: OutputFormat;
  /** Whether standard output shows colours. */
  readonly color: boolean;
  /** A line of the result, on standard output; nothing in JSON. */
  line(text: string): void;
  /** A line that reports what was done, on standard output; nothing in JSON or with `--quiet`. */
  tell(text: string): void;
  /** A line beside the result, on standard error; nothing in JSON or with `--quiet`. */
  note(text: string): void;
  /** One JSON value per line on standard output; nothing in text. */
  value(value: unknown): void;
  /** One sentence about what went wrong, with its code, on standard error. */
  error(code: string, reason: string): void;
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
    colors[stream] ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  const line = (text: string): void => {
    if (format === 'text') process.stdout.write(`${text}\n`);
  };
  return {
    format,
    color: colors.output,
    paint,
    line,
    tell: (text) => {
      if (!isQuiet) line(text);
    },
    note: (text) => {
      if (format === 'text' && !isQuiet) process.stderr.write(`${text}\n`);
    },
    value: (value) => {
      if (format === 'json') process.stdout.write(`${toJson(value)}\n`);
    },
    error: (code, reason) => {
      const text =
        format === 'json'
          ? toJson({ error: { code, reason } })
          : `${paint('red', `${program}:`, 'error')} ${safe(reason)} (${code})`;
      process.stderr.write(`${text}\n`);
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

/** Text from other programs without control characters, which could steer a terminal: they become `\x1b`. */
export function safe(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what this replaces
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The text as one word of a shell command. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether npx started this program. npx finds it only in the package's directory. */
export const isUnderNpx = process.env['npm_command'] === 'exec';
/** How users start this program. */
export const SELF = isUnderNpx ? 'npx lttng' : 'lttng';

/** JSON with 64-bit integers as decimal text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
}

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

/** Rows of cells as lines with aligned columns; `right` names the columns of numbers. */
export function table(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - visibleLength(cell));
        return right.has(column) ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Number of characters that a terminal shows, without styles. */
export function visibleLength(cell: string): number {
  // oxlint-disable-next-line no-control-regex -- the styles that `paint` adds
  return Array.from(cell.replace(/\u001b\[\d+m/g, '')).length;
}
