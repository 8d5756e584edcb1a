/** The documents that are made from the programs say what the programs say now; checkers of man pages agree. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, MAN } from '../support/reference/documents.ts';

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

/** Pages that are more than a reference to another one. */
function whole(): string[] {
  return pages.filter((path) => made.get(path)?.startsWith('.TH') === true);
}
