/** Patterns of event rules: `*` matches any text, also empty text; a backslash makes the next character literal. */

/** Whether all of `text` matches `pattern`. Takes time linear in both lengths, for any content. */
export function matchesGlob(pattern: string, text: string): boolean {
  return matchesParts(literalParts(pattern), text);
}

/** Whether a pattern has a wildcard. */
export function hasWildcard(pattern: string): boolean {
  return literalParts(pattern).length > 1;
}

/** The same for the texts between the stars: one more than stars. */
export function matchesParts(parts: readonly string[], text: string): boolean {
  const first = parts[0] as string;
  const last = parts[parts.length - 1] as string;
  if (parts.length === 1) return text === first;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    from = endOfFirst(part, text, from, end);
    if (from < 0) return false;
  }
  return true;
}

/** The texts between the stars: always one more text than stars. */
function literalParts(pattern: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < pattern.length; index++) {
    let character = pattern[index] as string;
    if (character === '*') {
      parts.push(part);
      part = '';
      continue;
    }
    if (character === '\\' && index + 1 < pattern.length) character = pattern[++index] as string;
    part += character;
  }
  parts.push(part);
  return parts;
}

/** Where the first `part` within `text[from, end)` ends, or -1 (Knuth, Morris and Pratt). */
function endOfFirst(part: string, text: string, from: number, end: number): number {
  if (part.length === 0) return from;
  const borders = borderLengths(part);
  let matched = 0;
  for (let index = from; index < end; index++) {
    while (matched > 0 && text[index] !== part[matched]) matched = borders[matched - 1] as number;
    if (text[index] === part[matched]) matched++;
    if (matched === part.length) return index + 1;
  }
  return -1;
}

/** For each prefix of `part`, the length of its longest proper border. */
function borderLengths(part: string): number[] {
  const borders = [0];
  let length = 0;
  for (let index = 1; index < part.length; index++) {
    while (length > 0 && part[index] !== part[length]) length = borders[length - 1] as number;
    if (part[index] === part[length]) length++;
    borders.push(length);
  }
  return borders;
}
