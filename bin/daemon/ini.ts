/**
 * Configuration files in INI form, as LTTng's daemons read them: sections in brackets, `key=value` lines, comments
 * after `;` or `#`. Every error has the number of its line, which is why this is not the work of a library.
 */
import { fail, ok, type Result } from '../../src/base/result.ts';

export interface IniEntry {
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface IniError {
  readonly line: number;
  readonly reason: string;
}

const SECTION = /^\[([^[\]]*)\]$/;
const ENTRY = /^([^=:]+?)\s*[=:]\s*(.*)$/;
/** A comment after a value is set off by a blank: values may contain the characters. */
const COMMENT = /^[;#].*$|\s[;#].*$/;

/** The entries of one section, in order. The other sections are those of other programs. */
export function parseIni(text: string, section: string): Result<readonly IniEntry[], IniError> {
  const entries: IniEntry[] = [];
  let current: string | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = at + 1;
    const content = raw.replace(COMMENT, '').trim();
    if (content === '') continue;
    const [, name] = SECTION.exec(content) ?? [];
    const [, key, value = ''] = ENTRY.exec(content) ?? [];
    if (name !== undefined) current = name.trim();
    else if (key === undefined) return fail({ line, reason: 'is not of the form key=value' });
    else if (current === undefined)
      return fail({ line, reason: 'stands before the first section' });
    else if (current === section) entries.push({ key, value, line });
  }
  return ok(entries);
}
