/** `npm run reference`: writes the documents that are made from the programs. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents, MAN } from './documents.ts';

const root = join(import.meta.dirname, '../../../..');
const made = documents(root);
for (const [path, text] of made) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
for (const name of readdirSync(join(root, MAN))) {
  if (!made.has(`${MAN}/${name}`)) rmSync(join(root, MAN, name));
}
