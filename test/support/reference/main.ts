/** `npm run reference`: writes the documents that are made from the programs. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents, MAN } from './documents.ts';

const root = join(import.meta.dirname, '../../../..');
const made = documents(root);
mkdirSync(join(root, MAN), { recursive: true });
for (const name of readdirSync(join(root, MAN))) {
  if (!made.has(`${MAN}/${name}`)) rmSync(join(root, MAN, name));
}
for (const [path, text] of made) writeFileSync(join(root, path), text);
