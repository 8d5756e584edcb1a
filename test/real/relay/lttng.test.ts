/**
 * Goal: LTTng's own daemons stream to our relay as they do to LTTng's (R3.5, R3.6). Method: the same commands with both
 * relays, and a program that LTTng UST traces. In what our relay stored, babeltrace2 finds every event that the program
 * recorded; and both relays store the same tree of directories and files.
 */
import { chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { interopTable } from '../../support/real/interop-table.ts';
import {
  freePorts,
  missingForLttng,
  NOBODY,
  type PrivateLttng,
  startPrivateLttng,
} from '../../support/real/lttng.ts';
import { startOurRelay } from '../../support/real/relayd.ts';
import { runBabeltrace } from '../../support/trace/babeltrace.ts';

interface RelayPlace {
  readonly url: string;
  /** Where it stores traces. */
  readonly output: string;
}

type StartRelay = (lttng: PrivateLttng) => Promise<RelayPlace>;

const ourRelay: StartRelay = ({ directory }) => startOurRelay(directory);

const theirRelay: StartRelay = async (lttng) => {
  const [control = 0, data = 0, live = 0] = await freePorts(3);
  const output = join(lttng.directory, 'theirs');
  mkdirSync(output);
  chownSync(output, NOBODY, NOBODY);
  const uri = (port: number): string => `tcp://127.0.0.1:${port}`;
  const options = ['-C', uri(control), '-D', uri(data), '-L', uri(live), '-o', output];
  lttng.start('lttng-relayd', ...options);
  return { url: `net://127.0.0.1:${control}:${data}`, output };
};

/**
 * Directories and files with their modes, without times, process ids and numbers of stream files. Index files are left
 * out: a stream has one when its processor has recorded something.
 */
function treeOf(output: string): string[] {
  const names = readdirSync(output, { recursive: true, encoding: 'utf8' });
  const shown = names.map((name) => {
    const info = statSync(join(output, name));
    const plain = name
      .replaceAll(/\d{8}T\d{6}\+0000/g, 'TIME')
      .replaceAll(/\d{8}-\d{6}/g, 'TIME')
      .replaceAll(/traced-\d+/g, 'traced-PID')
      .replaceAll(/(channel_\d+)_\d+/g, '$1_N');
    return `${(info.mode & 0o777).toString(8)} ${plain}${info.isDirectory() ? '/' : ''}`;
  });
  return [...new Set(shown)].filter((line) => !line.endsWith('.idx')).sort();
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Recording {
  readonly recorded: number;
  readonly stored: number;
  /** Events that a clear removed: at least, and at most. */
  readonly cleared: readonly [least: number, most: number];
  /** After each command. */
  readonly trees: Record<string, string[]>;
}

/** How many events the program had recorded before and after a command. */
interface Moment {
  readonly command: string;
  readonly before: number;
  readonly after: number;
}

/** A clear removes what was recorded after the last rotation. */
function clearedIn(moments: readonly Moment[]): Recording['cleared'] {
  const at = moments.findIndex(({ command }) => command.startsWith('clear'));
  const clear = moments[at];
  if (clear === undefined) return [0, 0];
  const begun = moments.slice(0, at).findLast(({ command }) => command.startsWith('rotate'));
  return [clear.before - (begun?.after ?? 0), clear.after - (begun?.before ?? 0)];
}

/** Records in a session that streams to the relay, with these commands while the program runs. */
async function record(
  startRelay: StartRelay,
  channel: readonly string[],
  commands: readonly string[],
  session: readonly string[] = [],
): Promise<Recording> {
  const lttng = await startPrivateLttng();
  const { url, output } = await startRelay(lttng);
  const trees: Recording['trees'] = {};
  const moments: Moment[] = [];
  const traced = lttng.trace();
  const goOn = async (): Promise<void> => {
    const enough = traced.events() + 400;
    await expect.poll(() => traced.events(), { timeout: 30_000 }).toBeGreaterThan(enough);
  };
  lttng.lttng('create', 'web', `--set-url=${url}`, ...session);
  const small = ['--subbuf-size=4096', '--num-subbuf=16'];
  lttng.lttng('enable-channel', '-u', 'channel', ...small, ...channel);
  lttng.lttng('enable-event', '-u', '-c', 'channel', 'bench:one');
  lttng.lttng('start');
  await goOn();
  for (const command of commands) {
    const before = traced.events();
    lttng.lttng(...command.split(' '));
    moments.push({ command, before, after: traced.events() });
    await goOn();
    trees[command] = treeOf(output);
  }
  lttng.lttng('stop');
  lttng.lttng('destroy');
  // The program has seen that the session is over when its count does not grow any more.
  let recorded = -1;
  while (recorded !== traced.events()) {
    recorded = traced.events();
    await wait(200);
  }
  await traced.end();
  // Until the last trace chunk is in its place: a peer's connection ends after its last command.
  const isComplete = (): boolean => !/\/TIME-\d+\//.test(treeOf(output).join(' '));
  await expect.poll(isComplete, { timeout: 20_000 }).toBe(true);
  trees['destroy'] = treeOf(output);
  const stored = runBabeltrace(output).lines.length;
  return { recorded, stored, cleared: clearedIn(moments), trees };
}

const missing = missingForLttng(['lttng-relayd']);
const noteInterop = interopTable('lttng-sessiond');

describe.skipIf(missing !== undefined)('LTTng 2.13 streams to our relay', () => {
  /** What is stored is what was recorded without what was cleared. */
  function checkCleared(what: string, { recorded, stored, cleared }: Recording): void {
    const [least, most] = cleared;
    const sent = `${recorded} − ${least} to ${most}`;
    noteInterop({ what: `LTTng to our relay: ${what}`, sent, read: stored });
    expect(recorded - stored).toBeGreaterThanOrEqual(least);
    expect(recorded - stored).toBeLessThanOrEqual(most);
  }

  test.each([
    ['buffers of a user', ['--buffers-uid'], []],
    ['buffers of a process, rotated twice', ['--buffers-pid'], ['rotate', 'rotate']],
    [
      'files of bounded size, rotated',
      ['--buffers-uid', '--tracefile-size=8192'],
      ['rotate', 'rotate'],
    ],
  ])('every event is stored: %s', async (what, channel, commands) => {
    const { recorded, stored } = await record(ourRelay, channel, commands);
    noteInterop({ what: `LTTng to our relay: ${what}`, sent: recorded, read: stored });
    expect(stored).toBe(recorded);
    expect(recorded).toBeGreaterThan(400);
  });

  test.each([
    ['of a user', ['--buffers-uid']],
    ['of a process', ['--buffers-pid']],
  ])('stores the same tree as LTTng: rotate and clear, buffers %s', async (whose, channel) => {
    const commands = ['rotate', 'clear', 'rotate web'];
    const ours = await record(ourRelay, channel, commands);
    const theirs = await record(theirRelay, channel, commands);
    checkCleared(`rotate, clear, rotate, buffers ${whose}`, ours);
    expect(ours.trees).toEqual(theirs.trees);
    expect(ours.stored).toBeGreaterThan(0);
    expect(ours.stored).toBeLessThan(ours.recorded);
  });

  test('stores the same tree as LTTng: a clear before any rotation', async () => {
    const ours = await record(ourRelay, ['--buffers-uid'], ['clear']);
    const theirs = await record(theirRelay, ['--buffers-uid'], ['clear']);
    checkCleared('clear', ours);
    expect(ours.trees).toEqual(theirs.trees);
  });

  test('stores the same tree as LTTng: snapshots', async () => {
    const commands = ['snapshot record', 'snapshot record --name=again'];
    const ours = await record(ourRelay, ['--buffers-uid'], commands, ['--snapshot']);
    const theirs = await record(theirRelay, ['--buffers-uid'], commands, ['--snapshot']);
    const sent = `at most ${ours.recorded}, twice`;
    noteInterop({ what: 'LTTng to our relay: two snapshots', sent, read: ours.stored });
    expect(ours.trees).toEqual(theirs.trees);
    expect(ours.stored).toBeGreaterThan(0);
  });
});
