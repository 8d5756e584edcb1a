/**
 * Goal: a live session of ours is followed on our relay, which stores it or keeps it in memory, and on LTTng's, by
 * babeltrace2 and by `lttng view`; of one in memory nothing comes to be on the disk. Method:
 * viewers attach before the first event. A program records one event and then rests. While it does, two others run one
 * after the other. The viewers show the events of all, and end with the session.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { followWithBabeltrace } from '../../support/real/babeltrace-viewer.ts';
import { interopTable } from '../../support/real/interop-table.ts';
import { view } from '../../support/real/live-viewer.ts';
import { hasLttngRelayd, startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { writeProgram } from '../../support/real/programs.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { LIBRARY, makePlace, type Place } from '../../support/real/sandbox.ts';
import { hasBabeltrace } from '../../support/trace/babeltrace.ts';

interface Relay {
  readonly whose: string;
  readonly url: string;
  readonly livePort: number;
  /** LTTng's relay serves one viewer of a session. */
  readonly viewersMax: number;
  /** Where it stores traces. */
  readonly output: string;
}

const OURS = 'our relay';
const IN_MEMORY = 'our relay, in memory';
const THEIRS = 'LTTng’s relay';

interface Viewer {
  events(): number;
  ended(): Promise<object>;
}

const VIEWERS = ['babeltrace2', 'lttng view'] as const;
const ENDED = {
  babeltrace2: { status: 0, errors: '' },
  'lttng view': { status: 0, said: '' },
} as const;
const TICKS = 500;
const PATIENTLY = { timeout: 60_000 };
const TEST_MS_MAX = 300_000;
const missing = hasLttngRelayd() && hasBabeltrace() ? undefined : 'lttng-tools or babeltrace2';
const noteInterop = interopTable('babeltrace2');

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

async function startRelay(whose: string): Promise<Relay> {
  if (whose !== THEIRS) {
    const options = whose === IN_MEMORY ? ['--live-in-memory=16M'] : [];
    const { url, livePort, output } = await startOurRelay(place.directory, { options });
    return { whose, url, livePort, viewersMax: 2, output };
  }
  const { controlPort, dataPort, livePort, output } = await startLttngRelayd();
  const url = `net://127.0.0.1:${controlPort}:${dataPort}`;
  return { whose, url, livePort, viewersMax: 1, output };
}

function watch(viewer: (typeof VIEWERS)[number], url: string, name: string): Viewer {
  if (viewer === 'babeltrace2') return followWithBabeltrace(place.directory, url, name);
  const { times, ended } = view(place.directory, name, url);
  return { events: () => times().length, ended };
}

/** Viewers that are attached to the one live session. */
async function attached({ livePort }: Relay): Promise<number> {
  const listed = await place.ok(['--output-format=json', 'view', `net://127.0.0.1:${livePort}`]);
  const { sessions } = JSON.parse(listed) as { readonly sessions: { readonly viewers: number }[] };
  return sessions.reduce((sum, { viewers }) => sum + viewers, 0);
}

/** Records one event, and then nothing until it gets a signal. */
function restingProgram(): string {
  return writeProgram(
    place,
    'rest.mjs',
    `import { tracepoint, u32 } from '${LIBRARY}';
tracepoint('test:rest', { n: u32 })({ n: 1 });
setInterval(() => undefined, 1000);
`,
  );
}

/** Records {@link TICKS} events, and then rests until it gets a signal: LTTng's relay ends a stream with its thread. */
function busyProgram(): string {
  return writeProgram(
    place,
    'busy.mjs',
    `import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
let n = 0;
const timer = setInterval(() => {
  for (let i = 0; i < 10; i++) tick({ n: n++ });
  if (n === ${TICKS}) clearInterval(timer);
}, 5);
setInterval(() => undefined, 1000);
`,
  );
}

/** Records {@link TICKS} events, and ends when the file is there. */
function waitingProgram(path: string): string {
  return writeProgram(
    place,
    'waiting.mjs',
    `import { existsSync } from 'node:fs';
import { tracepoint, u32 } from '${LIBRARY}';
const tick = tracepoint('test:tick', { n: u32 });
for (let n = 0; n < ${TICKS}; n++) tick({ n });
const timer = setInterval(() => {
  if (existsSync('${path}')) clearInterval(timer);
}, 50);
`,
  );
}

/** Records while the viewers follow; returns the number of events. */
async function recordWhile(relay: Relay, viewers: readonly Viewer[]): Promise<number> {
  await place.ok(['add-event', 'test:*', '-s', 'web']);
  await place.ok(['start', 'web']);
  await expect.poll(() => attached(relay), PATIENTLY).toBe(viewers.length);
  const run = ['run', '-s', 'web', '--', process.execPath];
  const resting = place.startLttng([...run, restingProgram()]);
  for (const viewer of viewers) await expect.poll(() => viewer.events(), PATIENTLY).toBe(1);
  const busy = busyProgram();
  for (const programs of [1, 2]) {
    const running = place.startLttng([...run, busy]);
    for (const viewer of viewers) {
      await expect.poll(() => viewer.events(), PATIENTLY).toBe(1 + programs * TICKS);
    }
    running.kill('SIGTERM');
    await running.finished;
  }
  resting.kill('SIGTERM');
  await place.ok(['stop', 'web']);
  await place.ok(['destroy', 'web']);
  return 1 + 2 * TICKS;
}

describe.skipIf(missing !== undefined)('a live session of ours', () => {
  test.each(
    [OURS, IN_MEMORY, THEIRS].flatMap((whose) => VIEWERS.map((viewer) => ({ whose, viewer }))),
  )(
    'is followed on $whose by $viewer',
    async ({ whose, viewer }) => {
      const relay = await startRelay(whose);
      await place.ok(['create', 'web', '--live=200000', '-U', relay.url]);
      const listed = await place.ok(['list', 'web', '--output-format', 'json']);
      const { session } = JSON.parse(listed) as { readonly session: SessionInfo };
      expect(session.liveTimerUs).toBe(200_000);
      const url = `net://127.0.0.1:${relay.livePort}/host/${hostname()}/web`;
      const viewers = Array.from({ length: relay.viewersMax }, (_, index) =>
        watch(viewer, url, `viewer-${index}`),
      );
      const sent = await recordWhile(relay, viewers);
      const stored = readdirSync(relay.output, { recursive: true });
      expect(stored.length > 0).toBe(whose !== IN_MEMORY);
      for (const one of viewers) expect(await one.ended()).toEqual(ENDED[viewer]);
      const [first] = viewers;
      const what = `ours, live, followed by ${viewer} on ${whose}`;
      noteInterop({ what, sent, read: first?.events() ?? 0 });
    },
    TEST_MS_MAX,
  );
});

describe('record --live', () => {
  it(
    'can be followed while the command runs, and ends for its viewers with it',
    async () => {
      const relay = await startRelay(OURS);
      const path = join(place.directory, 'end');
      const program = waitingProgram(path);
      const options = ['-s', 'web', '--live=100000', '-U', relay.url, '-e', 'test:*'];
      const recording = place.startLttng(['record', ...options, '--', process.execPath, program]);
      const listed = async (): Promise<unknown> => {
        const url = `net://127.0.0.1:${relay.livePort}`;
        return JSON.parse(await place.ok(['--output-format=json', 'view', url]));
      };
      const session = { name: 'web', host: hostname(), liveTimerUs: 100_000 };
      await expect.poll(listed, PATIENTLY).toMatchObject({ sessions: [session] });
      const url = `net://127.0.0.1:${relay.livePort}/host/${hostname()}/web`;
      const viewer = view(place.directory, 'viewer', url);
      await expect.poll(() => viewer.times().length, PATIENTLY).toBe(TICKS);
      writeFileSync(path, '');
      expect(await recording.finished).toMatchObject({ status: 0 });
      expect(await viewer.ended()).toEqual(ENDED['lttng view']);
      expect(await listed()).toMatchObject({ sessions: [] });
    },
    TEST_MS_MAX,
  );

  it.each([
    [['create', 'web', '--live=999'], '999'],
    [['create', 'web', '--live=3600000001'], '3600000001'],
    [['record', '--live=999', '--', 'true'], '999'],
    [['record', '--live=3600000001', '--', 'true'], '3600000001'],
  ])('lttng %j is refused: its period is out of bounds', async (args, period) => {
    const { status, stderr } = await place.lttng(args);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        'lttng: The period of a live session in µs is a number from 1000 to 3600000000, ' +
        `not "${period}" (USAGE)\n`,
    });
  });
});
