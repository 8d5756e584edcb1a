/** How `lttng` writes: text for people, JSON for programs; colours only where somebody sees them. */

export type OutputFormat = 'text' | 'json';

/** SGR codes (ECMA-48) of the few styles that we use. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

export interface Output {
  readonly format: OutputFormat;
  /** Whether standard output shows colours. */
  readonly color: boolean;
  /** A line for people, on standard output; nothing in JSON. */
  line(text: string): void;
  /** A line for people, on standard error; nothing in JSON or with `--quiet`. */
  note(text: string): void;
  /** One JSON value per line on standard output; nothing in text. */
  value(value: unknown): void;
  /** One sentence about what went wrong, with its code, on standard error. */
  error(code: string, reason: string): void;
  /** `text` in a style, when standard output (or `error`) shows colours. */
  paint(style: Style, text: string, stream?: 'output' | 'error'): string;
}

export function createOutput(format: OutputFormat, isQuiet: boolean): Output {
  const isPlain = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  const colors = {
    output: format === 'text' && !isPlain && process.stdout.isTTY,
    error: format === 'text' && !isPlain && process.stderr.isTTY,
  };
  const paint: Output['paint'] = (style, text, stream = 'output') =>
    colors[stream] ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  return {
    format,
    color: colors.output,
    paint,
    line: (text) => {
      if (format === 'text') process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      if (format === 'text' && !isQuiet) process.stderr.write(`${text}\n`);
    },
    value: (value) => {
      if (format === 'json') process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    error: (code, reason) => {
      const text =
        format === 'json'
          ? JSON.stringify({ error: { code, reason } })
          : `${paint('red', 'lttng:', 'error')} ${reason} (${code})`;
      process.stderr.write(`${text}\n`);
    },
  };
}

/** `12.3 MB`: bytes for people, decimal units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `1 event`, `2 events`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
