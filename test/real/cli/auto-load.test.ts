/** A registry that starts loads what was saved for it: in the auto directory, and with `--load`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tickProgram } from '../../support/real/programs.ts';
import {
  daemonOf,
  makePlace,
  type Place,
  processesOf,
  REGISTER,
  until,
} from '../../support/real/sandbox.ts';

const LOOKS_MAX = 100;
const LOOK_MS = 100;

let place: Place;
let own: string;
beforeEach(() => {
  place = makePlace();
  own = join(place.homeOf(), '.lttng-ts');
});
afterEach(() => place.end());

/** The sessions, of a registry that the command starts if none runs. */
async function states(): Promise<Readonly<Record<string, string>>> {
  const text = await place.ok(['list', '--sessions', '--output-format', 'json']);
  const { sessions } = JSON.parse(text) as { sessions: readonly { name: string; state: string }[] };
  return Object.fromEntries(sessions.map(({ name, state }) => [name, state]));
}

/** Waits until the session has the state. */
async function loaded(name: string, state: string): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    if ((await states())[name] === state) return;
    await pass(LOOK_MS);
  }
  throw new Error(`session ${name} was not loaded`);
}

async function endRegistry(signal: NodeJS.Signals): Promise<void> {
  const pid = daemonOf(place, 'lttng-sessiond');
  process.kill(pid, signal);
  await until(() => !processesOf(place.directory).includes(pid));
}

it('returns with its sessions, which record as before', async () => {
  const auto = join(own, 'saved/auto');
  await place.ok(['create', 'web', '-q']);
  await place.ok(['add-event', 'test:*', '-q']);
  await place.ok(['start', '-q']);
  await place.ok(['create', 'idle', '-q']);
  await place.ok(['save', '-o', auto, '-q']);
  await place.ok(['destroy', '--all', '-q']);
  await endRegistry('SIGTERM');
  await loaded('web', 'active');
  expect(await states()).toEqual({ idle: 'inactive', web: 'active' });
  const directory = join(place.homeOf(), 'lttng-traces/web');
  const program = tickProgram(place, { batch: 5, pauseMs: 1, total: 20 });
  const command = ['--', process.execPath, '--import', REGISTER, program];
  await place.ok(['run', ...command], { cwd: directory });
  await place.ok(['destroy', 'web', '-q']);
  expect((await place.ok(['view', directory])).trimEnd().split('\n')).toHaveLength(20);
  // A registry that is killed restores what it had, and loads the others.
  await endRegistry('SIGKILL');
  await loaded('web', 'active');
  expect(await states()).toEqual({ idle: 'inactive', web: 'active' });
});

it('says in its log what it cannot load, and loads what --load names, also of LTTng', async () => {
  const files = join(place.directory, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'bad.json'), '{');
  const xml =
    '<sessions><session><name>old</name><domains/><started>false</started></session></sessions>';
  writeFileSync(join(files, 'old.lttng'), xml);
  const registry = place.startProgram('lttng-sessiond', ['--load', files]);
  await registry.said(/"session.loaded"/);
  expect(await states()).toEqual({ old: 'inactive' });
  registry.kill('SIGTERM');
  const { status, stderr } = await registry.finished;
  expect(status).toBe(0);
  const refused = stderr.split('\n').filter((line) => line.includes('"session.notLoaded"'));
  expect(refused).toHaveLength(1);
  expect(refused[0]).toContain(join(files, 'bad.json'));

  const only = place.startProgram('lttng-sessiond', ['--load', join(files, 'old.lttng')]);
  await only.said(/"session.loaded"/);
  only.kill('SIGTERM');
  expect((await only.finished).status).toBe(0);

  const none = place.startProgram('lttng-sessiond', ['--load', join(files, 'none')]);
  await none.said(/"session.notLoaded"/);
  expect(await states()).toEqual({});
  none.kill('SIGTERM');
  expect((await none.finished).status).toBe(0);
});
