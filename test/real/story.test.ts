/**
 * The same lines, typed into the command line of LTTng 2.13 and into ours, do the same: `docs/lttng.md` shows what both
 * print. With `LTTNG_TS_STORY=1` this test prints that part of the document.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingForLttng, startPrivateLttng } from '../support/real/lttng.ts';
import { writeProgram } from '../support/real/programs.ts';
import { LIBRARY, makePlace, type Place, until } from '../support/real/sandbox.ts';
import { babeltrace } from '../support/real/traces.ts';

const MISSING = missingForLttng();

/** What comes after `lttng`; DIR is a directory of the command line's own. A program records from `start` on. */
const STORY = [
  'create web --output=DIR/web',
  'enable-channel --userspace --session=web --subbuf-size=64k --num-subbuf=4 net',
  "enable-event --userspace --session=web --channel=net 'bench:*'",
  'add-context --userspace --session=web --channel=net --type=vpid --type=procname',
  'start web',
  'rotate web',
  'clear web',
  'enable-rotation --session=web --timer=30s',
  'disable-rotation --session=web --timer',
  "disable-event --userspace --session=web --channel=net 'bench:*'",
  'disable-channel --userspace --session=web net',
  'stop web',
  'rotate web',
  'destroy web',
  'create flight --snapshot --output=DIR/flight',
  "enable-event --userspace --session=flight 'bench:*'",
  'start flight',
  'snapshot list-output --session=flight',
  'snapshot record --session=flight',
  'snapshot del-output --session=flight 1',
  'snapshot add-output --session=flight --name=small --max-size=64M DIR/small',
  'snapshot record --session=flight',
  'regenerate metadata --session=flight',
  'clear flight',
  'destroy flight',
] as const;

/** Before these lines the program has recorded something. */
const isRecorded = (line: string, index: number): boolean =>
  /^(?:clear web|disable-event|snapshot record)/.test(line) ||
  STORY.indexOf('rotate web') === index;

interface Run {
  readonly lines: readonly string[];
  readonly directory: string;
}

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Runs the story. `recorded`: waits until the program has recorded more. */
async function play(
  directory: string,
  lttng: (words: readonly string[]) => Promise<string>,
  recorded: () => Promise<void>,
): Promise<Run> {
  const lines: string[] = [];
  for (const [index, line] of STORY.entries()) {
    if (isRecorded(line, index)) await recorded();
    const words = line.replaceAll("'", '').replaceAll('DIR', directory).split(' ');
    const printed = await lttng(words);
    lines.push(steady(printed.replaceAll(directory, 'DIR')));
  }
  return { lines, directory };
}

/** Without what differs from run to run. */
function steady(printed: string): string {
  return printed
    .replace(/\d{8}T\d{6}[+-]\d{4}/g, 'TIME')
    .replace(/\d{8}-\d{6}/g, 'TIME')
    .trimEnd();
}

/** Events in the directory, as babeltrace2 counts them; it takes a clear of LTTng for lost packets. */
const eventsIn = (directory: string): number => babeltrace(directory, true).events;

it.skipIf(MISSING !== undefined)('is the same story', { timeout: 300_000 }, async () => {
  const theirs = await startPrivateLttng();
  const traced = theirs.trace();
  const peer = await play(
    theirs.directory,
    async (words) => theirs.lttng(...words),
    async () => {
      const before = traced.events();
      await until(() => traced.events() > before + 10);
    },
  );
  await traced.end();
  let counted = 0;
  const program = writeProgram(
    place,
    'bench.mjs',
    `import { tracepoint, u32 } from '${LIBRARY}';
const one = tracepoint('bench:one', { n: u32 });
let n = 0;
setInterval(() => { one({ n }); process.stdout.write(n++ + '\\n'); }, 5);
`,
  );
  const application = place.start(process.execPath, [program]);
  const ours = await play(
    place.directory,
    (words) => place.ok(words),
    async () => {
      counted += 20;
      await application.line(new RegExp(`^${counted}$`));
    },
  );
  application.kill('SIGKILL');
  await application.finished;
  for (const { directory } of [peer, ours]) {
    const archives = readdirSync(join(directory, 'web/archives'));
    expect(archives.length).toBeGreaterThanOrEqual(2);
    expect(eventsIn(join(directory, 'web/archives'))).toBeGreaterThan(0);
    expect(eventsIn(join(directory, 'flight'))).toBeGreaterThan(0);
  }
  if (process.env['LTTNG_TS_STORY'] === '1') process.stdout.write(story(peer, ours));
});

function story(peer: Run, ours: Run): string {
  const { stdout } = spawnSync('lttng', ['--version'], { encoding: 'utf8' });
  const shown = (text: string): string =>
    text === '' ? '(nothing)' : text.replaceAll('\n\n', '\n');
  const steps = STORY.map((line, index) =>
    [
      `$ lttng ${line}`,
      `LTTng: ${shown(peer.lines[index] ?? '')}`,
      `ours:  ${shown(ours.lines[index] ?? '')}`,
      '',
    ].join('\n'),
  );
  return `${stdout}\n${steps.join('\n')}\n`;
}
