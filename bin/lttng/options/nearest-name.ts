/** The name that a user may have meant. */

/** Names longer than this are not compared: the comparison takes time in proportion to both lengths. */
const LENGTH_MAX = 255;
/** Names that one search compares. */
const NAMES_MAX = 2000;

/**
 * The name that matches the pattern after the fewest changed characters, if those are at most a third of the pattern's
 * own. `*` in the pattern stands for any text.
 */
export function nearestName(pattern: string, names: Iterable<string>): string | undefined {
  const letters = lettersOf(pattern);
  let best: { readonly name: string; readonly changes: number } | undefined;
  const changesMax = Math.floor(letters.filter((letter) => letter !== ANYTHING).length / 3);
  for (const name of [...new Set(names)].slice(0, NAMES_MAX)) {
    if (letters.length > LENGTH_MAX || name.length > LENGTH_MAX) continue;
    const changes = changesBetween(letters, name);
    if (changes <= changesMax && changes < (best?.changes ?? Number.POSITIVE_INFINITY)) {
      best = { name, changes };
    }
  }
  return best?.name;
}

const ANYTHING = Symbol('*');
type Letter = string | typeof ANYTHING;

function lettersOf(pattern: string): Letter[] {
  return [...pattern.matchAll(/\\(.)|([^])/gsu)].map(([, escaped, plain = '']) =>
    escaped === undefined && plain === '*' ? ANYTHING : (escaped ?? plain),
  );
}

/** Characters to insert, to remove or to replace (Levenshtein); text for a wildcard is free. */
function changesBetween(letters: readonly Letter[], name: string): number {
  let row = Array.from({ length: name.length + 1 }, (_, index) => index);
  for (const letter of letters) {
    const free = letter === ANYTHING;
    const next = [at(row, 0) + (free ? 0 : 1)];
    for (let index = 1; index <= name.length; index++) {
      const replaced = at(row, index - 1) + (letter === name[index - 1] ? 0 : 1);
      const changes = free
        ? Math.min(at(row, index), at(next, index - 1))
        : Math.min(replaced, at(row, index) + 1, at(next, index - 1) + 1);
      next.push(changes);
    }
    row = next;
  }
  return at(row, name.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
