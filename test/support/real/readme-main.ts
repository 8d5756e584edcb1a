/** `npm run readme`: runs the commands of README.md in this checkout, and writes what they print into it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runReadme } from './readme.ts';
import { makePlace } from './sandbox.ts';

const checkout = join(import.meta.dirname, '../../../..');
const place = makePlace();
try {
  const { commands, text } = await runReadme(place, checkout, (line) => line.startsWith('npm ci'));
  const wrong = commands.filter(({ status, expected }) => status !== expected);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  writeFileSync(join(checkout, 'README.md'), text);
} finally {
  await place.end();
}
