/** Names of fields in metadata: they avoid the keywords of TSDL; a sequence has a second field for its length. */

/** Words that cannot be names in TSDL (CTF 1.8, appendix C.1.1). */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'align callsite char clock const double enum env event float floating_point int integer long short signed ' +
    'stream string struct trace typealias typedef unsigned variant void'
  ).split(' '),
);

/**
 * The declared name of a field that readers show as `name`: with a leading `_`, which readers strip. After a field
 * that readers show as `_name` it is `name` itself, because babeltrace2 confuses the declared name of one field with
 * the shown name of the other. Undefined when neither name is possible.
 */
export function declaredName(name: string, shownBefore: ReadonlySet<string>): string | undefined {
  if (!shownBefore.has(`_${name}`)) return `_${name}`;
  return name.startsWith('_') || KEYWORDS.has(name) ? undefined : name;
}

/** Name under which readers see the length of sequence `name`. */
export function sequenceLengthName(name: string): string {
  return `_${name}_length`;
}
