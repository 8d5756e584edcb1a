/** The control library (R1.28) on the simulated machine: every call, its errors, and its end. */
import { describe, expect, it } from 'vitest';
import type { StateChange } from '../../../../bin/control/api/results.ts';
import { atHome } from '../../../../bin/control/at-home.ts';
import { expectSilence } from '../../../support/silence.ts';
import {
  ControlStage,
  controlOf,
  openedControl,
  refusalOf,
} from '../../../support/simulated/control-stage.ts';

const HOME = '/home/alice';

/** Lets virtual time pass. */
function passed(stage: ControlStage, ms: number): Promise<void> {
  const { clock } = stage.hands.world;
  return stage.settle(new Promise((resolve) => void clock.setTimer(ms, resolve)));
}

describe('a control', () => {
  expectSilence();

  it('takes a session through its life', async () => {
    const { stage, control } = await openedControl();
    const of = <T>(call: Promise<T>): Promise<T> => stage.settle(call);
    const web = await of(control.create('web'));
    expect(web).toMatchObject({ state: 'inactive', output: `${HOME}/lttng-traces/web` });
    const tracefiles = { bytes: 8_388_608 };
    await of(control.addChannel('web', 'net', { overwrite: true, subbufferCount: 8, tracefiles }));
    await of(
      control.addEvent('web', 'sim:*', { channel: 'net', exclude: ['sim:b'], logLevel: 'info' }),
    );
    await of(control.addEvent('web', ['sim:c'], { channel: 'net', logLevelOnly: 'err' }));
    await of(control.addContext(web.uuid, 'vtid', { channel: 'net' }));
    const disabled = await of(control.disableEvent('web', 'sim:c', { channel: 'net' }));
    expect(disabled.channels).toMatchObject([
      {
        settings: {
          ...{ name: 'net', shape: { overwrite: true, subbufferCount: 8 } },
          tracefiles: { bytes: 8_388_608, count: 0 },
        },
        contexts: ['vtid'],
        rules: [
          { pattern: 'sim:*', logLevelMax: 6, exclusions: ['sim:b'], enabled: true },
          { pattern: 'sim:c', logLevelMax: 3, logLevelMin: 3, enabled: false },
        ],
      },
    ]);
    expect((await of(control.start('web'))).state).toBe('active');
    expect((await of(control.pause('web'))).state).toBe('paused');
    expect((await of(control.start('web'))).state).toBe('active');
    expect((await of(control.rotate('web'))).state).toBe('active');
    expect((await of(control.clear('web'))).state).toBe('active');
    expect(await of(control.snapshot('web'))).toMatchObject({
      path: undefined,
      isWhole: true,
      isShort: false,
    });
    expect((await of(control.stop('web'))).state).toBe('stopped');
    expect(await of(control.get(web.uuid.toUpperCase()))).toMatchObject({ name: 'web' });
    expect(await of(control.list())).toMatchObject([{ name: 'web', state: 'stopped' }]);
    expect(await of(control.apps())).toEqual([]);
    const { files } = stage.hands.world;
    expect(files.info(`${HOME}/lttng-traces/web/.lttng/config`).ok).toBe(true);
    expect(await of(control.destroy('web'))).toMatchObject({ name: 'web' });
    expect(files.info(`${HOME}/lttng-traces/web/.lttng/config`).ok).toBe(false);
    expect(await of(control.list())).toEqual([]);
  });

  it('says where the snapshots of a session go', async () => {
    const { stage, control } = await openedControl();
    const of = <T>(call: Promise<T>): Promise<T> => stage.settle(call);
    await of(control.create('web', { output: '/home/alice/web', flightRecorder: true }));
    expect(await of(control.listSnapshotOutputs('web'))).toEqual([
      { id: 1, name: 'snapshot-1', output: '/home/alice/web' },
    ]);
    expect(await refusalOf(stage, control.addSnapshotOutput('web', 'other'))).toMatch(
      /^ALREADY: Session "web" has the snapshot output "snapshot-1"/,
    );
    await of(control.delSnapshotOutput('web', '1'));
    expect(await of(control.listSnapshotOutputs('web'))).toEqual([]);
    const added = { name: 'other', bytesMax: 65_536 };
    const session = await of(control.addSnapshotOutput('web', 'file:///home/alice/other', added));
    expect(session.snapshotOutput).toEqual({ ...added, output: '/home/alice/other' });
    expect(await refusalOf(stage, control.delSnapshotOutput('web', '2'))).toMatch(
      /^NO_SNAPSHOT_OUTPUT: Session "web" has no snapshot output "2"/,
    );
    const relay = 'NOT_ALLOWED: Snapshots go to a directory; a relay takes none';
    expect(await refusalOf(stage, control.addSnapshotOutput('web', 'net://host'))).toBe(relay);
    expect(await refusalOf(stage, control.snapshot('web', { output: 'net://host' }))).toBe(relay);
    expect(await refusalOf(stage, control.snapshot('web', { bytesMax: 0 }))).toMatch(
      /^USAGE: The largest size of a snapshot is a number of bytes, not 0/,
    );
  });

  it('has errors with the codes of the command line', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web', { output: 'mine', flightRecorder: true }));
    const refused = async (call: Promise<unknown>, text: string): Promise<void> =>
      expect(await refusalOf(stage, call)).toMatch(text);
    await refused(control.start('none'), 'NO_SESSION: There is no session "none"');
    await refused(control.create('web'), 'SESSION_EXISTS: Session "web" already exists');
    await refused(control.start('a/b'), 'USAGE: A session name is 1 to 200 letters');
    await refused(control.create('a/b'), 'USAGE: A session name is 1 to 200 letters');
    await refused(control.create('b', { url: 'net://' }), 'USAGE: The URL "net://" is wrong');
    await refused(
      control.create('b', { url: 'net://host', output: '/tmp/b' }),
      'USAGE: Name one of output, url and relay',
    );
    await refused(
      control.create('b', { url: 'net://host', flightRecorder: true }),
      'USAGE: A flight recorder sends nothing to a relay',
    );
    await refused(
      control.addEvent('web', 'a', { logLevel: 'err', logLevelOnly: 'err' }),
      'USAGE: Name one of logLevel and logLevelOnly',
    );
    await refused(control.addEvent('web', ''), 'USAGE: The request is wrong at "patterns.0": ');
    await refused(control.addEvent('web', 'a', { filter: 'n >' }), 'INVALID_RULE: The filter');
    await refused(
      control.addChannel('web', 'net', { subbufferCount: 3 }),
      'USAGE: The request is wrong at "channel.shape": ',
    );
    await refused(control.snapshot('web', { name: '/' }), 'USAGE: A session name is');
    await refused(control.create('b', { output: '/root/b' }), 'NO_OUTPUT: Cannot create the direc');
    expect(stage.simulation.processes().filter(({ isAlive }) => isAlive).length).toBeGreaterThan(1);
  });

  it('starts no registry unless it may, and says so', async () => {
    const stage = new ControlStage();
    const control = controlOf(stage.hands.world, { startsRegistry: false });
    expect(await refusalOf(stage, control.overview())).toMatch(/^NO_REGISTRY: No registry serves/);
    expect(await refusalOf(stage, control.list())).toMatch(/^NO_REGISTRY: No registry serves/);
  });

  it('continues after a kill of the registry, which restores its sessions', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const registry = stage.simulation
      .processes()
      .find(({ program }) => program === 'lttng-sessiond');
    stage.simulation.kill(registry?.pid ?? 0);
    expect(await stage.settle(control.start('web'))).toMatchObject({ state: 'active' });
  });

  it('has another home for the registry and the traces that it starts', async () => {
    const stage = new ControlStage();
    const control = controlOf(atHome(stage.hands.world, 'other'));
    const web = await stage.settle(control.create('web'));
    expect(web.output).toBe(`${HOME}/other/lttng-traces/web`);
    expect(stage.hands.world.files.info(`${HOME}/other/.lttng-ts/client.sock`).ok).toBe(true);
  });

  it('leaves signals to the program that it runs in', async () => {
    const stage = new ControlStage();
    const control = controlOf(stage.hands.world);
    let isOver = false;
    const opening = control.overview().finally(() => {
      isOver = true;
    });
    // The registry is starting.
    await passed(stage, 1);
    stage.simulation.signal(stage.hands.pid, 'SIGINT');
    stage.simulation.run({ forMs: 1000 });
    expect({ isOver, isAlive: stage.hands.isAlive }).toEqual({ isOver: false, isAlive: false });
    void opening;
  });

  it('ends calls under way when it is closed, and refuses later ones', async () => {
    const { stage, control } = await openedControl();
    const listing = refusalOf(stage, control.list());
    const closed = control.close();
    expect(await listing).toMatch(/^INTERRUPTED: /);
    await stage.settle(closed);
    await stage.settle(control.close());
    expect(await refusalOf(stage, control.list())).toBe('CLOSED: The control is closed');
    expect(await stage.settle(control.watch().next())).toEqual({ done: true, value: undefined });
  });
});

describe('a watch', () => {
  expectSilence();

  it('tells each change of state, also those of other controls, until the control is closed', async () => {
    const { stage, control } = await openedControl();
    const other = controlOf(stage.hands.world, { startsRegistry: false });
    await stage.settle(control.create('web'));
    const told: string[] = [];
    const note = ({ session, before, now }: StateChange): void => {
      told.push(`${session.name} is ${now ?? 'gone'}`);
      expect(before).not.toBe(now);
    };
    const watching = (async () => {
      for await (const change of control.watch({ periodMs: 10 })) note(change);
      return 'over';
    })();
    await passed(stage, 100);
    for (const act of ['start', 'stop', 'destroy'] as const) {
      await stage.settle(other[act]('web'));
      await passed(stage, 100);
    }
    await stage.settle(control.close());
    expect(await watching).toBe('over');
    expect(told.filter((text) => !text.endsWith('ing'))).toEqual([
      'web is inactive',
      'web is active',
      'web is stopped',
      'web is gone',
    ]);
  });

  it.each([0, 9, 3_600_001, Number.NaN])('has no period of %d ms', async (periodMs) => {
    const { stage, control } = await openedControl();
    expect(await refusalOf(stage, control.watch({ periodMs }).next())).toBe(
      `USAGE: The period of a watch is 10 to 3600000 milliseconds, not ${periodMs}`,
    );
  });

  it.each([10, 3_600_000])('has a period of %d ms', async (periodMs) => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const watch = control.watch({ periodMs });
    expect(await stage.settle(watch.next())).toMatchObject({
      value: { before: undefined, now: 'inactive' },
    });
    await stage.settle(watch.return(undefined));
  });
});
