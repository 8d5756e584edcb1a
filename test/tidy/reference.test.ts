/** The documents that are made from the programs say what the programs say now; checkers of man pages agree. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, MAN } from '../support/reference/documents.ts';
import { STATEMENTS } from '../support/reference/statements.ts';
import { LAST_OF_PART } from './checks.ts';

const ROOT = join(import.meta.dirname, '../..');
const made = documents(ROOT);
const pages = [...made.keys()].filter((path) => path.startsWith(MAN));

const hasProgram = (name: string): boolean => spawnSync(name, ['-V']).error === undefined;

describe('a document that "npm run reference" writes', () => {
  it('is not stale', () => {
    const stale = [...made].filter(
      ([path, text]) => readFileSync(join(ROOT, path), 'utf8') !== text,
    );
    expect(stale.map(([path]) => path)).toEqual([]);
  });

  it('has no page of a command that is gone', () => {
    expect(readdirSync(join(ROOT, MAN)).map((name) => `${MAN}/${name}`)).toEqual(pages.toSorted());
  });

  it.skipIf(!hasProgram('mandoc'))('has no fault that mandoc knows', () => {
    const { stdout, stderr } = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...whole()], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
  });

  it.skipIf(!hasProgram('groff'))('has no fault that groff knows', () => {
    const { stderr } = spawnSync('groff', ['-man', '-ww', '-z', ...whole()], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });
});

describe('a statement of the RFCs', () => {
  it('is in the document: each of the requirements', () => {
    const ids = Object.entries(LAST_OF_PART)
      .filter(([part]) => part !== 'S')
      .flatMap(([part, last]) => Array.from({ length: last }, (_, index) => `${part}${index + 1}`));
    const stated = STATEMENTS.map(({ id }) => id).filter((id) => id.startsWith('R'));
    expect(stated).toEqual(ids);
  });

  it('has a test, or says what is not there yet', () => {
    const paragraphs =
      made
        .get('docs/rfc.md')
        ?.split(/\n\n(?=\*\*)/)
        .slice(1) ?? [];
    expect(paragraphs.length).toBe(STATEMENTS.length);
    expect(paragraphs.filter((text) => !/^- (?:Tests|Not there yet): /m.test(text))).toEqual([]);
  });
});

/** Pages that are more than a reference to another one. */
function whole(): string[] {
  return pages.filter((path) => made.get(path)?.startsWith('.TH') === true);
}
