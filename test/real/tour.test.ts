/** docs/tour.md shows what a terminal shows: its commands are typed again, and print the same but for times and ids. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePlace, type Place } from '../support/real/sandbox.ts';
import { runTour, TOUR } from '../support/real/tour.ts';

const ROOT = join(import.meta.dirname, '../..');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** The document without what differs in each run, and without events that not every version of Node.js has. */
function shapeOf(text: string): readonly string[] {
  return text
    .replace(/[\da-f]{8}-[\da-f-]{27}/g, 'UUID')
    .split('\n')
    .filter((line) => !line.includes('node:http_server_response_created'))
    .map((line) => line.replace(/\d+/g, '#').replace(/ +/g, ' '));
}

it('each command prints what the page shows', { timeout: 300_000 }, async () => {
  const { commands, text } = await runTour(place, ROOT);
  expect(commands.filter(({ status, expected }) => status !== expected)).toEqual([]);
  expect(commands.length).toBeGreaterThan(20);
  expect(shapeOf(text)).toEqual(shapeOf(readFileSync(join(ROOT, TOUR), 'utf8')));
});
