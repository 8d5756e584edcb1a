/**
 * The laws of the simulator on a real machine: the same workloads, drawn from seeds, the same trace reader, and the
 * same oracle of conservation, with real processes, real shared memory and real kills.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Draw } from '../../sim/input/draw.ts';
import type { Ledger } from '../../sim/ledger/ledger.ts';
import type { SessionAccount } from '../../sim/ledger/sessions.ts';
import { readTraces } from '../../sim/ledger/trace-content.ts';
import { TRACKED_AT_FIRST } from '../../sim/ledger/trackers.ts';
import { checkConservation } from '../../sim/oracles/conservation.ts';
import { createRealWorld } from '../../src/os/world.ts';
import { threadsIn } from '../support/real/ledger.ts';
import { makePlace, type Place } from '../support/real/sandbox.ts';

/** The seeds include discarding, overwriting, children, exits and kills. */
const SEEDS = [1, 3, 5, 13, 14];
const DURATION_MS = 150;
const PROGRAM = fileURLToPath(
  new URL('../../dist/test/support/real/workload-program.js', import.meta.url),
);

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

async function lttng(...words: string[]): Promise<void> {
  const { status, stdout, stderr } = await place.lttng(words);
  expect(status, `lttng ${words.join(' ')}: ${stdout}${stderr}`).toBe(0);
}

describe('conservation', () => {
  it.each(SEEDS)('of a workload that lttng runs, seed %i', async (seed) => {
    const part = new Draw(seed).of('session');
    const { shape, switchTimerUs, readTimerUs } = part.channel('small');
    const workload = part.workload(DURATION_MS);
    const output = join(place.directory, 'trace');
    const notebooks = join(place.directory, 'notebooks');
    mkdirSync(notebooks);

    await lttng('create', 'laws', '--output', output);
    await lttng(
      ...[
        'add-channel',
        'small',
        '--session',
        'laws',
        shape.overwrite ? '--overwrite' : '--discard',
      ],
      ...['--subbuf-size', `${shape.subbufferBytes}`, '--num-subbuf', `${shape.subbufferCount}`],
      ...['--switch-timer', `${switchTimerUs}`, '--read-timer', `${readTimerUs}`],
    );
    await lttng('enable-event', 'sim:*', '--channel', 'small', '--session', 'laws');
    await lttng('start', 'laws');
    // The application's exit status does not matter: it may throw, exit with any code or be killed.
    const program = [process.execPath, PROGRAM, notebooks, JSON.stringify(workload)];
    await place.lttng(['run', '--session', 'laws', '--', ...program]);
    await lttng('destroy', 'laws');

    const threads = threadsIn(notebooks);
    const uid = process.getuid?.() ?? -1;
    const scope = uid === 0 ? 'global' : 'user';
    const always = { askedAt: 0, activeAt: 0, endAskedAt: Infinity, endedAt: Infinity };
    const all = { kind: 'all' } as const;
    const session: SessionAccount = {
      ...{ name: 'laws', uuid: threads[0]?.sessionUuid ?? '', user: '', uid, scope, output },
      isFlightRecorder: false,
      isShared: false,
      shape: undefined,
      laterOutputs: [],
      rotations: [],
      isRelayed: false,
      switchTimerUs: undefined,
      tracefiles: new Map(),
      isOverwriting: shape.overwrite,
      rules: [{ channel: 'small', pattern: 'sim:*', logLevelMax: 14, target: all, ...always }],
      disabled: new Map(),
      abandoned: 0,
      unbuffered: undefined,
      doubtfulFrom: Number.POSITIVE_INFINITY,
      tracked: TRACKED_AT_FIRST,
      windows: [always],
    };
    const ledger: Ledger = {
      threads,
      commands: [],
      registries: [{ who: 'any', scope, uid, readyAt: 0 }],
      terminations: [],
      adversaries: [],
      kept: [],
      relays: [],
      senders: [],
      views: [],
    };
    const { files } = createRealWorld({ log: () => undefined });
    const content = readTraces(files, output);
    expect(content.problems).toEqual([]);
    expect(checkConservation(ledger, [session], session, content)).toEqual([]);
    expect(threads.length).toBeGreaterThan(0);
  });
});
