/**
 * Goal: `lttng view net://…` shows live sessions of our relay and of LTTng's as they are recorded. Method: LTTng's
 * daemons stream a live session of a program that LTTng UST traces. Viewers from its beginning show as many events as
 * the program recorded, in order of time; one that attaches late with `--from-now` shows the later ones.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { interopTable } from '../../support/real/interop-table.ts';
import { type LiveViewer, view } from '../../support/real/live-viewer.ts';
import { missingForLttng, type PrivateLttng, startPrivateLttng } from '../../support/real/lttng.ts';
import { startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { linesOf, startOurRelay } from '../../support/real/relayd.ts';

interface Relay {
  readonly url: string;
  readonly livePort: number;
  kill(): Promise<void>;
}

async function startRelay(whose: string, directory: string): Promise<Relay> {
  if (whose === 'our relay') return startOurRelay(directory);
  const { controlPort, dataPort, livePort, stop } = await startLttngRelayd();
  const url = `net://127.0.0.1:${controlPort}:${dataPort}`;
  return { url, livePort, kill: () => stop('SIGKILL') };
}

interface LiveRecording {
  readonly lttng: PrivateLttng;
  readonly relay: Relay;
  readonly url: string;
  readonly view: (name: string, ...args: string[]) => LiveViewer;
}

async function record(whose: string, buffers = '--buffers-uid'): Promise<LiveRecording> {
  const lttng = await startPrivateLttng();
  const relay = await startRelay(whose, lttng.directory);
  lttng.lttng('create', 'web', '--live=200000', `--set-url=${relay.url}`);
  const small = ['--subbuf-size=4096', '--num-subbuf=16'];
  lttng.lttng('enable-channel', '-u', 'channel', buffers, ...small);
  lttng.lttng('enable-event', '-u', '-c', 'channel', 'bench:one');
  lttng.lttng('start');
  const url = `net://127.0.0.1:${relay.livePort}`;
  const session = `${url}/host/${hostname()}/web`;
  return {
    lttng,
    relay,
    url,
    view: (name, ...args) => view(lttng.directory, name, session, ...args),
  };
}

const ENDED = { status: 0, said: '' };
const PATIENTLY = { timeout: 60_000 };
const RELAYS = ['our relay', 'LTTng’s relay'];
const CASES = ['--buffers-uid', '--buffers-pid'].flatMap((buffers) => [
  { whose: 'our relay', buffers, viewers: ['first', 'second', 'late'] },
  // LTTng's relay serves one viewer of a session at a time.
  { whose: 'LTTng’s relay', buffers, viewers: ['first'] },
  { whose: 'LTTng’s relay', buffers, viewers: ['late'] },
]);
/**
 * LTTng's relay ends a stream for its viewers when its peer closes it, even if they have not read its last packets:
 * babeltrace2, too, shows fewer events than are stored. With a buffer for each process that is when the process ends.
 * Two processes, two processors, a packet of at most 250 events each.
 */
const losesLast = (whose: string, buffers: string): boolean =>
  whose !== 'our relay' && buffers === '--buffers-pid';
const LAST_PACKETS = 1000;
const ascending = (times: readonly bigint[]): readonly bigint[] =>
  times.toSorted((one, other) => (one < other ? -1 : Number(one > other)));
const missing = missingForLttng(['lttng-relayd']);
const noteOurs = interopTable('lttng-sessiond');
const noteTheirs = interopTable('lttng-relayd');

describe.skipIf(missing !== undefined)('our viewer follows what LTTng 2.13 streams', () => {
  test.each(CASES)('through $whose, $buffers, $viewers', async ({ whose, buffers, viewers }) => {
    const { lttng, url, view: follow } = await record(whose, buffers);
    const traced = [lttng.trace()];
    const whole = viewers.filter((name) => name !== 'late').map((name) => follow(name));
    for (const viewer of whole) {
      await expect.poll(() => viewer.times().length, PATIENTLY).toBeGreaterThan(400);
    }
    // Its streams are new when a process has buffers of its own.
    traced.push(lttng.trace());
    const listed = view(lttng.directory, 'list', url);
    expect(await listed.ended()).toEqual(ENDED);
    expect(JSON.parse(linesOf(join(lttng.directory, 'list.out'))[0] ?? '')).toMatchObject({
      sessions: [{ name: 'web', host: hostname(), liveTimerUs: 200_000, viewers: whole.length }],
    });
    await expect.poll(() => traced[0]?.events(), PATIENTLY).toBeGreaterThan(1000);
    const late = viewers
      .filter((name) => name === 'late')
      .map((name) => follow(name, '--from-now'));
    for (const viewer of late) {
      await expect.poll(() => viewer.times().length, PATIENTLY).toBeGreaterThan(400);
    }
    for (const program of traced) await program.end();
    const recorded = traced.reduce((sum, program) => sum + program.events(), 0);
    // Before the end of the session: this relay ends the streams of its viewers then.
    const mustRead = whose !== 'our relay' && !losesLast(whose, buffers) ? whole : [];
    for (const viewer of mustRead) {
      await expect.poll(() => viewer.times().length, PATIENTLY).toBe(recorded);
    }
    lttng.lttng('stop');
    lttng.lttng('destroy');
    for (const viewer of [...whole, ...late]) {
      expect(await viewer.ended()).toEqual(ENDED);
      expect(viewer.times()).toEqual(ascending(viewer.times()));
    }
    for (const viewer of whole) {
      const read = viewer.times().length;
      const note = whose === 'our relay' ? noteOurs : noteTheirs;
      note({
        what: `LTTng, live, ${buffers}, our viewer at ${whose}`,
        sent: losesLast(whose, buffers) ? `at most ${recorded}` : recorded,
        read,
      });
      const missed = recorded - read;
      expect(missed).toBeGreaterThanOrEqual(0);
      expect(missed).toBeLessThanOrEqual(losesLast(whose, buffers) ? LAST_PACKETS : 0);
    }
    for (const viewer of late) expect(viewer.times().length).toBeLessThan(recorded);
  });

  test.each(RELAYS)('and says that %s is gone', async (whose) => {
    const { lttng, relay, view: follow } = await record(whose);
    lttng.trace();
    const viewer = follow('viewer');
    await expect.poll(() => viewer.times().length, PATIENTLY).toBeGreaterThan(400);
    await relay.kill();
    const { status, said } = await viewer.ended();
    expect({ status, said: JSON.parse(said) as object }).toEqual({
      status: 5,
      said: { error: { code: 'RELAY_LOST', reason: 'the relay closed the connection' } },
    });
  });

  test('and ends in order when it is interrupted', async () => {
    const { lttng, view: follow } = await record('our relay');
    lttng.trace();
    const viewer = follow('viewer');
    await expect.poll(() => viewer.times().length, PATIENTLY).toBeGreaterThan(400);
    viewer.child.kill('SIGINT');
    expect(await viewer.ended()).toEqual(ENDED);
  });

  test('a session that is not there has an error', async () => {
    const { lttng, url } = await record('our relay');
    const viewer = view(lttng.directory, 'none', `${url}/host/${hostname()}/other`);
    const { status, said } = await viewer.ended();
    expect(status).toBe(1);
    expect(said).toContain('"NO_SESSION"');
  });
});
