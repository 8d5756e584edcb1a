/** R1.27: programs of a user write the same buffers, one after another; real programs, two users, kill -9. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeProgram } from '../support/real/programs.ts';
import { startOurRelay } from '../support/real/relayd.ts';
import {
  type Account,
  accountOf,
  LIBRARY,
  makePlace,
  type Place,
  PRELOAD,
} from '../support/real/sandbox.ts';
import { babeltrace } from '../support/real/traces.ts';

const PROGRAMS = 50;
/** A program has one of so many classes beside the one that all have. */
const KINDS = 7;
const EVENTS_EACH = 3;
const FEW = 6;

const a = accountOf('lttng-ts-a');
const b = accountOf('lttng-ts-b');
const whyNot =
  a === undefined || b === undefined ? 'needs root to act as several users' : undefined;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Records three events, of two classes, with its number; waits to be killed if it is to. */
const program = (): string =>
  writeProgram(
    place,
    'short.mjs',
    `import { string, tracepoint, u32 } from '${LIBRARY}';
const n = Number(process.argv[2]);
const all = tracepoint('short:all', { n: u32, text: string });
const kind = tracepoint('short:kind' + (n % ${KINDS}), { [n % 2 ? 'odd' : 'even']: u32 });
all({ n, text: 'first of ' + n });
kind({ odd: n, even: n });
all({ n, text: 'last of ' + n });
if (process.argv[3] === 'wait') {
  console.log('recorded');
  setInterval(() => undefined, 1000);
}
`,
  );

const argumentsOf = (file: string, n: number, ...more: string[]): string[] => [
  '--require',
  PRELOAD,
  file,
  `${n}`,
  ...more,
];

async function run(file: string, n: number, account?: Account): Promise<void> {
  const { finished } = place.start(process.execPath, argumentsOf(file, n), { account });
  expect(await finished).toMatchObject({ status: 0, stderr: '' });
}

async function begin(output: string, ...options: string[]): Promise<void> {
  await place.ok(['create', 'web', '-q', '-o', output]);
  await setUp(...options);
}

async function setUp(...options: string[]): Promise<void> {
  await place.ok(['add-channel', 'all', '--buffers-uid', '-s', 'web', ...options]);
  await place.ok(['add-event', 'short:*', '-c', 'all', '-s', 'web']);
  await place.ok(['add-context', '-c', 'all', '-t', 'vpid', '-s', 'web']);
  await place.ok(['start', 'web']);
}

/** The text of each event without its time and pid, in the order of the trace. */
const eventsIn = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/^\[[^\]]*\] \([^)]*\) \S+ /, '').replace(/vpid = \d+/, 'vpid'));

const expected = (n: number): string[] => [
  `short:all: { vpid }, { n = ${n}, text = "first of ${n}" }`,
  `short:kind${n % KINDS}: { vpid }, { ${n % 2 === 0 ? 'even' : 'odd'} = ${n} }`,
  `short:all: { vpid }, { n = ${n}, text = "last of ${n}" }`,
];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('buffers of a user', () => {
  it(`have one stream for ${PROGRAMS} programs one after another`, async () => {
    const output = join(place.homeOf(), 'trace');
    const file = program();
    await begin(output);
    for (const n of upTo(PROGRAMS)) await run(file, n);
    // Two segments of the only stream.
    expect(place.segments()).toHaveLength(2);
    expect(await place.ok(['list', 'web'])).toMatch(/^ +buffers +per user$/m);
    await place.ok(['stop', 'web']);
    const uid = process.getuid?.() ?? 0;
    const trace = join(output, `ust/uid/${uid}/64-bit`);
    expect(readdirSync(trace).toSorted()).toEqual(['all_0', 'metadata']);
    const environment = readFileSync(join(trace, 'metadata'), 'utf8');
    expect(environment).toContain('tracer_buffering_scheme = "uid"');
    expect(environment).toContain(`tracer_buffering_id = ${uid}`);
    expect(environment).not.toMatch(/^\t*(?:vpid|procname) =/m);
    const { lines, discarded } = babeltrace(output);
    expect(discarded).toBe(0);
    expect(lines).toHaveLength(PROGRAMS * EVENTS_EACH);
    expect(eventsIn(lines)).toEqual(upTo(PROGRAMS).flatMap(expected));
    const pids = new Set(lines.map((line) => /vpid = (\d+)/.exec(line)?.[1]));
    expect(pids.size).toBe(PROGRAMS);
    await place.ok(['destroy', 'web']);
  });

  it('go on after programs that were killed, and over a kill of the registry and the consumer', async () => {
    const output = join(place.homeOf(), 'trace');
    const file = program();
    await begin(output, '--switch-timer', '20000');
    for (const n of upTo(FEW)) {
      const running = place.start(process.execPath, argumentsOf(file, n, 'wait'));
      await running.line(/^recorded$/);
      if (n === 2) {
        const status = JSON.parse(await place.ok(['status', '--output-format', 'json'])) as {
          registry: { pid: number };
          session: { consumerPid: number };
        };
        process.kill(status.session.consumerPid, 'SIGKILL');
        process.kill(status.registry.pid, 'SIGKILL');
        await place.ok(['list']);
      }
      running.kill('SIGKILL');
      await running.finished;
      await untilFree();
    }
    await place.ok(['destroy', 'web']);
    const { lines, discarded } = babeltrace(output);
    expect(discarded).toBe(0);
    expect(eventsIn(lines)).toEqual(upTo(FEW).flatMap(expected));
    expect(readdirSync(join(output, `ust/uid/${process.getuid?.() ?? 0}/64-bit`))).toHaveLength(2);
  });

  it('are of one user each, and each user has a trace', async ({ skip }) => {
    skip(whyNot !== undefined, whyNot);
    const output = join(place.homeOf(), 'trace');
    const file = program();
    await begin(output);
    for (const n of upTo(FEW)) await run(file, n, n % 2 === 0 ? a : b);
    await place.ok(['destroy', 'web']);
    const users = [a, b].map((account) => `${account?.uid}`);
    expect(readdirSync(join(output, 'ust/uid')).toSorted()).toEqual(users.toSorted());
    for (const [index, uid] of users.entries()) {
      const trace = join(output, 'ust/uid', uid, '64-bit');
      expect(readdirSync(trace)).toHaveLength(2);
      const own = upTo(FEW).filter((n) => n % 2 === index);
      expect(eventsIn(babeltrace(trace).lines)).toEqual(own.flatMap(expected));
    }
  });

  it('go to a relay, and into the archives of rotations', async () => {
    const uid = process.getuid?.() ?? 0;
    const file = program();
    const relay = await startOurRelay(place.directory);
    await place.ok(['create', 'web', '-q', '-U', relay.url]);
    await setUp();
    for (const n of upTo(FEW)) await run(file, n);
    await place.ok(['destroy', 'web']);
    expect(eventsIn(babeltrace(relay.output).lines)).toEqual(upTo(FEW).flatMap(expected));
    const output = join(place.homeOf(), 'trace');
    await begin(output);
    for (const n of upTo(FEW)) {
      await run(file, n);
      if (n === 2) await place.ok(['rotate', 'web']);
    }
    await place.ok(['destroy', 'web']);
    const archives = readdirSync(join(output, 'archives')).toSorted();
    expect(archives).toHaveLength(2);
    const parts = archives.map((name) => join(output, 'archives', name, `ust/uid/${uid}/64-bit`));
    for (const [index, part] of parts.entries()) {
      expect(readdirSync(part).toSorted()).toEqual(['all_0', 'metadata']);
      const own = upTo(FEW).filter((n) => n > 2 === (index === 1));
      expect(eventsIn(babeltrace(part).lines)).toEqual(own.flatMap(expected));
    }
  });

  it('are refused beside buffers of processes, with the reason', async () => {
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-channel', 'all', '--buffers-uid']);
    expect(await place.lttng(['add-channel', 'other', '--buffers-pid'])).toMatchObject({
      status: 1,
      stderr:
        'lttng: The buffers of session "web" are per user: so are those of all its channels (NOT_ALLOWED)\n',
    });
    expect(
      await place.lttng(['add-channel', 'all', '--buffers-uid', '--buffers-pid']),
    ).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('per process or per user, not both') as string,
    });
    await place.ok(['destroy', 'web']);
  });
});

/** Until no stream has a living thread, as far as the registry knows. */
async function untilFree(): Promise<void> {
  for (;;) {
    const text = await place.ok(['status', '--output-format', 'json']);
    const { session } = JSON.parse(text) as { session: { writers: number } };
    if (session.writers === 0) return;
  }
}
