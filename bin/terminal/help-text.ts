/** Texts of commander, as they suit a terminal: suggestions that are close, and help that fits a narrow window. */

/** Where an explanation goes in a window that has no room for it beside its term. */
const EXPLANATION_INDENT = ' '.repeat(6);
/** Narrower windows get lines of this length. */
const COLUMNS_MIN = 20;

/** The suggestions of commander (`list`, or `one of start, stop`) that are close to the word that `message` quotes. */
export function suggestion(message: string, suggested: string): string {
  const word = /'([^']*)'/.exec(message)?.[1] ?? '';
  const close = suggested
    .replace(/^one of /, '')
    .split(', ')
    .filter((meant) => isClose(word, meant));
  if (close.length === 0) return '';
  return `; did you mean ${close.length > 1 ? 'one of ' : ''}${close.join(', ')}?`;
}

/** Whether more than half of the longer word is the same from both ends: "lst", "list", but not "rotate", "create". */
function isClose(word: string, meant: string): boolean {
  const shorter = Math.min(word.length, meant.length);
  let prefix = 0;
  while (prefix < shorter && word[prefix] === meant[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && word.at(-1 - suffix) === meant.at(-1 - suffix)) suffix++;
  return 2 * (prefix + suffix) > Math.max(word.length, meant.length);
}

/** Prints help. */
export function writeHelp(text: string): void {
  process.stdout.write(folded(text, process.stdout.columns));
}

/** The text in lines of at most `columns` characters, except for longer words; undefined: as it is. */
export function folded(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const width = Math.max(columns, COLUMNS_MIN);
  return text
    .split('\n')
    .map((line) => (shownLength(line) <= width ? line : foldedLine(line, width)))
    .join('\n');
}

/** A term and its explanation, or a sentence. */
function foldedLine(line: string, width: number): string {
  const [, indent = '', rest = ''] = /^( *)(.*)$/s.exec(line) ?? [];
  const [term = '', ...explanations] = rest.split(/ {2,}/);
  return [
    ...linesOf(term, indent, width),
    ...explanations.flatMap((part) => linesOf(part, EXPLANATION_INDENT, width)),
  ].join('\n');
}

function linesOf(text: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const longer = line.trim() === '' ? line + word : `${line} ${word}`;
    if (shownLength(longer) <= width || line.trim() === '') line = longer;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}

/** Number of characters that a terminal shows, without the styles of commander. */
function shownLength(line: string): number {
  // oxlint-disable-next-line no-control-regex -- the styles
  return Array.from(line.replace(/\u001b\[\d+m/g, '')).length;
}
