/** Calls about the life of a session: names, the current session, places, schedules. */
import { describe, expect, it } from 'vitest';
import { ControlError } from '../../../../../bin/control/api/control-error.ts';
import { CURRENT } from '../../../../../bin/control/api/current.ts';
import { expectSilence } from '../../../../support/silence.ts';
import {
  ControlStage,
  controlOf,
  openedControl,
  refusalOf,
} from '../../../../support/simulated/control-stage.ts';

const HOME = '/home/alice';

describe('calls about the life of a session', () => {
  expectSilence();

  it('take the only session as the current one', async () => {
    const { stage, control } = await openedControl();
    const none = await refusalOf(stage, control.start(CURRENT));
    expect(none).toBe('NO_SESSION: There is no session');
    await stage.settle(control.create('web'));
    expect(await stage.settle(control.start(CURRENT))).toMatchObject({ name: 'web' });
    await stage.settle(control.create('other'));
    const several = await refusalOf(stage, control.stop(CURRENT));
    expect(several).toBe('USAGE: Name one of the 2 sessions: web, other');
  });

  it('say why there is no session', async () => {
    const stage = new ControlStage();
    const control = controlOf(stage.hands.world, { startsRegistry: false });
    const thrown: unknown = await stage.settle(control.get('web').catch((error: unknown) => error));
    expect(thrown).toBeInstanceOf(ControlError);
    expect(thrown).toMatchObject({ code: 'NO_REGISTRY', lack: { kind: 'no-registry' } });
    stage.hands.world.files.makeDirectory(`${HOME}/.lttng/config`, 0o700);
    const refused: unknown = await stage.settle(
      control.get(CURRENT).catch((error: unknown) => error),
    );
    expect(refused).toMatchObject({
      code: 'BAD_CONFIG',
      message: `${HOME}/.lttng/config is not a regular file`,
      lack: { kind: 'bad-config' },
    });
  });

  it('take the session that was chosen, by a call of its own or with a new session', async () => {
    const { stage, control } = await openedControl();
    const web = await stage.settle(control.create('web', { current: true }));
    const other = await stage.settle(control.create('other'));
    expect(await stage.settle(control.start(CURRENT))).toMatchObject({ uuid: web.uuid });
    expect(await stage.settle(control.setCurrent('other'))).toMatchObject({ uuid: other.uuid });
    const { name, uuid } = other;
    expect(await stage.settle(control.chosen())).toEqual({ name, uuid });
    const found = await stage.settle(control.status());
    expect(found).toMatchObject({ current: { name, uuid }, session: { uuid } });
    expect(await refusalOf(stage, control.setCurrent('third'))).toMatch(/^NO_SESSION:/);
    expect(await stage.settle(control.destroy(CURRENT))).toMatchObject({ uuid });
    expect(await stage.settle(control.chosen())).toBeUndefined();
    expect(await stage.settle(control.get(CURRENT))).toMatchObject({ uuid: web.uuid });
  });

  it('need not wait for what they begin', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const rotated = await stage.settle(control.rotate('web', { noWait: true }));
    expect(rotated.rotation?.archive).toBeUndefined();
    const stopping = await stage.settle(control.stop('web', { noWait: true }));
    expect(stopping.state).toBe('stopping');
    const ending = await stage.settle(control.destroy('web', { noWait: true }));
    expect(ending.state).toBe('destroying');
  });

  it('make a name of the time when none is given', async () => {
    const { stage, control } = await openedControl();
    const { name, output } = await stage.settle(control.create(undefined));
    expect(name).toMatch(/^auto-\d{8}-\d{6}$/);
    expect(output).toBe(`${HOME}/lttng-traces/${name}`);
  });

  it('refuse places that contradict each other, and live sessions in files', async () => {
    const { stage, control } = await openedControl();
    const relay = { control: 'tcp://host:5342', data: 'tcp://host:5343' };
    const refused = (options: object) => refusalOf(stage, control.create('web', options));
    expect(await refused({ output: 'a', relay })).toMatch(/^USAGE: Name one of output, url and/);
    expect(await refused({ relay, flightRecorder: true })).toMatch(/^USAGE: A flight recorder/);
    expect(await refused({ liveTimerUs: 1000 })).toMatch(/^USAGE: A live session sends to/);
    expect(await refused({ relay, liveTimerUs: 1 })).toMatch(/^USAGE: .* "liveTimerUs"/);
    expect(await refused({ relay: { ...relay, data: 'x' } })).toMatch(/^USAGE: .* "relay.data"/);
    expect(await refused({ output: '' })).toMatch(/^USAGE: A directory's path has 1 to/);
    expect(await stage.settle(control.list())).toEqual([]);
  });

  it('rotate a session by itself until they end that', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const enabled = control.enableRotation('web', { everyUs: 5_000_000, atBytes: 1_000_000 });
    expect((await stage.settle(enabled)).rotation).toMatchObject({
      everyUs: 5_000_000,
      atBytes: 1_000_000,
    });
    const less = await stage.settle(control.disableRotation('web', ['atBytes']));
    expect(less.rotation?.everyUs).toBe(5_000_000);
    expect(less.rotation?.atBytes).toBeUndefined();
    expect(await refusalOf(stage, control.enableRotation('web', { everyUs: 1 }))).toMatch(
      /^USAGE: The request is wrong at "everyUs"/,
    );
  });

  it('destroy a session that no consumer writes, if they abandon it', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    await stage.settle(control.start('web'));
    const gone = await stage.settle(control.destroy('web', { abandon: true }));
    expect(gone).toMatchObject({ name: 'web', state: 'destroying' });
    expect(await stage.settle(control.list())).toEqual([]);
  });
});
