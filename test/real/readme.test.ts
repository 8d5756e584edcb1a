/** README.md is true for a new user: its commands work as pasted in a fresh checkout, and print what it shows. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runReadme } from '../support/real/readme.ts';
import { makePlace, type Place } from '../support/real/sandbox.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The command that runs this test. */
const TESTS = 'npm ci && npm test';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** The files of the repository and nothing that was built or installed. */
function freshCheckout(): string {
  const checkout = join(place.directory, 'lttng-ts');
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  for (const path of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(join(checkout, dirname(path)), { recursive: true });
    cpSync(join(ROOT, path), join(checkout, path));
  }
  return checkout;
}

/** The document without what differs in each run, and without an event that Node 20 does not have. */
function shapeOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.includes('node:http_server_response_created'))
    .map((line) => line.replace(/\d+/g, '#'));
}

it('each command of README.md works as pasted in a fresh checkout, and prints what is shown', async () => {
  const checkout = freshCheckout();
  const { commands, text } = await runReadme(place, checkout, (command) => command === TESTS);
  expect(commands.filter(({ status, expected }) => status !== expected)).toEqual([]);
  expect(commands.map(({ command }) => command.split(' ').slice(0, 3).join(' '))).toEqual([
    'npm ci',
    'npx lttng record',
    'npx lttng view',
    'npx lttng record',
    'npx lttng record',
    'npx lttng view',
    'npx lttng record',
    'npx lttng-sim run',
  ]);
  const [install] = commands;
  expect(install?.output).not.toContain('npm warn');
  expect(shapeOf(text)).toEqual(shapeOf(readFileSync(join(ROOT, 'README.md'), 'utf8')));
});

it('README.md and the examples have the same text', () => {
  const document = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const order = readFileSync(join(ROOT, 'docs/examples/order.mjs'), 'utf8');
  expect(document).toContain(`\`\`\`js\n${order}\`\`\`\n`);
  expect(document).toContain(`\`\`\`sh\n${TESTS}\n\`\`\`\n`);
});
