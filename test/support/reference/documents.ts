/** Every document, or part of one, that is made from the programs: `npm run reference` writes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from './cli-document.ts';
import { jsonSchemas, SCHEMAS } from './json-schemas.ts';
import { manPages } from './man.ts';
import { PAGES } from './pages.ts';
import { rfcDocument } from './rfc-document.ts';

export const MAN = 'docs/man';

/** The paths of the documents, and the texts that they should have. */
export function documents(root: string): ReadonlyMap<string, string> {
  const pages = [...manPages(PAGES)].map(([name, text]) => [`${MAN}/${name}`, text] as const);
  const names = pages.map(([path]) => `./${path}`).toSorted();
  return new Map([
    ['package.json', packageWith(root, names)],
    ['docs/cli.md', filled(root, 'docs/cli.md', 'reference', commandReference())],
    ['docs/rfc.md', rfcDocument(root)],
    [SCHEMAS, jsonSchemas()],
    ...pages,
  ]);
}

/** The description of the package, by which npm installs the man pages. */
function packageWith(root: string, man: readonly string[]): string {
  const described = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object;
  return `${JSON.stringify({ ...described, man }, null, 2)}\n`;
}

/** The document with another text between the marks of this name. */
function filled(root: string, path: string, name: string, content: string): string {
  const text = readFileSync(join(root, path), 'utf8');
  const [begin, end] = [`<!-- ${name}: made by npm run reference -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${path} has no place for the ${name}`);
  }
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}
