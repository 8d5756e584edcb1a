/** `npm run tour`: types the commands of docs/tour.md into a terminal, and writes what they print into it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlace } from './sandbox.ts';
import { runTour, TOUR } from './tour.ts';

const checkout = join(import.meta.dirname, '../../../..');
const place = makePlace();
try {
  const { commands, text } = await runTour(place, checkout);
  const wrong = commands.filter(({ status, expected }) => status !== expected);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  writeFileSync(join(checkout, TOUR), text);
} finally {
  await place.end();
}
