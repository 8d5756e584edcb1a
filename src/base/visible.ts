/**
 * Text from outside (traces, files, names, arguments, other programs) in a form that is safe to show. This file alone
 * decides which characters a terminal, a page, JSON or a log shows as they are, and how the others appear.
 *
 * Not shown as they are, because they steer a terminal, change the order of their neighbours, or cannot be seen:
 * control characters (C0, DEL, C1), format characters (bidirectional marks among them), line and paragraph separators,
 * lone surrogates, and characters that are ignored by default. Exceptions are U+FE0E and U+FE0F, which only choose
 * between the two looks of the character before them.
 */

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const LOOKS = '\ufe0e\ufe0f';

/** Escapes with a name, as in babeltrace2's text. */
const NAMED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\u001b': '\\e',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/**
 * The text with `\n`, `\x7f`, `\u202e` or `\u{e0001}` for each unsafe character: one line. What is visible already
 * stays the same. A backslash is not escaped; text between quotes escapes it first.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, escape);
}

function escape(character: string): string {
  const named = LOOKS.includes(character) ? character : NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

/**
 * A value as JSON with escapes for the same characters: a parser returns the original text.
 * A bigint becomes decimal text: 64-bit integers do not fit into the numbers of all parsers.
 */
export function visibleJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
  return escapeJson(json);
}

/** What XML 1.0 cannot have in a document, not even as a reference. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * The text as content of an XML element, with references for the same characters: a parser returns the original text,
 * in which escapes stand for what XML cannot have.
 */
export function visibleXml(text: string): string {
  return text
    .replace(NOT_XML, escape)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
    .replace(UNSAFE, (character) =>
      LOOKS.includes(character) ? character : `&#${character.codePointAt(0) ?? 0};`,
    );
}

/** JSON text, in which unsafe characters occur only inside strings, with escapes for them. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (character) => {
    if (LOOKS.includes(character)) return character;
    let escaped = '';
    for (let index = 0; index < character.length; index++) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
