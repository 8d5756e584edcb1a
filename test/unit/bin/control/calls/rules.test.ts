/** Calls about channels, event rules, contexts and trackers. */
import { describe, expect, it } from 'vitest';
import { expectSilence } from '../../../../support/silence.ts';
import { openedControl, refusalOf } from '../../../../support/simulated/control-stage.ts';

describe('calls about what a session records', () => {
  expectSilence();

  it('add several channels, disable them, and enable one as it was', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const shape = { subbufferBytes: 65_536, subbufferCount: 2 };
    await stage.settle(control.addChannel('web', ['a', 'b'], shape));
    const off = await stage.settle(control.disableChannel('web', ['a', 'b']));
    expect(off.channels.map(({ disabled }) => disabled)).toEqual([true, true]);
    const twice = await refusalOf(stage, control.addChannel('web', 'a'));
    expect(twice).toMatch(/^CHANNEL_EXISTS: /);
    const { channels } = await stage.settle(control.addChannel('web', 'a', { orEnable: true }));
    expect(channels).toMatchObject([
      { settings: { name: 'a', shape: { subbufferCount: 2 } } },
      { settings: { name: 'b' }, disabled: true },
    ]);
    expect(channels[0]?.disabled).toBeUndefined();
  });

  it('give the settings of a channel as a target has them', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const target = { kind: 'pid', pid: 7 } as const;
    await stage.settle(control.addChannel('web', 'net'));
    await stage.settle(control.addChannel('web', 'net', { target, subbufferCount: 8 }));
    await stage.settle(control.addContext('web', ['vtid'], { channel: 'net' }));
    const counts = async (options: object) =>
      (await stage.settle(control.config('web', options))).map(
        ({ settings }) => settings.shape.subbufferCount,
      );
    expect(await counts({ target })).toEqual([8]);
    expect(await counts({ target: { kind: 'pid', pid: 8 } })).toEqual([4]);
    expect(await counts({})).toEqual([4]);
    expect(await stage.settle(control.config('web', { channel: 'net' }))).toMatchObject([
      { settings: { name: 'net' }, contexts: ['vtid'] },
    ]);
    const none = await refusalOf(stage, control.config('web', { channel: 'x' }));
    expect(none).toBe('NO_CHANNEL: There is no channel "x" in session web');
  });

  it('say what a rule was added to', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const adding = control.addEventAndLook('web', 'shop:*', { logLevel: 6, filter: 'n > 1' });
    const { session, before, apps } = await stage.settle(adding);
    expect(before.channels).toEqual([]);
    expect(session.channels).toMatchObject([
      { rules: [{ pattern: 'shop:*', logLevelMax: 6, filter: 'n > 1', enabled: true }] },
    ]);
    expect(apps).toEqual([]);
    const again = control.addEventAndLook('web', 'shop:*', { logLevel: 6, filter: 'n > 1' });
    expect((await stage.settle(again)).before.channels).toEqual(session.channels);
    expect(await refusalOf(stage, control.addEventAndLook('web', ''))).toMatch(/^USAGE: /);
    expect(await refusalOf(stage, control.addEvent('web', 'a', { logLevel: 15 }))).toMatch(
      /^USAGE: The request is wrong at "logLevelMax"/,
    );
  });

  it('track and untrack in each set', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const some = await stage.settle(control.track('web', { vpid: [1, 2], vuid: [1001] }));
    expect(some.trackers).toEqual({ vpid: [1, 2], vuid: [1001] });
    const less = await stage.settle(control.untrack('web', { vpid: [1] }));
    expect(less.trackers).toEqual({ vpid: [2], vuid: [1001] });
    const all = await stage.settle(control.track('web', { vpid: 'all', vuid: 'all' }));
    expect(all.trackers?.vpid).toBeUndefined();
    const wrong = await refusalOf(stage, control.track('web', { vgid: [-1] }));
    expect(wrong).toMatch(/^USAGE: The request is wrong at "ids.0"/);
  });
});
