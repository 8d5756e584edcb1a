/** Every program works in a directory that was removed, or refuses what depends on it before it makes anything. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../bin/lttng/failure.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { DIST, type Finished, makePlace, type Place } from '../../support/real/sandbox.ts';

const SESSION = '0b5c1111-1111-4111-8111-111111111111';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

/** Runs a program of ours in a directory that does not exist any more. */
function runThere(program: string, args: readonly string[]): Promise<Finished> {
  const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
  const words = [process.execPath, join(DIST, `bin/${program}.js`), ...args];
  return place.start('sh', ['-c', script, join(place.directory, 'gone'), ...words]).finished;
}

async function sessions(): Promise<SessionInfo[]> {
  const stdout = await place.ok(['list', '--sessions', '--output-format', 'json']);
  return (JSON.parse(stdout) as { sessions: SessionInfo[] }).sessions;
}

describe('in a directory that is gone', () => {
  it('a relative path is refused before anything is made', async () => {
    await place.ok(['create', 'there', '--snapshot', '-q']);
    const refused = [
      ['record', '-o', 'x', '--', 'true'],
      ['create', 'web', '-o', 'x'],
      ['snapshot', 'there', '-o', 'x'],
      ['consume', 'x', '--continue'],
      ['recover', '-o', 'x'],
      ['view', 'x'],
    ];
    for (const args of refused) {
      const { status, stdout, stderr } = await runThere('lttng', args);
      expect({ args, status, stdout, stderr }).toEqual({
        args,
        status: EXIT.file,
        stdout: '',
        stderr:
          'lttng: The working directory is gone, so "x" leads nowhere; give an absolute path (NO_DIRECTORY)\n',
      });
    }
    expect((await sessions()).map(({ name }) => name)).toEqual(['there']);
    expect(readdirSync(join(place.homeOf(), 'lttng-traces'))).toEqual(['there']);
  });

  it('commands that need no directory work, as without a .lttng/config', async () => {
    const done = [
      ['create', 'web', '-q'],
      ['add-event', '*', '-q'],
      ['start', '-q'],
      ['status'],
      ['list'],
      ['list', 'web'],
      ['run', '--', 'true'],
      ['stop', '-q'],
      ['recover'],
      ['destroy', '-q'],
      ['version'],
      ['help'],
      ['record', '-q', '-o', join(place.directory, 'absolute'), '--', 'true'],
      ['record', '-q', '--', 'true'],
    ];
    for (const args of done) {
      const { status, stderr } = await runThere('lttng', args);
      expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
    }
    const { stderr } = await runThere('lttng', ['view']);
    expect(stderr).toMatch(/^lttng: There is no trace in .* \(UNREADABLE\)\n$/);
  });

  it('daemons and the simulator refuse a relative path in one sentence', async () => {
    const sentence = /^[^\n]*The working directory is gone[^\n]*\n$/;
    for (const option of ['--snapshot', '--into']) {
      const consumer = await runThere('ust-consumerd', ['user', SESSION, option, 'x']);
      expect(consumer).toMatchObject({ status: 1, stdout: '' });
      expect(consumer.stderr).toMatch(sentence);
    }
    const simulator = await runThere('lttng-sim', ['run', 'S1', '--trace', 'x']);
    expect(simulator).toMatchObject({ status: 2, stdout: '' });
    expect(simulator.stderr).toMatch(sentence);
    const log = await runThere('lttng-sessiond', ['--log-file', 'x']);
    expect(log).toMatchObject({ status: 1, stderr: 'lttng-sessiond: Cannot log to x (ENOENT)\n' });
    expect(existsSync(join(place.directory, 'gone'))).toBe(false);
  });
});
