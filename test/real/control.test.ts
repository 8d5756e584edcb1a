/**
 * The control library (R1.28) with real daemons: it finds and starts them as `lttng` does, agrees with it, and leaves
 * the program alone that it runs in. The examples of docs/control.md do what that says.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ControlError, CURRENT, connect } from '../../bin/control.ts';
import { tickProgram, writeProgram } from '../support/real/programs.ts';
import { DIST, daemonOf, makePlace, type Place, REGISTER, until } from '../support/real/sandbox.ts';
import { readTrace, ticksOf } from '../support/real/traces.ts';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples');
const CONTROL = `file://${join(DIST, 'bin/control.js')}`;
const node = process.execPath;

let place: Place;
beforeEach(() => {
  place = makePlace();
  for (const [name, value] of Object.entries(place.environment)) vi.stubEnv(name, value);
  vi.stubEnv('HOME', place.homeOf());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await place.end();
});

/** The code of the error with which a call ends. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  const thrown: unknown = await call.then(
    () => 'no error',
    (error: unknown) => error,
  );
  return thrown instanceof ControlError ? thrown.code : String(thrown);
}

describe('a control', () => {
  it('records a program, and agrees with the command line', async () => {
    const control = await connect();
    const { output = '' } = await control.create('web');
    expect(output).toBe(join(place.homeOf(), 'lttng-traces/web'));
    await control.addEvent('web', 'test:*', { filter: 'n < 50' });
    await control.addContext('web', ['vpid']);
    await control.start('web');
    const file = tickProgram(place, { batch: 10, pauseMs: 1, total: 100 });
    const app = place.start(node, ['--require', join(DIST, 'bin/register.cjs'), file]);
    await app.finished;
    expect((await control.stop('web')).state).toBe('stopped');
    const counted = Array.from({ length: 50 }, (_, n) => n);
    expect(ticksOf(readTrace(output))).toEqual(counted);
    const listed = JSON.parse(await place.ok(['list', 'web', '--output-format', 'json'])) as object;
    expect(listed).toMatchObject({ session: await control.get('web') });
    await control.destroy('web');
    expect(await place.ok(['list', '--sessions'])).toContain('No session');
    await control.close();
  });

  it('changes what a session records, and when it rotates', async () => {
    const control = await connect();
    await control.create('web');
    await control.addChannel('web', ['a', 'b'], { subbufferCount: 8 });
    await control.addChannel('web', 'a', { subbufferCount: 2, target: { kind: 'pid', pid: 1 } });
    await control.disableChannel('web', 'b');
    const [a, b] = await control.config('web', { target: { kind: 'pid', pid: 1 } });
    expect([a?.settings.shape.subbufferCount, b?.disabled]).toEqual([2, true]);
    const added = await control.addEventAndLook('web', 'test:*', { channel: 'a', logLevel: 'err' });
    expect(added.before.channels[0]?.rules).toEqual([]);
    await control.disableEvent('web', 'test:*', { channel: 'a' });
    expect((await control.track('web', { vpid: [1, 2] })).trackers).toEqual({ vpid: [1, 2] });
    expect((await control.untrack('web', { vpid: [1] })).trackers).toEqual({ vpid: [2] });
    const rotating = await control.enableRotation('web', { everyUs: 60_000_000 });
    expect(rotating.rotation?.everyUs).toBe(60_000_000);
    expect((await control.disableRotation('web', ['everyUs'])).rotation?.everyUs).toBeUndefined();
    await control.start(CURRENT);
    await control.pause('web');
    await control.start('web');
    await control.clear('web');
    await control.rotate('web');
    await control.stopConsumer('web');
    expect((await control.continueConsumer('web')).consumerPid).toBeGreaterThan(0);
    await control.disableConsumer('web');
    const output = join(place.directory, 'other');
    expect((await control.enableConsumer('web', { output })).output).toBe(output);
    const supervised = control.superviseConsumer((await control.get('web')).uuid);
    await control.destroy('web', { abandon: true });
    expect(await supervised).toBe('the session is gone');
    await control.close();
  });

  it('says what there is, saves it, and creates it again', async () => {
    const control = await connect();
    const { uuid, output = '' } = await control.create('web', { flightRecorder: true });
    expect((await control.contexts()).map(({ name }) => name)).toContain('vtid');
    const versions = JSON.parse(await place.ok(['version', '--output-format', 'json'])) as object;
    const { version, protocols } = await control.version();
    expect(versions).toMatchObject({ version, protocols });
    const { registry, sessions, apps } = await control.overview({ sessions: true, apps: true });
    expect({ scope: registry?.scope, sessions, apps }).toMatchObject({
      scope: process.getuid?.() === 0 ? 'global' : 'user',
      sessions: [{ uuid }],
      apps: [],
    });
    expect(await control.look('web')).toMatchObject({ session: { uuid, buffered: {} } });
    expect(await control.status()).toMatchObject({ session: { uuid } });
    expect(await control.sessionOf(output)).toMatchObject({ session: { uuid } });
    const { file } = await control.save('web');
    expect(await control.savedFiles()).toEqual([file]);
    expect(await control.readSaved(file)).toMatchObject({ name: 'web', isActive: false });
    expect((await control.load(file, { replace: true })).uuid).not.toBe(uuid);
    await control.destroy('web');
    await control.close();
  });

  it('runs programs, records one by itself, and finishes what is left', async () => {
    const ticks = tickProgram(place, { batch: 10, pauseMs: 1, total: 100 });
    const file = writeProgram(
      place,
      'recorder.mjs',
      `import { connect } from '${CONTROL}';
const command = [process.execPath, '${ticks}'];
const control = await connect();
const recording = await control.record(command, { events: 'test:*' });
const { output } = await control.create('web');
await control.addEvent('web', 'test:*');
await control.start('web');
await control.stopConsumer('web');
const exit = await control.run('web', command);
const { code, errno } = await control.run('web', ['/none']).catch((error) => error);
const { recoveries } = await control.recover({ session: 'web' });
await control.close();
const outputs = [recording.session.output, output, recoveries[0].output];
console.log(JSON.stringify({ exits: [recording.exit, exit], code, errno, outputs }));
`,
    );
    const { stdout, stderr } = await place.start(node, [file]).finished;
    expect(stderr).toBe('');
    // The programs print as well.
    const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      readonly outputs: readonly string[];
    };
    const exits = [{ code: 0 }, { code: 0 }];
    expect(told).toMatchObject({ exits, code: 'CANNOT_RUN', errno: 'ENOENT' });
    const [recorded = '', created = '', recovered] = told.outputs;
    expect(recovered).toBe(created);
    const all = Array.from({ length: 100 }, (_, n) => n);
    expect(ticksOf(readTrace(recorded))).toEqual(all);
    expect(ticksOf(readTrace(created))).toEqual(all);
  });

  it('says that there is no registry, and no session of a name', async () => {
    expect(await codeOf(connect({ mayStart: false }))).toBe('NO_REGISTRY');
    expect(await codeOf(connect({ sessiondPath: '/none' }))).toBe('NO_REGISTRY');
    const control = await connect();
    expect(await codeOf(control.start('none'))).toBe('NO_SESSION');
    const guest = await connect({ mayStart: false });
    expect(await guest.list()).toEqual([]);
    await Promise.all([control.close(), guest.close()]);
  });

  it('continues when the registry is killed, unless it may start none', async () => {
    const control = await connect();
    const guest = await connect({ mayStart: false });
    await control.create('web');
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    expect(await codeOf(guest.start('web'))).toBe('NO_REGISTRY');
    expect((await control.start('web')).state).toBe('active');
    expect(await codeOf(guest.start('web'))).toBe('ALREADY');
    await control.destroy('web');
    await Promise.all([control.close(), guest.close()]);
  });

  it('is one of several that start at the same time, and sees what the others do', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    await Promise.all([one.create('a'), other.create('b')]);
    const states = new Map<string, string | undefined>();
    const watching = (async () => {
      for await (const { session, now } of one.watch({ periodMs: 20 })) {
        states.set(session.name, now);
      }
    })();
    await Promise.all([one.start('a'), other.start('b')]);
    await until(() => states.get('a') === 'active' && states.get('b') === 'active');
    const names = (await other.list()).map(({ name }) => name);
    expect(names.toSorted()).toEqual(['a', 'b']);
    await Promise.all([other.destroy('a'), one.destroy('b')]);
    await until(() => states.get('a') === undefined && states.get('b') === undefined);
    await Promise.all([one.close(), other.close()]);
    await watching;
  });

  it('prints nothing, catches no signal, and lets the program end: also a traced one', async () => {
    const file = writeProgram(
      place,
      'guest.mjs',
      `import { connect } from '${CONTROL}';
const signals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];
const caught = () => signals.filter((name) => process.listenerCount(name) > 0).join();
const control = await connect();
const session = 'guest-' + process.argv[2];
const creating = control.create(session);
if (caught() !== '') throw new Error(caught());
await creating;
await control.addEvent(session, '*', { target: { kind: 'pid', pid: process.pid } });
const starting = control.start(session);
if (caught() !== '') throw new Error(caught());
await starting;
await control.snapshot(session);
for await (const change of control.watch()) break;
await control.destroy(session);
await control.close();
if (caught() !== '') throw new Error(caught());
`,
    );
    const silent = { status: 0, signal: null, stdout: '', stderr: '' };
    expect(await place.start(node, [file, 'plain']).finished).toEqual(silent);
    const preloaded = place.start(node, ['--import', REGISTER, file, 'preloaded']);
    expect(await preloaded.finished).toEqual(silent);
    const recorded = await place.lttng(['record', '-q', '-e', '*', '--', node, file, 'recorded']);
    expect(recorded).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('the examples of docs/control.md', () => {
  it('are a test that records itself', async () => {
    const { status, stdout } = await place.start(node, [join(EXAMPLES, 'control-test.mjs')])
      .finished;
    expect(status).toBe(1);
    const [, output = ''] = /Bob has no card; see lttng view (\S*bob-\d+)/.exec(stdout) ?? [];
    const trace = await place.ok(['view', output, '--no-color']);
    expect(trace).toMatch(/^[^\n]* shop:charged: .*orderId = 8, customer = "Bob"[^\n]*\n$/);
    expect(existsSync(output.replace('bob', 'ada'))).toBe(false);
  });

  it('are a server that copies its last moments when a request was slow', async () => {
    const { status, stdout } = await place.start(node, [join(EXAMPLES, 'control-slow.mjs')])
      .finished;
    expect(status).toBe(0);
    const [, path = ''] = /^\/report was slow: lttng view (.+)\n$/.exec(stdout) ?? [];
    const trace = await place.ok(['view', path, '--no-color']);
    expect(trace).toContain('path = "/report", rows = 90000');
    expect(trace).toContain('path = "/a", rows = 1');
    expect(await place.ok(['list', '--sessions'])).toContain('No session');
  });

  it('are a dashboard', async () => {
    const running = place.start(node, [join(EXAMPLES, 'control-dashboard.mjs')]);
    const url = await running.line(/^http:/);
    expect(await (await fetch(url)).text()).toContain('<title>lttng-ts</title>');
    const changes = (await fetch(`${url}changes`)).body?.getReader();
    await place.ok(['create', 'web', '-q']);
    const first = await changes?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('data: web inactive\n\n');
    const state = await (await fetch(`${url}state`)).json();
    expect(state).toMatchObject({ sessions: [{ name: 'web', state: 'inactive' }], apps: [] });
    expect((await fetch(`${url}none`)).status).toBe(404);
    running.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ status: 0, stderr: '' });
    await place.ok(['destroy', 'web']);
  });
});
