/**
 * Names of a field's values, from how the kernel prints the field: `__print_symbolic(REC->vec, { 0, "HI" }, …)`.
 * Only a table over the bare field, with plain numbers, is one. Flags have none: a name there is that of a bit.
 */

const NUMBER = String.raw`\(?(-?\d+|0x[0-9a-fA-F]+)U?L{0,2}\)?`;
const ENTRY = String.raw`\{ ?${NUMBER}, ?"([^"\\]*)" ?\}`;
const TABLE = new RegExp(String.raw`__print_symbolic\(REC->(\w+), ((?:${ENTRY}(?:, )?)+)\)`, 'g');
const ENTRIES = new RegExp(ENTRY, 'g');

export type Labels = Readonly<Record<string, number>>;

/** The tables by field; a field that is printed with two has none. */
export function labelsIn(print: string): ReadonlyMap<string, Labels> {
  const tables = new Map<string, Labels>();
  const seen = new Set<string>();
  for (const [, field = '', entries = ''] of print.matchAll(TABLE)) {
    const labels = tableOf(entries);
    if (seen.has(field) || labels === undefined) tables.delete(field);
    else tables.set(field, labels);
    seen.add(field);
  }
  return tables;
}

/** undefined: two values have one name, or a value is no safe integer. */
function tableOf(entries: string): Labels | undefined {
  const labels = new Map<string, number>();
  for (const [, text = '', label = ''] of entries.matchAll(ENTRIES)) {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) return undefined;
    if (labels.has(label) && labels.get(label) !== value) return undefined;
    labels.set(label, value);
  }
  return Object.fromEntries(labels);
}
