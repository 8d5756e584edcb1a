/** With few file descriptors every program works, or says so in one sentence; a traced program notices nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../bin/lttng/failure.ts';
import {
  DIST,
  type Finished,
  makePlace,
  type Place,
  REGISTER,
} from '../../support/real/sandbox.ts';
import { readTrace } from '../../support/real/traces.ts';

/** Node.js itself needs this many to load its first module. */
const NODE_MIN = 20;
/** The fewest with which a registry serves. */
const REGISTRY_MIN = 64;
/** The fewest with which the library registers: those that Node.js has open, and its reserve. */
const FEW = [21, 24, 32, 40, 48, 64];

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

function runWith(limit: number, words: readonly string[]): Promise<Finished> {
  return place.start('prlimit', [`--nofile=${limit}`, ...words]).finished;
}

function program(name: string, ...args: readonly string[]): string[] {
  return [process.execPath, join(DIST, `bin/${name}.js`), ...args];
}

const lttng = (...args: readonly string[]): string[] => program('lttng', ...args);

describe('with few descriptors', () => {
  it('every program shows its help', async () => {
    for (const name of ['lttng', 'lttng-sessiond', 'lttng-relayd', 'ust-consumerd', 'lttng-sim']) {
      const { status, stdout, stderr } = await runWith(NODE_MIN, program(name, '--help'));
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: /);
    }
  });

  it('a registry that could serve no connection does not start, and its client says why', async () => {
    const { status, stdout, stderr } = await runWith(REGISTRY_MIN - 1, lttng('list'));
    expect({ status, stdout, stderr }).toEqual({
      status: EXIT.noRegistry,
      stdout: '',
      stderr:
        'lttng: The registry that was started may open too few files; see "ulimit -n" (NO_REGISTRY)\n',
    });
    const daemon = await runWith(REGISTRY_MIN - 1, program('lttng-sessiond'));
    expect(daemon.status).toBe(4);
    expect(daemon.stderr).toContain('"This process may open 63 files; a registry needs 64"');
  });

  it('commands work as soon as a registry does', async () => {
    const ok = async (...args: readonly string[]): Promise<void> => {
      const { status, stderr } = await runWith(REGISTRY_MIN, lttng(...args));
      expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
    };
    await ok('list', '-q');
    await ok('record', '-q', '-s', 'few', '--', process.execPath, '-e', 'console.log(1)');
    await ok('create', 'web', '-q');
    await ok('add-event', '*', '-q');
    await ok('start', '-q');
    await ok('destroy', '-q');
  });

  it('a command whose registry runs already needs no more than Node.js', async () => {
    await place.ok(['list']);
    for (const limit of [22, 26, 32, 40]) {
      const { status, stderr } = await runWith(limit, lttng('list'));
      expect({ limit, status, stderr }).toEqual({ limit, status: 0, stderr: '' });
    }
  });

  it('a command that cannot continue says so in one sentence, also in JSON', async () => {
    for (const limit of [NODE_MIN - 1, NODE_MIN, NODE_MIN + 1]) {
      const words = lttng('record', '--output-format', 'json', '--', 'true');
      const { status, stdout, stderr } = await runWith(limit, words);
      expect(stdout).toBe('');
      expect([EXIT.noRegistry, EXIT.file]).toContain(status);
      const { error } = JSON.parse(stderr) as { error: { code: string } };
      expect(['NO_DESCRIPTORS', 'NO_REGISTRY', 'NO_OUTPUT']).toContain(error.code);
    }
  });

  it('a traced program loses none to the library', async () => {
    const guest = join(place.directory, 'guest.mjs');
    writeFileSync(guest, "console.log('begins'); setTimeout(() => console.log('ends'), 300);");
    await place.ok(['create', 'web', '-q']);
    await place.ok(['add-event', '*', '-q']);
    await place.ok(['start', '-q']);
    for (const limit of [...FEW, 1024]) {
      const outcome = await runWith(limit, [process.execPath, '--import', REGISTER, guest]);
      const { status, stdout, stderr } = outcome;
      expect({ limit, status, stdout, stderr }).toEqual({
        limit,
        status: 0,
        stdout: 'begins\nends\n',
        stderr: '',
      });
    }
    await place.ok(['destroy', '-q']);
    const { events } = readTrace(join(place.homeOf(), 'lttng-traces/web'));
    expect(new Set(events.map(({ name }) => name))).toContain('node:console_log');
  });
});
