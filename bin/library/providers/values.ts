/** Reads values that programs publish: trusts no type, runs as little of their code as possible, bounds all text. */

/** Longest text in an event of Node. */
export const TEXT_CHARACTERS_MAX = 1024;

/** A property of any value, along a path; undefined when a part of the path is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (here === null || (typeof here !== 'object' && typeof here !== 'function')) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** Text and numbers as bounded text; everything else is empty. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' ? cut(found, TEXT_CHARACTERS_MAX) : '';
}

/** A number, or 0. */
export function numberAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

/** Ends in an ellipsis when it is cut, and not in half of a surrogate pair. */
export function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Code and message of a thrown value, which need not be an Error. */
export function errorOf(error: unknown): { code: string; message: string } {
  return {
    code: textAt(error, 'code'),
    message: typeof error === 'object' ? textAt(error, 'message') : textAt({ error }, 'error'),
  };
}
