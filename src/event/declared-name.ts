/** Names as metadata declares them: no keyword of TSDL, and the field that holds the length of a sequence. */

/** Words that cannot be names in TSDL (CTF 1.8, appendix C.1.1). */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'align callsite char clock const double enum env event float floating_point int integer long short signed ' +
    'stream string struct trace typealias typedef unsigned variant void'
  ).split(' '),
);

/**
 * How a field is declared so that readers see it as `name`: with a leading `_`; or as it is, after a field that
 * readers see as `_name`, since babeltrace2 takes the declared name of one and the shown name of the other for the
 * same. Undefined when neither will do.
 */
export function declaredName(name: string, shownBefore: ReadonlySet<string>): string | undefined {
  if (!shownBefore.has(`_${name}`)) return `_${name}`;
  return name.startsWith('_') || KEYWORDS.has(name) ? undefined : name;
}

/** Name under which readers see the length of sequence `name`. */
export function sequenceLengthName(name: string): string {
  return `_${name}_length`;
}
