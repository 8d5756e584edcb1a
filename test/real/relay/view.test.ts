/**
 * Goal: `lttng view net://…` shows live sessions of our relay and of LTTng's as they are recorded. Method: LTTng's
 * daemons stream a live session of a program that LTTng UST traces. Viewers from its beginning show as many events as
 * the program recorded, in order of time; one that attaches late with `--from-now` shows the later ones.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  endAfterTest,
  missingForLttng,
  type PrivateLttng,
  startPrivateLttng,
} from '../../support/real/lttng.ts';
import { startLttngRelayd } from '../../support/real/lttng-relayd.ts';
import { DIST } from '../../support/real/os.ts';
import { linesOf, startOurRelay } from '../../support/real/relayd.ts';

interface LiveViewer {
  readonly child: ChildProcess;
  /** The timestamps of the events that it has shown so far. */
  times(): bigint[];
  /** Waits until it ends by itself; its exit status and what it said. */
  ended(): Promise<{ readonly status: number | null; readonly said: string }>;
}

function view(directory: string, name: string, ...args: string[]): LiveViewer {
  const path = (kind: string): string => join(directory, `${name}.${kind}`);
  const [output, errors] = [openSync(path('out'), 'w'), openSync(path('err'), 'w')];
  const child = spawn(
    process.execPath,
    [join(DIST, 'bin/lttng.js'), '--output-format=json', 'view', ...args],
    { stdio: ['ignore', output, errors] },
  );
  for (const descriptor of [output, errors]) closeSync(descriptor);
  endAfterTest(child);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    child,
    times: () =>
      linesOf(path('out'))
        .map((line) => JSON.parse(line) as { kind: string; timestamp: string })
        .filter(({ kind }) => kind === 'event')
        .map(({ timestamp }) => BigInt(timestamp)),
    ended: async () => ({ status: await exit, said: linesOf(path('err')).join('\n') }),
  };
}

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
const ascending = (times: readonly bigint[]): readonly bigint[] =>
  times.toSorted((one, other) => (one < other ? -1 : Number(one > other)));
const missing = missingForLttng(['lttng-relayd']);

describe.skipIf(missing !== undefined)('our viewer follows what LTTng 2.13 streams', () => {
  test.each(
    RELAYS.flatMap((relay) =>
      ['--buffers-uid', '--buffers-pid'].map((buffers) => [relay, buffers]),
    ),
  )('through %s, %s', async (whose = '', buffers = '') => {
    const { lttng, url, view: follow } = await record(whose, buffers);
    const traced = [lttng.trace(), lttng.trace()];
    const first = follow('first');
    const second = follow('second');
    await expect.poll(() => first.times().length, PATIENTLY).toBeGreaterThan(400);
    const late = follow('late', '--from-now');
    await expect.poll(() => late.times().length, PATIENTLY).toBeGreaterThan(400);
    const listed = view(lttng.directory, 'list', url);
    expect(await listed.ended()).toEqual(ENDED);
    expect(JSON.parse(linesOf(join(lttng.directory, 'list.out'))[0] ?? '')).toMatchObject({
      sessions: [{ name: 'web', host: hostname(), liveTimerUs: 200_000 }],
    });
    for (const program of traced) await program.end();
    const recorded = traced.reduce((sum, program) => sum + program.events(), 0);
    lttng.lttng('stop');
    lttng.lttng('destroy');
    for (const viewer of [first, second, late]) {
      expect(await viewer.ended()).toEqual(ENDED);
      expect(viewer.times()).toEqual(ascending(viewer.times()));
    }
    expect([first.times().length, second.times().length]).toEqual([recorded, recorded]);
    expect(late.times().length).toBeLessThan(recorded);
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
